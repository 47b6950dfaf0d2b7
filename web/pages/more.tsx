import type { JSX } from 'preact';
import { SERVER_PAGES, Shell } from '../layout.tsx';
import { Button, PostForm } from '../parts/form.tsx';
import { Sheet } from '../parts/page.tsx';
import { Icon } from '../parts/parts.tsx';
import type { PageContext, WordKey } from '../site.ts';

interface Entry {
  /** Path below the base path. */
  readonly href: string;
  readonly icon: string;
  readonly word: WordKey;
}

const YOURS: readonly Entry[] = [
  { href: '/contacts/duplicates', icon: 'merge', word: 'more.duplicates' },
  { href: '/trash', icon: 'trash', word: 'more.trash' },
  { href: '/account', icon: 'person', word: 'more.account' },
];

function Links({
  ctx,
  entries,
}: {
  readonly ctx: PageContext;
  readonly entries: readonly Entry[];
}): JSX.Element {
  return (
    <ul class="links">
      {entries.map((entry) => (
        <li key={entry.href}>
          <a href={ctx.base + entry.href}>
            <Icon ctx={ctx} name={entry.icon} />
            {ctx.words.t(entry.word)}
            <Icon ctx={ctx} name="chevron-right" />
          </a>
        </li>
      ))}
    </ul>
  );
}

/** Everything that has no place in the bar of five. */
export function MorePage({ ctx }: { readonly ctx: PageContext }): JSX.Element {
  const { t } = ctx.words;
  const { person } = ctx;
  return (
    <Shell
      ctx={ctx}
      nav="more"
      title={t('nav.more')}
      lead={person === null ? undefined : t('more.lead', { name: person.displayName })}
    >
      <div class="columns">
        <Sheet id="yours" title={t('nav.yours')}>
          <Links ctx={ctx} entries={YOURS} />
          <PostForm ctx={ctx} action="/sign-out">
            <Button ctx={ctx} icon="sign-out">
              {t('sign-out')}
            </Button>
          </PostForm>
        </Sheet>
        {person?.isAdmin === true ? (
          <Sheet id="server" title={t('nav.server')}>
            <Links ctx={ctx} entries={SERVER_PAGES} />
          </Sheet>
        ) : null}
      </div>
    </Shell>
  );
}
