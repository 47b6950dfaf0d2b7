import type { JSX } from 'preact';
import { Shell } from '../layout.tsx';
import { ButtonLink } from '../parts/form.tsx';
import { Empty, Pager, Table } from '../parts/page.tsx';
import { doerText, titleText, When } from '../parts/trash.tsx';
import type { PageContext } from '../site.ts';
import { historyHref, type TrashItem } from './trash.tsx';

/** What the list of conflicts shows. */
export interface ConflictsData {
  readonly days: number;
  readonly items: readonly TrashItem[];
  readonly isFirst: boolean;
  readonly next: string | null;
}

/** Versions that devices sent over newer ones, each with the way to both sides. */
export function ConflictsPage({
  ctx,
  data,
}: {
  readonly ctx: PageContext;
  readonly data: ConflictsData;
}): JSX.Element {
  const { t } = ctx.words;
  const heads = [t('trash.what'), t('conflicts.when'), t('trash.who'), ''];
  const rows = data.items.map((item) => {
    const title = titleText(ctx, item.component, item.title);
    const href = `${historyHref(item)}?with=${item.version}`;
    return {
      key: String(item.version),
      href,
      cells: [
        <>
          {title} <span class="muted small">{t('trash.in', { place: item.place })}</span>
        </>,
        <When key="when" ctx={ctx} utc={item.endedUtc} />,
        doerText(ctx, item),
        <a key="see" class="button" href={ctx.base + href} aria-label={t('conflicts.see', { title })}>
          {t('history.compare.sides')}
        </a>,
      ],
    };
  });
  const back = (
    <ButtonLink ctx={ctx} href="/trash" kind="quiet">
      {t('bulk.back')}
    </ButtonLink>
  );
  return (
    <Shell
      ctx={ctx}
      nav="more"
      title={t('conflicts.title')}
      lead={t('conflicts.lead', { days: data.days })}
      actions={back}
    >
      <section class="sheet" aria-label={t('conflicts.caption')}>
        {rows.length === 0 ? (
          <Empty text={t('conflicts.empty')} />
        ) : (
          <Table ctx={ctx} caption={t('conflicts.caption')} heads={heads} rows={rows} />
        )}
        <Pager
          ctx={ctx}
          previous={data.isFirst ? null : '/conflicts'}
          next={data.next === null ? null : `/conflicts?cursor=${data.next}`}
        />
      </section>
    </Shell>
  );
}
