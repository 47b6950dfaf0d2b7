import type { ComponentChildren, JSX } from 'preact';
import type { Device } from '../../models/devices/service.ts';
import type { Activity } from '../../models/requests/service.ts';
import { Shell } from '../layout.tsx';
import { reasonText } from '../parts/devices.tsx';
import { Button, ButtonLink, Select } from '../parts/form.tsx';
import { Empty, Live, Sheet, Tag, Time } from '../parts/page.tsx';
import { Icon } from '../parts/parts.tsx';
import type { PageContext, WordKey } from '../site.ts';

/** What the page is filtered by, as it stands in the address; empty texts do not filter. */
export interface ActivityFilters {
  readonly person: string;
  readonly device: string;
  readonly kind: string;
  readonly result: string;
  readonly time: string;
  readonly search: string;
  readonly isLive: boolean;
}

/** What Activity shows. */
export interface ActivityData {
  readonly filters: ActivityFilters;
  readonly people: readonly { readonly id: string; readonly name: string }[];
  readonly devices: readonly Device[];
  readonly items: readonly Activity[];
  readonly next: string | null;
  readonly isFirst: boolean;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: ActivityData;
}

const DID: Readonly<Record<string, WordKey>> = {
  'device.remove': 'activity.did.device.remove',
  'device.rename': 'activity.did.device.rename',
  'device.restore': 'activity.did.device.restore',
  'device.refuse': 'activity.did.device.refuse',
  'person.import': 'activity.did.person.import',
  'person.make-administrator': 'activity.did.person.make-administrator',
  'person.make-ordinary': 'activity.did.person.make-ordinary',
  'device.connect': 'activity.did.device.connect',
  'device.renew': 'activity.did.device.renew',
  'collection.go-back': 'activity.did.collection.go-back',
  'notice.dismiss': 'activity.did.notice.dismiss',
  'trash.empty': 'activity.did.trash.empty',
  'trash.restore': 'activity.did.trash.restore',
  'trash.undo-restore': 'activity.did.trash.undo-restore',
  'version.purge': 'activity.did.version.purge',
  'version.restore': 'activity.did.version.restore',
  'session.begin': 'activity.did.session.begin',
  'session.refused': 'activity.did.session.refused',
  'session.proof': 'activity.did.session.proof',
  'password.change': 'activity.did.password.change',
  'person.create': 'activity.did.person.create',
  'person.change': 'activity.did.person.change',
  'person.remove': 'activity.did.person.remove',
  'person.bring-back': 'activity.did.person.bring-back',
  'person.export': 'activity.did.person.export',
  'invite.create': 'activity.did.invite.create',
  'invite.use': 'activity.did.invite.use',
  'server.set-up': 'activity.did.server.set-up',
  'session.end': 'activity.did.session.end',
  'session.end-all': 'activity.did.session.end-all',
  'settings.change': 'activity.did.settings.change',
  'token.create': 'activity.did.token.create',
  'token.revoke': 'activity.did.token.revoke',
};

const VIA: Readonly<Record<string, WordKey>> = {
  password: 'activity.via.password',
  'app-password': 'activity.via.app-password',
  session: 'activity.via.session',
  'api-token': 'activity.via.api-token',
  system: 'activity.via.system',
  anonymous: 'activity.via.anonymous',
};

/** What an address stands for: the collection by its name, everything else is the account. */
function placeOf({ words }: Pick<PageContext, 'words'>, path: string): string {
  const [, , kind, , name] = path.split('/');
  if (name === undefined || name === '' || name === '…') return words.t('activity.place.account');
  const shown = { name: decoded(name) };
  if (kind === 'calendars') return words.t('activity.place.calendar', shown);
  if (kind === 'addressbooks') return words.t('activity.place.book', shown);
  return words.t('activity.place.account');
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** What happened, as a sentence. */
export function activityText(ctx: Pick<PageContext, 'words'>, item: Activity): string {
  const { t } = ctx.words;
  const { request, log, what } = item;
  if (request === null) {
    const key = DID[what];
    if (key === undefined) return t('activity.did.other', { action: what });
    const about = log?.about ?? {};
    return t(key, { device: about['name'] ?? about['label'] ?? '', before: '', ...about });
  }
  const place = placeOf(ctx, request.path);
  if (what !== 'refused')
    return t(
      what === 'sent' ? 'activity.sent' : what === 'received' ? 'activity.received' : 'activity.checked',
      { place },
    );
  if (request.reason !== null && request.reason !== 'status')
    return t('activity.refused.sign-in', { reason: reasonText(ctx, request.reason) });
  return t(request.status >= 500 ? 'activity.refused.server' : 'activity.refused.item', { place });
}

/** Who or what did it. */
export function activityWho({ words }: Pick<PageContext, 'words'>, item: Activity): string {
  if (item.deviceName !== null)
    return item.person === null || item.deviceName.includes(item.person)
      ? item.deviceName
      : words.t('overview.of', { device: item.deviceName, person: item.person });
  if (item.person !== null) return item.person;
  return words.t(item.log?.via === 'system' ? 'activity.system' : 'activity.nobody');
}

/** Whom or what an entry of the log is about, where its sentence does not say so. */
function subjectOf({ log }: Activity): string {
  if (log === null || log.about['device'] !== undefined) return '';
  return String(log.about['login'] ?? log.about['name'] ?? log.about['label'] ?? '');
}

function details(ctx: PageContext, item: Activity): readonly (readonly [string, ComponentChildren])[] {
  const { t, exact, number } = ctx.words;
  const { request, log } = item;
  const rows: (readonly [string, ComponentChildren])[] = [
    [t('activity.exact'), exact(item.atUtc, ctx.timeZone)],
  ];
  if (request !== null) {
    rows.push(
      [t('activity.method'), request.method],
      [t('activity.path'), <code key="path">{request.path}</code>],
      [t('activity.status'), String(request.status)],
      [t('activity.duration'), t('activity.ms', { count: number(request.ms) })],
    );
    if (request.client !== null) rows.push([t('activity.client'), request.client]);
  }
  if (log === null) return rows;
  rows.push([t('activity.code'), <code key="code">{item.what}</code>]);
  rows.push([t('activity.via'), t(VIA[log.via] ?? 'activity.via.anonymous')]);
  if (log.network !== null) rows.push([t('activity.network'), log.network]);
  const facts = Object.entries(log.about).map(([key, value]) => `${key}: ${value}`);
  if (facts.length > 0) rows.push([t('activity.details'), facts.join(' · ')]);
  return rows;
}

/** One line that opens to everything that is known. */
export function ActivityRow({
  ctx,
  item,
}: {
  readonly ctx: PageContext;
  readonly item: Activity;
}): JSX.Element {
  const { t, number } = ctx.words;
  const times = item.request?.times ?? 1;
  return (
    <li>
      <details class="log-entry" id={`entry-${item.id}`}>
        <summary>
          <Tag kind={item.isRefused ? 'bad' : item.what === 'checked' ? 'quiet' : 'ok'}>
            {t(item.isRefused ? 'activity.tag.refused' : 'activity.tag.ok')}
          </Tag>
          <span class="what">
            <strong>{activityText(ctx, item)}</strong>
            <span class="block muted small">
              {[activityWho(ctx, item), subjectOf(item)].filter((part) => part !== '').join(' · ')}
              {times > 1 ? ` · ${t('activity.times', { count: number(times) })}` : ''}
            </span>
          </span>
          <span class="muted small">
            <Time ctx={ctx} utc={item.atUtc} />
          </span>
        </summary>
        <dl class="log-facts small">
          {details(ctx, item).map(([head, value]) => (
            <div key={head}>
              <dt class="muted">{head}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </li>
  );
}

/** The address of this page with other filters. */
export function activityHref(filters: ActivityFilters, more: Readonly<Record<string, string>> = {}): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries({
    person: filters.person,
    device: filters.device,
    kind: filters.kind,
    outcome: filters.result,
    time: filters.time,
    q: filters.search,
    live: filters.isLive ? 'on' : '',
    ...more,
  }))
    if (value !== '') query.set(key, value);
  return query.size === 0 ? '/admin/activity' : `/admin/activity?${query.toString()}`;
}

const isFiltered = ({ person, device, kind, result, time, search }: ActivityFilters) =>
  `${person}${device}${kind}${result}${time}${search}` !== '';

/** Choices of the filters with few values; the first of each does not filter. */
const CHOICES = {
  kind: [
    ['sync', 'activity.kind.sync'],
    ['changes', 'activity.kind.changes'],
    ['log', 'activity.kind.log'],
  ],
  outcome: [
    ['ok', 'activity.result.ok'],
    ['refused', 'activity.result.refused'],
  ],
  time: [
    ['hour', 'activity.time.hour'],
    ['day', 'activity.time.day'],
    ['week', 'activity.time.week'],
    ['month', 'activity.time.month'],
  ],
} as const;

function Choice(props: {
  readonly ctx: PageContext;
  readonly name: keyof typeof CHOICES;
  readonly label: string;
  readonly value: string;
}): JSX.Element {
  const { t } = props.ctx.words;
  const options = CHOICES[props.name].map(([value, key]) => ({ value, label: t(key) }));
  const all = { value: '', label: t('activity.all') };
  return <Select name={props.name} label={props.label} value={props.value} options={[all, ...options]} />;
}

function Whose({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { filters, people, devices } = data;
  const persons = people.map(({ id, name }) => ({ value: id, label: name }));
  const named = devices.map((device) => ({
    value: device.id,
    label: t('overview.of', { device: device.name, person: device.ownerName }),
  }));
  return (
    <>
      <Select
        name="person"
        label={t('activity.person')}
        value={filters.person}
        options={[{ value: '', label: t('activity.all.people') }, ...persons]}
      />
      <Select
        name="device"
        label={t('activity.device')}
        value={filters.device}
        options={[{ value: '', label: t('activity.all.devices') }, ...named]}
      />
    </>
  );
}

function Filters({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { filters } = data;
  return (
    <form
      method="get"
      action={`${ctx.base}/admin/activity`}
      class="log-filters"
      data-search="activity"
      aria-label={t('activity.filter')}
    >
      <div class="field">
        <label for="q">{t('activity.search')}</label>
        <input type="search" id="q" name="q" value={filters.search} maxLength={100} />
      </div>
      <Whose ctx={ctx} data={data} />
      <Choice ctx={ctx} name="kind" label={t('activity.kind')} value={filters.kind} />
      <Choice ctx={ctx} name="outcome" label={t('activity.result')} value={filters.result} />
      <Choice ctx={ctx} name="time" label={t('activity.time')} value={filters.time} />
      {filters.isLive ? <input type="hidden" name="live" value="on" /> : null}
      <div class="log-buttons">
        <Button ctx={ctx} icon="filter">
          {t('activity.show')}
        </Button>
        {isFiltered(filters) ? (
          <ButtonLink ctx={ctx} href="/admin/activity" kind="quiet">
            {t('activity.reset')}
          </ButtonLink>
        ) : null}
      </div>
    </form>
  );
}

function List({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { items, filters, next, isFirst } = data;
  if (items.length === 0)
    return <Empty text={t(isFiltered(filters) ? 'activity.nothing' : 'activity.empty')} />;
  return (
    <>
      <ul class="log-list" aria-label={t('activity.caption')}>
        {items.map((item) => (
          <ActivityRow key={item.id} ctx={ctx} item={item} />
        ))}
      </ul>
      {next === null && isFirst ? null : (
        <nav class="pager" aria-label={t('pager.label')}>
          {isFirst ? null : (
            <ButtonLink ctx={ctx} href={activityHref(filters)}>
              {t('activity.newest')}
            </ButtonLink>
          )}
          {next === null ? null : (
            <ButtonLink ctx={ctx} href={activityHref(filters, { cursor: next })}>
              {t('activity.older')}
            </ButtonLink>
          )}
        </nav>
      )}
    </>
  );
}

/** What devices asked and what people did, in one list. For administrators. */
export function ActivityPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { filters } = data;
  const csv = activityHref(filters).replace('/admin/activity', '/admin/activity.csv');
  const actions = (
    <>
      <ButtonLink
        ctx={ctx}
        href={activityHref({ ...filters, isLive: !filters.isLive })}
        icon={filters.isLive ? 'check' : 'refresh'}
      >
        {t(filters.isLive ? 'activity.live.on' : 'activity.live.off')}
      </ButtonLink>
      <a class="button" href={ctx.base + csv} download>
        <Icon ctx={ctx} name="download" />
        {t('activity.export')}
      </a>
    </>
  );
  const list = <List ctx={ctx} data={data} />;
  return (
    <Shell ctx={ctx} nav="activity" title={t('activity.title')} lead={t('activity.lead')} actions={actions}>
      <Sheet id="activity-head" title={t('activity.filter')}>
        <Filters ctx={ctx} data={data} />
      </Sheet>
      <section class="sheet" aria-label={t('activity.caption')}>
        {filters.isLive && data.isFirst ? (
          <Live ctx={ctx} id="activity" topics={['device']} everySeconds={15}>
            {list}
          </Live>
        ) : (
          <div id="activity">{list}</div>
        )}
      </section>
    </Shell>
  );
}
