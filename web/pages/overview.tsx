import type { ComponentChildren, JSX } from 'preact';
import type { Device } from '../../models/devices/service.ts';
import type { Overview } from '../../models/overview/service.ts';
import { Shell } from '../layout.tsx';
import { programText } from '../parts/devices.tsx';
import { ButtonLink } from '../parts/form.tsx';
import { Empty, Figure, Live, Sheet } from '../parts/page.tsx';
import { Notice } from '../parts/parts.tsx';
import { Timeline, type TimelineRow, type TimelineStretch } from '../parts/timeline.tsx';
import type { PageContext, WordKey } from '../site.ts';

/** What Overview shows. */
export interface OverviewData {
  readonly overview: Overview;
  readonly stretches: ReadonlyMap<string, readonly TimelineStretch[]>;
  /** Among the viewer's own contacts. */
  readonly duplicates: number;
  readonly shown: number;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: OverviewData;
}

const CAUSES: Readonly<Record<string, WordKey>> = {
  'removed-password': 'overview.cause.removed-password',
  'removed-device': 'overview.cause.removed-device',
  'expired-password': 'overview.cause.expired-password',
  'wrong-password': 'overview.cause.wrong-password',
  disabled: 'overview.cause.disabled',
  slowed: 'overview.cause.slowed',
};
const MAX_NOTICES = 3;

const isOff = ({ state }: Device) => state === 'refused' || state === 'silent';
const isGood = ({ state }: Device) => state === 'in-sync' || state === 'quiet';

/** The worst truth about all devices in one line. */
function headline({ words }: PageContext, { devices, people }: Overview): string {
  const good = devices.filter(isGood).length;
  const off = devices.filter(isOff).length;
  if (devices.length === 0) return words.t(people <= 1 ? 'overview.title.alone' : 'overview.title.none');
  if (off > 0)
    return words.t('overview.title.some', { good: words.number(good), all: words.number(good + off) });
  if (good === 0) return words.n('overview.title.waiting', devices.length);
  return words.n('overview.title.all', good);
}

function Lead({ ctx, overview }: { readonly ctx: PageContext; readonly overview: Overview }): JSX.Element {
  const { words, nowUtc } = ctx;
  const people = words.n('overview.people', overview.people);
  const last = Math.max(...overview.devices.map((device) => device.lastUsedUtc ?? 0), 0);
  if (last === 0) return <>{people}</>;
  return <>{words.t('overview.latest', { people, ago: words.ago(last, nowUtc) })}</>;
}

const saysWhose = ({ name, ownerName }: Device) => name.includes(ownerName.split(' ')[0] ?? '');

/** "Lea's iPad", with its person where the name does not say whose it is. */
function calledIn(ctx: PageContext, device: Device): string {
  return saysWhose(device)
    ? device.name
    : ctx.words.t('overview.of', { device: device.name, person: device.ownerName });
}

function factOf(ctx: PageContext, device: Device): string {
  const { words, nowUtc, timeZone } = ctx;
  const name = calledIn(ctx, device);
  if (device.removedUtc !== null) return words.t('overview.removed', { device: name });
  if (device.state === 'refused' && device.refusedSinceUtc !== null) {
    const day = words.when(device.refusedSinceUtc, timeZone, {
      weekday: 'long',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    return words.t('overview.refused', { device: name, day });
  }
  const days = Math.max(1, Math.floor((nowUtc - (device.lastSyncUtc ?? nowUtc)) / 86_400));
  return words.t('overview.silent', { device: name, time: words.n('count.days', days) });
}

function causeOf({ words }: PageContext, device: Device): string {
  if (device.state === 'silent') return words.t('overview.cause.silent');
  return words.t(CAUSES[device.refusal ?? ''] ?? 'overview.cause.other');
}

const whyHref = (device: Device) => `/admin/health?device=${encodeURIComponent(device.id)}#one-device`;

function Notices({
  ctx,
  devices,
}: {
  readonly ctx: PageContext;
  readonly devices: readonly Device[];
}): JSX.Element | null {
  const off = devices.filter(isOff);
  if (off.length === 0) return null;
  const rest = off.length - MAX_NOTICES;
  return (
    <div class="rows stack">
      {off.slice(0, MAX_NOTICES).map((device) => (
        <Notice
          key={device.id}
          ctx={ctx}
          kind="warn"
          fact={factOf(ctx, device)}
          action={
            <ButtonLink ctx={ctx} href={whyHref(device)}>
              {ctx.words.t('overview.see')}
            </ButtonLink>
          }
        >
          {causeOf(ctx, device)}
        </Notice>
      ))}
      {rest > 0 ? <a href={`${ctx.base}/?all`}>{ctx.words.n('overview.more', rest)}</a> : null}
    </div>
  );
}

function toRow(device: Device, stretches: readonly TimelineStretch[]): TimelineRow {
  return {
    id: device.id,
    name: device.name,
    detail: [programText(device), saysWhose(device) ? '' : device.ownerName]
      .filter((part) => part !== '')
      .join(' · '),
    href: `/admin/activity?device=${encodeURIComponent(device.id)}`,
    lastSyncUtc: device.lastSyncUtc,
    refusedSinceUtc: device.refusedSinceUtc,
    stretches,
  };
}

function Devices({ ctx, data }: Props): JSX.Element {
  const { words } = ctx;
  const { devices } = data.overview;
  const rest = devices.length - data.shown;
  return (
    <Sheet id="sync" title={words.t('timeline.title')} aside={ctx.timeZone}>
      {devices.length === 0 ? (
        <Empty text={words.t('overview.devices.none')}>
          <ButtonLink ctx={ctx} href="/connect">
            {words.t('overview.connect')}
          </ButtonLink>
        </Empty>
      ) : (
        <Timeline
          ctx={ctx}
          rows={devices
            .slice(0, data.shown)
            .map((device) => toRow(device, data.stretches.get(device.id) ?? []))}
        />
      )}
      {rest > 0 ? (
        <p>
          <a href={`${ctx.base}/?all`}>{words.n('overview.all', rest)}</a>
        </p>
      ) : null}
    </Sheet>
  );
}

/** Shares of a whole, side by side. */
function Shares({
  parts,
  label,
}: {
  readonly parts: readonly number[];
  readonly label: string;
}): JSX.Element {
  const total = Math.max(
    1,
    parts.reduce((sum, part) => sum + part, 0),
  );
  let at = 0;
  return (
    <svg class="shares" viewBox="0 0 1000 8" preserveAspectRatio="none" role="img" aria-label={label}>
      <rect class="rest" width="1000" height="8" />
      {parts.map((part, index) => {
        const width = Math.round((part / total) * 1000);
        const x = at;
        at += width;
        return <rect key={`s${index + 1}`} class={`s${index + 1}`} x={x} width={width} height="8" />;
      })}
    </svg>
  );
}

function Storage({ ctx, overview }: { readonly ctx: PageContext; readonly overview: Overview }): JSX.Element {
  const { t, size } = ctx.words;
  const { contactBytes, eventBytes, trashBytes } = overview;
  const [contacts, events, trash] = [size(contactBytes), size(eventBytes), size(trashBytes)];
  return (
    <Sheet id="storage" title={t('overview.storage')}>
      <Figure value={size(contactBytes + eventBytes + trashBytes)} label={t('overview.storage.kept')} />
      <Shares
        parts={[contactBytes, eventBytes, trashBytes]}
        label={t('overview.storage.bar', { contacts, events, trash })}
      />
      <ul class="lane-legend muted small shares-legend">
        <li>{t('overview.storage.contacts', { size: contacts })}</li>
        <li>{t('overview.storage.events', { size: events })}</li>
        <li>{t('overview.storage.trash', { size: trash })}</li>
      </ul>
    </Sheet>
  );
}

function Figures({ ctx, data }: Props): JSX.Element {
  const { overview, duplicates } = data;
  const { conflicts } = overview;
  const { t, n, number } = ctx.words;
  return (
    <div class="trio">
      <Sheet id="contacts" title={t('overview.contacts')}>
        <Figure value={number(overview.contacts)} label={n('overview.books', overview.books)}>
          {duplicates === 0 ? null : (
            <a class="small" href={`${ctx.base}/contacts/duplicates`}>
              {n('overview.duplicates', duplicates)}
            </a>
          )}
        </Figure>
      </Sheet>
      <Sheet id="events" title={t('overview.events')}>
        <Figure value={number(overview.events)} label={n('overview.calendars', overview.calendars)}>
          {conflicts === 0 ? null : <span class="small muted">{n('overview.conflicts', conflicts)}</span>}
        </Figure>
      </Sheet>
      <Storage ctx={ctx} overview={overview} />
    </div>
  );
}

/** Is everyone in sync? For administrators. */
export function OverviewPage({ ctx, data }: Props): JSX.Element {
  const { overview } = data;
  const { t } = ctx.words;
  const isAlone = overview.people <= 1;
  const add: ComponentChildren = (
    <ButtonLink ctx={ctx} href="/admin/people/add" kind="primary" icon="add-person" shortcut="a">
      {t('overview.add')}
    </ButtonLink>
  );
  return (
    <Shell
      ctx={ctx}
      nav="overview"
      title={headline(ctx, overview)}
      lead={<Lead ctx={ctx} overview={overview} />}
      actions={add}
    >
      <Live ctx={ctx} id="overview" topics={['device']} everySeconds={120} class="rows stack-16">
        <Notices ctx={ctx} devices={overview.devices} />
        {isAlone ? (
          <Notice ctx={ctx} kind="note" fact={t('overview.title.alone')}>
            {t('overview.alone.text')}
          </Notice>
        ) : null}
        <Devices ctx={ctx} data={data} />
        <Figures ctx={ctx} data={data} />
      </Live>
    </Shell>
  );
}
