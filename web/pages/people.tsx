import type { JSX } from 'preact';
import type { PeopleCounts, PeopleState, Person } from '../../models/principals/people.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink } from '../parts/form.tsx';
import { Empty, Meter, Pager, type Row, Table, Tabs, Tag, Time } from '../parts/page.tsx';
import type { PageContext } from '../site.ts';

/** A page of the list of people. */
export interface PeopleData {
  readonly items: readonly Person[];
  readonly counts: PeopleCounts;
  readonly search: string;
  readonly state: PeopleState;
  /** Addresses of the list's other parts below the base path. */
  readonly previous: string | null;
  readonly next: string | null;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: PeopleData;
}

/** Room that is nearly used up, as a share of what is allowed. */
const NEARLY_FULL = 0.9;

/** The share of the room a person uses. */
export function shareOf(person: Pick<Person, 'usedBytes' | 'allowedBytes'>): number {
  return person.allowedBytes === 0 ? 1 : person.usedBytes / person.allowedBytes;
}

/** Bytes used and allowed, with a bar. */
export function Room({ ctx, person }: { readonly ctx: PageContext; readonly person: Person }): JSX.Element {
  const { size, t } = ctx.words;
  const share = shareOf(person);
  const label = t('people.room', { used: size(person.usedBytes), allowed: size(person.allowedBytes) });
  const kind = share >= 1 ? 'bad' : share >= NEARLY_FULL ? 'warn' : 'ok';
  return (
    <div class="room">
      <Meter share={share} label={label} kind={kind} />
      <span class="small muted">
        {share >= NEARLY_FULL
          ? t('people.room.share', { share: ctx.words.number(Math.round(share * 100)) })
          : size(person.usedBytes)}
      </span>
    </div>
  );
}

/** Where a person stands, when it is not simply that they are there. */
export function StateTag({ ctx, person }: { readonly ctx: PageContext; readonly person: Person }) {
  const { t } = ctx.words;
  if (person.state === 'active') return null;
  if (person.state !== 'invited')
    return <Tag kind={person.state === 'disabled' ? 'warn' : 'bad'}>{t(`people.state.${person.state}`)}</Tag>;
  const isOpen = person.inviteExpiresUtc !== null && person.inviteExpiresUtc > ctx.nowUtc;
  return <Tag kind="info">{t(isOpen ? 'people.state.invited' : 'people.state.uninvited')}</Tag>;
}

function Devices({ ctx, person }: { readonly ctx: PageContext; readonly person: Person }): JSX.Element {
  const { n, t } = ctx.words;
  if (person.devices === 0) return <span class="muted">{t('people.devices.none')}</span>;
  const isBad = person.worstDevice === 'refused' || person.worstDevice === 'silent';
  return (
    <span class="stack-small">
      <span>{n('people.devices', person.devices)}</span>
      {isBad && person.worstDevice !== null ? (
        <Tag kind={person.worstDevice === 'refused' ? 'bad' : 'warn'}>
          {t(person.worstDevice === 'refused' ? 'people.device.refused' : 'people.device.silent')}
        </Tag>
      ) : null}
    </span>
  );
}

function rowOf(ctx: PageContext, person: Person): Row {
  const { t } = ctx.words;
  const href = `/admin/people/${encodeURIComponent(person.id)}`;
  return {
    key: person.id,
    href,
    cells: [
      <span key="n" class="stack-small">
        <span class="named">
          <a href={ctx.base + href}>{person.displayName}</a>
          <StateTag ctx={ctx} person={person} />
        </span>
        <span class="muted small">{person.login}</span>
      </span>,
      <Devices key="d" ctx={ctx} person={person} />,
      person.lastSyncUtc === null ? (
        <span key="s" class="muted">
          {t('people.sync.never')}
        </span>
      ) : (
        <Time key="s" ctx={ctx} utc={person.lastSyncUtc} />
      ),
      <Room key="r" ctx={ctx} person={person} />,
      person.isAdmin ? t('role.admin') : t('people.role.person'),
    ],
  };
}

const STATES: readonly PeopleState[] = ['present', 'active', 'invited', 'disabled', 'silent', 'removed'];

/** The address of a part of the list, below the base path. */
export function peopleHref(search: string, state: PeopleState, cursor: string | null = null): string {
  const query = new URLSearchParams();
  if (search !== '') query.set('search', search);
  if (state !== 'present') query.set('state', state);
  if (cursor !== null) query.set('cursor', cursor);
  return query.size === 0 ? '/admin/people' : `/admin/people?${query}`;
}

function Filters({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { search, state } = data;
  return (
    <div class="filters">
      <form method="get" action={`${ctx.base}/admin/people`} class="search" data-search="people-list">
        {state === 'present' ? null : <input type="hidden" name="state" value={state} />}
        <label class="unseen" for="search">
          {t('people.search')}
        </label>
        <input type="search" id="search" name="search" value={search} autocomplete="off" />
        <Button ctx={ctx} icon="search">
          {t('people.search.do')}
        </Button>
      </form>
      <Tabs
        ctx={ctx}
        label={t('people.filter')}
        tabs={STATES.map((key) => ({
          href: peopleHref(search, key),
          label: t(`people.filter.${key}`),
          isCurrent: key === state,
        }))}
      />
    </div>
  );
}

function Nobody({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  if (data.search === '') return <Empty text={t(`people.none.${data.state}`)} />;
  const add = `/admin/people/add?name=${encodeURIComponent(data.search)}`;
  return (
    <Empty text={t('people.none.found', { search: data.search })}>
      <ButtonLink ctx={ctx} href={add} icon="add-person">
        {t('people.add.named', { name: data.search })}
      </ButtonLink>
    </Empty>
  );
}

function lead({ ctx, data }: Props): string {
  const { n, list, t } = ctx.words;
  const { invited, disabled } = data.counts;
  const parts = [
    ...(invited === 0 ? [] : [n('people.lead.invited', invited)]),
    ...(disabled === 0 ? [] : [n('people.lead.disabled', disabled)]),
  ];
  return parts.length === 0 ? t('people.lead.all') : list(parts);
}

/** Find, add, disable people. */
export function PeoplePage({ ctx, data }: Props): JSX.Element {
  const { n, t } = ctx.words;
  const heads = [
    t('people.name'),
    t('people.devices.head'),
    t('people.sync'),
    t('people.storage'),
    t('people.role'),
  ];
  return (
    <Shell
      ctx={ctx}
      nav="people"
      title={n('people.title', data.counts.present)}
      lead={lead({ ctx, data })}
      actions={
        <>
          <ButtonLink ctx={ctx} href="/admin/people/import" icon="import">
            {t('people.import')}
          </ButtonLink>
          <ButtonLink ctx={ctx} href="/admin/people/add" kind="primary" icon="add-person" shortcut="a">
            {t('people.add')}
          </ButtonLink>
        </>
      }
    >
      <Filters ctx={ctx} data={data} />
      <div id="people-list" class="rows">
        <section class="sheet">
          {data.items.length === 0 ? (
            <Nobody ctx={ctx} data={data} />
          ) : (
            <Table
              ctx={ctx}
              caption={t('nav.people')}
              heads={heads}
              rows={data.items.map((person) => rowOf(ctx, person))}
            />
          )}
        </section>
        <Pager ctx={ctx} previous={data.previous} next={data.next} />
      </div>
    </Shell>
  );
}
