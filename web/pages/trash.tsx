import type { JSX } from 'preact';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm, Select } from '../parts/form.tsx';
import { bulkHref } from '../parts/notices.tsx';
import { Empty, Pager, type Row, Sheet, Table, Tabs } from '../parts/page.tsx';
import {
  type Doer,
  doerText,
  ForGood,
  Left,
  momentText,
  RowButton,
  titleText,
  When,
} from '../parts/trash.tsx';
import type { PageContext } from '../site.ts';

/** One deleted item. */
export interface TrashItem extends Doer {
  /** Row id of its last body. */
  readonly version: number;
  readonly collection: number;
  readonly name: string;
  readonly component: string;
  readonly title: string;
  readonly place: string;
  readonly endedUtc: number;
}

/** Several items that one device deleted from one place in one go. */
export interface TrashBurst extends Doer {
  readonly collection: number;
  readonly device: string | null;
  readonly place: string;
  readonly sinceUtc: number;
  readonly untilUtc: number;
  readonly count: number;
  /** Titles of the first few. */
  readonly first: readonly Pick<TrashItem, 'component' | 'title'>[];
}

/** A deleted calendar or address book. */
export interface TrashCollection {
  readonly id: number;
  readonly kind: 'calendar' | 'addressbook';
  readonly displayName: string;
  readonly deletedUtc: number;
  readonly objectCount: number;
}

/** What the trash shows. */
export interface TrashData {
  readonly days: number;
  readonly holds: 'calendar' | 'addressbook' | null;
  /** Id of the device that is asked for, `none` for none; null: all. */
  readonly device: string | null;
  readonly devices: readonly { readonly id: string; readonly name: string }[];
  readonly entries: readonly (TrashItem | TrashBurst)[];
  /** Items in the trash, whatever is shown. */
  readonly total: number;
  readonly collections: readonly TrashCollection[];
  readonly conflicts: boolean;
  readonly page: number;
  readonly hasNext: boolean;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: TrashData;
}

const DAY = 86_400;

/** The address of a part of the trash, as a path below the base path. */
export function trashHref(data: Pick<TrashData, 'holds' | 'device'>, page = 1): string {
  const query = new URLSearchParams();
  if (data.holds !== null) query.set('holds', data.holds);
  if (data.device !== null) query.set('device', data.device);
  if (page > 1) query.set('page', String(page));
  return query.size === 0 ? '/trash' : `/trash?${query}`;
}

/** Where the versions of an item are, as a path below the base path. */
export function historyHref(item: Pick<TrashItem, 'collection' | 'name'>): string {
  return `/history/${item.collection}/${encodeURIComponent(item.name)}`;
}

/** Bring back and delete one item. */
export function ItemActions(props: {
  readonly ctx: PageContext;
  readonly item: TrashItem;
  readonly back: string;
}): JSX.Element {
  const { ctx, item, back } = props;
  const { t } = ctx.words;
  const title = titleText(ctx, item.component, item.title);
  const hidden = { version: String(item.version), back };
  return (
    <div class="row-actions">
      <PostForm ctx={ctx} action="/trash/restore" hidden={hidden}>
        <RowButton
          ctx={ctx}
          icon="undo"
          short={t('trash.restore')}
          whole={t('trash.restore.this', { title })}
        />
      </PostForm>
      <ForGood
        ctx={ctx}
        isQuiet
        summary={t('trash.delete')}
        label={t('trash.delete.this', { title })}
        sure={t('trash.delete.sure', { title })}
        final={t('trash.delete.do', { title })}
        action="/trash/delete"
        hidden={hidden}
      />
    </div>
  );
}

function itemRow({ ctx, data }: Props, item: TrashItem): Row {
  const { t } = ctx.words;
  return {
    key: `v${item.version}`,
    href: historyHref(item),
    cells: [
      <>
        <a href={ctx.base + historyHref(item)}>{titleText(ctx, item.component, item.title)}</a>{' '}
        <span class="muted small">{t('trash.in', { place: item.place })}</span>
      </>,
      <When key="when" ctx={ctx} utc={item.endedUtc} />,
      doerText(ctx, item),
      <Left key="left" ctx={ctx} utc={item.endedUtc + data.days * DAY} />,
      <ItemActions key="do" ctx={ctx} item={item} back={trashHref(data, data.page)} />,
    ],
  };
}

function titlesText(ctx: PageContext, burst: TrashBurst): string {
  const titles = burst.first.map(({ component, title }) => titleText(ctx, component, title));
  const more = burst.count - titles.length;
  const shown = more > 0 ? titles.join(', ') : ctx.words.list(titles);
  return more > 0 ? ctx.words.n('trash.titles.more', more, { titles: shown }) : shown;
}

function burstRow({ ctx, data }: Props, burst: TrashBurst): Row {
  const { t, n } = ctx.words;
  const { collection, device, sinceUtc, untilUtc, count } = burst;
  const href = bulkHref(burst);
  const who = doerText(ctx, burst);
  const when = momentText(ctx, untilUtc);
  const hidden = {
    collection: String(collection),
    device: device ?? 'none',
    since: String(sinceUtc),
    until: String(untilUtc),
    back: trashHref(data, data.page),
  };
  return {
    key: `b${collection}-${device ?? ''}-${untilUtc}`,
    href,
    cells: [
      <>
        <a href={ctx.base + href}>
          <strong>{n('trash.items', count)}</strong>
        </a>{' '}
        <span class="muted small">{t('trash.in', { place: burst.place })}</span>
        <span class="muted small block">{titlesText(ctx, burst)}</span>
      </>,
      <When key="when" ctx={ctx} utc={untilUtc} />,
      who,
      <Left key="left" ctx={ctx} utc={sinceUtc + data.days * DAY} />,
      <div key="do" class="row-actions">
        <PostForm ctx={ctx} action="/trash/restore" hidden={hidden}>
          <RowButton ctx={ctx} icon="undo" short={t('trash.restore')} whole={n('trash.restore.all', count)} />
        </PostForm>
        <a class="button quiet" href={ctx.base + href} aria-label={t('trash.look.this', { who, when })}>
          {t('trash.look')}
        </a>
      </div>,
    ],
  };
}

function Filters({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { holds, device } = data;
  const tab = (kind: TrashData['holds'], label: string) => ({
    href: trashHref({ holds: kind, device }),
    label,
    isCurrent: holds === kind,
  });
  const tabs = [
    tab(null, t('trash.all')),
    tab('calendar', t('trash.calendars')),
    tab('addressbook', t('trash.contacts')),
  ];
  return (
    <div class="trash-filters">
      <Tabs ctx={ctx} label={t('trash.filter')} tabs={tabs} />
      {data.devices.length < 2 && device === null ? null : (
        <form method="get" action={`${ctx.base}/trash`} class="actions">
          {holds === null ? null : <input type="hidden" name="holds" value={holds} />}
          <Select
            name="device"
            label={t('trash.device')}
            value={device ?? ''}
            options={[
              { value: '', label: t('trash.device.all') },
              ...data.devices.map(({ id, name }) => ({ value: id, label: name })),
              { value: 'none', label: t('trash.device.pages') },
            ]}
          />
          <Button ctx={ctx}>{t('trash.device.show')}</Button>
        </form>
      )}
    </div>
  );
}

function Collections({ ctx, data }: Props): JSX.Element | null {
  const { t, n } = ctx.words;
  if (data.collections.length === 0) return null;
  const rows = data.collections.map((each) => {
    const title = each.displayName;
    const hidden = { id: String(each.id), back: trashHref(data) };
    return {
      key: String(each.id),
      cells: [
        title,
        t(each.kind === 'calendar' ? 'trash.collection.calendar' : 'trash.collection.addressbook'),
        n('trash.items', each.objectCount),
        <When key="when" ctx={ctx} utc={each.deletedUtc} />,
        <Left key="left" ctx={ctx} utc={each.deletedUtc + data.days * DAY} />,
        <div key="do" class="row-actions">
          <PostForm ctx={ctx} action="/trash/collections/restore" hidden={hidden}>
            <RowButton
              ctx={ctx}
              icon="undo"
              short={t('trash.restore')}
              whole={t('trash.restore.this', { title })}
            />
          </PostForm>
          <ForGood
            ctx={ctx}
            isQuiet
            summary={t('trash.delete')}
            label={t('trash.delete.this', { title })}
            sure={t('trash.delete.sure', { title })}
            final={t('trash.delete.do', { title })}
            action="/trash/collections/delete"
            hidden={hidden}
          />
        </div>,
      ],
    };
  });
  const kind = t('trash.kind');
  const heads = [t('trash.what'), kind, t('trash.collection.items'), t('trash.when'), t('trash.left'), ''];
  return (
    <Sheet id="collections" title={t('trash.collections')}>
      <Table ctx={ctx} caption={t('trash.collections')} heads={heads} rows={rows} />
    </Sheet>
  );
}

function Entries({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const isChosen = data.holds !== null || data.device !== null;
  if (data.entries.length === 0)
    return (
      <Empty text={isChosen ? t('trash.nothing') : t('trash.empty', { days: data.days })}>
        {isChosen ? (
          <ButtonLink ctx={ctx} href="/trash">
            {t('trash.show-all')}
          </ButtonLink>
        ) : null}
      </Empty>
    );
  const heads = [t('trash.what'), t('trash.when'), t('trash.who'), t('trash.left'), ''];
  const rows = data.entries.map((entry) =>
    'version' in entry ? itemRow({ ctx, data }, entry) : burstRow({ ctx, data }, entry),
  );
  return (
    <>
      <Table ctx={ctx} caption={t('trash.caption')} heads={heads} rows={rows} />
      <Pager
        ctx={ctx}
        previous={data.page > 1 ? trashHref(data, data.page - 1) : null}
        next={data.hasNext ? trashHref(data, data.page + 1) : null}
      />
    </>
  );
}

/** What was deleted in the last days, grouped as it was deleted. */
export function TrashPage({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const actions = (
    <>
      {data.conflicts ? (
        <ButtonLink ctx={ctx} href="/conflicts" kind="quiet">
          {t('trash.conflicts')}
        </ButtonLink>
      ) : null}
      <ButtonLink ctx={ctx} href="/trash/moment" icon="history">
        {t('trash.moment')}
      </ButtonLink>
    </>
  );
  const lead = t('trash.lead', { days: data.days });
  return (
    <Shell ctx={ctx} nav="more" title={t('trash.title')} lead={lead} actions={actions}>
      <Filters ctx={ctx} data={data} />
      <section class="sheet" aria-label={t('trash.caption')}>
        <Entries ctx={ctx} data={data} />
      </section>
      {data.page === 1 ? <Collections ctx={ctx} data={data} /> : null}
      {data.total === 0 ? null : (
        <ForGood
          ctx={ctx}
          summary={t('trash.empty.do')}
          sure={t('trash.empty.sure')}
          final={n('trash.empty.final', data.total)}
          action="/trash/empty"
          hidden={{ back: '/trash' }}
        />
      )}
    </Shell>
  );
}

/** What the page of one burst shows. */
export interface BulkData {
  readonly days: number;
  readonly burst: TrashBurst;
  readonly items: readonly TrashItem[];
  /** This page, as a path below the base path. */
  readonly href: string;
  readonly isFirst: boolean;
  readonly next: string | null;
}

/** Everything that one device deleted from one place in one go. */
export function BulkPage({ ctx, data }: { readonly ctx: PageContext; readonly data: BulkData }): JSX.Element {
  const { t, n } = ctx.words;
  const { burst, items, days } = data;
  const { collection, device, sinceUtc, untilUtc, count, place } = burst;
  const which = {
    collection: String(collection),
    device: device ?? 'none',
    since: String(sinceUtc),
    until: String(untilUtc),
    back: '/trash',
  };
  const actions =
    count === 0 ? undefined : (
      <PostForm ctx={ctx} action="/trash/restore" hidden={which}>
        <Button ctx={ctx} kind="primary" icon="undo">
          {n('trash.restore.all', count)}
        </Button>
      </PostForm>
    );
  const lead = t('bulk.lead', { who: doerText(ctx, burst), when: momentText(ctx, sinceUtc) });
  const heads = [t('trash.what'), t('trash.when'), t('trash.left'), ''];
  const rows = items.map((item) => ({
    key: String(item.version),
    href: historyHref(item),
    cells: [
      <a key="what" href={ctx.base + historyHref(item)}>
        {titleText(ctx, item.component, item.title)}
      </a>,
      <When key="when" ctx={ctx} utc={item.endedUtc} />,
      <Left key="left" ctx={ctx} utc={item.endedUtc + days * DAY} />,
      <ItemActions key="do" ctx={ctx} item={item} back={data.href} />,
    ],
  }));
  return (
    <Shell ctx={ctx} nav="more" title={n('bulk.title', count, { place })} lead={lead} actions={actions}>
      <p>
        <a href={`${ctx.base}/trash`}>{t('bulk.back')}</a>
      </p>
      <section class="sheet" aria-label={t('trash.caption')}>
        {rows.length === 0 ? (
          <Empty text={t('bulk.none')} />
        ) : (
          <Table ctx={ctx} caption={t('trash.caption')} heads={heads} rows={rows} />
        )}
        <Pager ctx={ctx} previous={data.isFirst ? null : bulkHref(burst)} next={data.next} />
      </section>
      {count === 0 ? null : (
        <ForGood
          ctx={ctx}
          summary={n('trash.empty.final', count)}
          sure={n('trash.empty.sure.bulk', count)}
          final={n('trash.empty.final', count)}
          action="/trash/empty"
          hidden={which}
        />
      )}
    </Shell>
  );
}
