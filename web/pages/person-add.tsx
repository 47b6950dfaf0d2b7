import type { JSX } from 'preact';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Sheet } from '../parts/page.tsx';
import { Field, Icon, Notice } from '../parts/parts.tsx';
import { Qr } from '../parts/qr.tsx';
import type { PageContext } from '../site.ts';

type FieldName = 'name' | 'login' | 'email';

/** What was typed, and what is wrong with it, by field. */
export interface AddPersonData {
  readonly values: Readonly<Record<FieldName, string>>;
  readonly wrong: Readonly<Partial<Record<FieldName, string>>>;
  readonly refused: string | null;
}

/** The form that adds a person. */
export function AddPersonPage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: AddPersonData;
}): JSX.Element {
  const { t } = ctx.words;
  const { values, wrong } = data;
  const focused = (['name', 'login', 'email'] as const).find((name) => wrong[name] !== undefined) ?? 'name';
  const common = (name: FieldName) => ({
    ctx,
    name,
    value: values[name],
    wrong: wrong[name],
    hasFocus: focused === name,
  });
  return (
    <Shell ctx={ctx} nav="people" title={t('people.add')} lead={t('people.add.lead')}>
      <section class="sheet narrow">
        {data.refused === null ? null : <Notice ctx={ctx} kind="bad" fact={data.refused} />}
        <PostForm ctx={ctx} action="/admin/people/add" class="form">
          <Field {...common('name')} label={t('people.name')} autocomplete="off" />
          <Field
            {...common('login')}
            label={t('setup.login')}
            hint={t('people.login.hint')}
            isNeeded={false}
          />
          <Field
            {...common('email')}
            type="email"
            label={t('setup.email.optional')}
            hint={t('people.email.hint')}
            isNeeded={false}
          />
          <div class="actions">
            <Button ctx={ctx} kind="primary">
              {t('people.add')}
            </Button>
            <ButtonLink ctx={ctx} href="/admin/people">
              {t('cancel')}
            </ButtonLink>
          </div>
        </PostForm>
      </section>
    </Shell>
  );
}

/** The invite of a person; the link is null when it was shown long ago. */
export interface PersonInviteData {
  readonly id: string;
  readonly name: string;
  readonly login: string;
  readonly server: string;
  readonly link: string | null;
  readonly expiresUtc: number | null;
}

function Code({
  ctx,
  data,
  link,
}: {
  readonly ctx: PageContext;
  readonly data: PersonInviteData;
  readonly link: string;
}) {
  const { t, when } = ctx.words;
  const date = data.expiresUtc === null ? '' : when(data.expiresUtc, ctx.timeZone, { dateStyle: 'full' });
  return (
    <section class="sheet invite-card" aria-labelledby="invite-head">
      <div>
        <h2 id="invite-head">{t('people.invite.card', { name: data.name })}</h2>
        <p class="muted">{t('people.invite.card.text', { server: data.server })}</p>
      </div>
      <Qr text={link} label={t('people.invite.qr', { name: data.name })} />
      <div class="stack">
        <dl class="pairs">
          <dt>{t('people.invite.link')}</dt>
          <dd>
            <code class="copyable" id="invite-link">
              {link}
            </code>
          </dd>
          <dt>{t('setup.login')}</dt>
          <dd>{data.login}</dd>
        </dl>
        <p class="small muted">{t('people.invite.until', { date })}</p>
        <div class="actions unprinted">
          <button type="button" class="button js-only" data-copy="invite-link">
            <Icon ctx={ctx} name="copy" />
            {t('people.invite.copy')}
          </button>
          <button type="button" class="button js-only" data-print="">
            <Icon ctx={ctx} name="download" />
            {t('people.invite.print')}
          </button>
        </div>
      </div>
    </section>
  );
}

/** The code and link by which a person begins. */
export function PersonInvitePage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: PersonInviteData;
}): JSX.Element {
  const { t } = ctx.words;
  const person = `/admin/people/${encodeURIComponent(data.id)}`;
  return (
    <Shell
      ctx={ctx}
      nav="people"
      title={t('people.invite.title', { name: data.name })}
      lead={t('people.invite.lead')}
      scripts={['print.js']}
      actions={
        <>
          <ButtonLink ctx={ctx} href={person}>
            {t('people.invite.person')}
          </ButtonLink>
          <ButtonLink ctx={ctx} href="/admin/people/add" icon="add-person">
            {t('people.invite.another')}
          </ButtonLink>
        </>
      }
    >
      {data.link === null ? (
        <Sheet id="gone" title={t('people.invite.gone')}>
          <p>{t('people.invite.gone.text')}</p>
          <PostForm ctx={ctx} action={`${person}/invite`}>
            <Button ctx={ctx} kind="primary">
              {t('person.invite.new')}
            </Button>
          </PostForm>
        </Sheet>
      ) : (
        <Code ctx={ctx} data={data} link={data.link} />
      )}
    </Shell>
  );
}
