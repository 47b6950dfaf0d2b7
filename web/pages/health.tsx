import type { JSX } from 'preact';
import type { CollectionSync, Device } from '../../models/devices/service.ts';
import type { Check } from '../../models/overview/service.ts';
import type { Activity, StrangeSignIn } from '../../models/requests/service.ts';
import type { Verdict } from '../../models/requests/verdict.ts';
import { Shell } from '../layout.tsx';
import { DeviceTag, programText, reasonText } from '../parts/devices.tsx';
import { Button, ButtonLink, Select } from '../parts/form.tsx';
import { Empty, Sheet, Table, Tag, Time } from '../parts/page.tsx';
import { Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import { ActivityRow } from './activity.tsx';

/** Checks that run in the browser, in the order they are shown. */
export const NETWORK_CHECKS = [
  'address',
  'well-known',
  'challenge',
  'methods',
  'authorization',
  'path',
  'body',
  'clock',
] as const;

/** A device that was chosen, with what is known about it. */
export interface Examined {
  readonly device: Device;
  readonly verdict: Verdict;
  readonly requests: readonly Activity[];
  readonly syncs: readonly CollectionSync[];
}

/** What Health shows. */
export interface HealthData {
  readonly checks: readonly Check[];
  readonly devices: readonly Device[];
  /** Null until a device was chosen; `absent` for one that never appeared. */
  readonly examined: Examined | 'absent' | null;
  readonly strangers: readonly StrangeSignIn[];
  /** Address devices are told, without trailing slash. */
  readonly address: string;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: HealthData;
}

const KINDS = { good: 'ok', bad: 'bad', unknown: 'quiet' } as const;

function CheckRow(props: {
  readonly ctx: PageContext;
  readonly id: string;
  readonly name: string;
  readonly result: 'good' | 'bad' | 'unknown';
  readonly text: string;
  readonly fix: string | null;
  readonly isNetwork?: boolean;
}): JSX.Element {
  const { ctx, id, name, result, text, fix } = props;
  const { t } = ctx.words;
  return (
    <li>
      <details class="log-entry" id={`check-${id}`} open={result === 'bad'} data-network={props.isNetwork}>
        <summary>
          <Tag kind={KINDS[result]}>{t(`health.${result}`)}</Tag>
          <span class="what">
            <strong>{name}</strong>
            <span class="block muted small" data-text>
              {text}
            </span>
          </span>
        </summary>
        {fix === null ? null : (
          <div class="log-fix" hidden={result !== 'bad'}>
            <span class="muted small">{t('health.fix')}</span>
            <code class="copyable" id={`fix-${id}`}>
              {fix}
            </code>
            <button type="button" class="button js-only" data-copy={`fix-${id}`}>
              <Icon ctx={ctx} name="copy" />
              {t('health.copy.fix')}
            </button>
          </div>
        )}
      </details>
    </li>
  );
}

function ServerCheck({ ctx, check }: { readonly ctx: PageContext; readonly check: Check }): JSX.Element {
  const { t, size } = ctx.words;
  const { key, result, found } = check;
  const bytes = found['bytes'];
  const values = typeof bytes === 'number' ? { size: size(bytes) } : found;
  return (
    <CheckRow
      ctx={ctx}
      id={key}
      name={t(`health.${key}.name`)}
      result={result}
      text={t(`health.${key}.${result}`, values)}
      fix={t(`health.${key}.fix`)}
    />
  );
}

/** Words the script puts into the rows it checks. */
function scriptWords(ctx: PageContext): string {
  const { t } = ctx.words;
  const rows = NETWORK_CHECKS.map((key) => [
    key,
    { good: t(`health.${key}.good`), bad: t(`health.${key}.bad`), fix: t(`health.${key}.fix`) },
  ]);
  return JSON.stringify({
    rows: Object.fromEntries(rows),
    http: { bad: t('health.address.http'), fix: t('health.address.http.fix') },
    unknown: t('health.network.unknown'),
    tags: {
      good: t('health.good'),
      bad: t('health.bad'),
      unknown: t('health.unknown'),
      running: t('health.running'),
    },
    title: { one: t('health.title.bad#one'), other: t('health.title.bad#other') },
  });
}

function Way({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const database = data.checks.find((check) => check.key === 'database')?.result ?? 'unknown';
  const steps = [
    ['browser', t('health.browser'), 'good'],
    ['proxy', t('health.proxy'), 'unknown'],
    ['server', t('health.server'), 'good'],
    ['database', t('health.database'), database],
  ] as const;
  return (
    <Sheet id="way" title={t('health.way')}>
      <p class="muted">{t('health.way.text')}</p>
      <ol class="path-way">
        {steps.map(([key, name, result]) => (
          <li key={key} data-step={key}>
            <strong>{name}</strong>
            <Tag kind={KINDS[result]}>{t(`health.${result}`)}</Tag>
          </li>
        ))}
      </ol>
    </Sheet>
  );
}

function Checks({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Sheet id="checks-head" title={t('health.checks')}>
      <noscript>
        <p class="muted">{t('health.script')}</p>
      </noscript>
      <ul
        class="log-list"
        id="checks"
        data-probe={`${ctx.base}/admin/probe`}
        data-base={ctx.base}
        data-address={data.address}
        data-words={scriptWords(ctx)}
      >
        {NETWORK_CHECKS.map((key) => (
          <CheckRow
            key={key}
            ctx={ctx}
            id={key}
            name={t(`health.${key}.name`)}
            result="unknown"
            text={t('health.unknown')}
            fix={t(`health.${key}.fix`, { found: data.address })}
            isNetwork
          />
        ))}
        {data.checks.map((check) => (
          <ServerCheck key={check.key} ctx={ctx} check={check} />
        ))}
      </ul>
    </Sheet>
  );
}

function Chooser({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { examined, devices } = data;
  const chosen = examined === 'absent' ? 'absent' : (examined?.device.id ?? '');
  const options = [
    ...devices.map((device) => ({
      value: device.id,
      label: t('overview.of', { device: device.name, person: device.ownerName }),
    })),
    { value: 'absent', label: t('health.device.absent') },
  ];
  return (
    <form method="get" action={`${ctx.base}/admin/health#one-device`} class="log-filters short">
      <Select name="device" label={t('health.device.choose')} value={chosen} options={options} />
      <div class="log-buttons">
        <Button ctx={ctx}>{t('health.device.ask')}</Button>
      </div>
    </form>
  );
}

function VerdictNotice({
  ctx,
  examined,
}: {
  readonly ctx: PageContext;
  readonly examined: Examined;
}): JSX.Element {
  const { t, when } = ctx.words;
  const { device, verdict } = examined;
  const day =
    verdict.sinceUtc === null
      ? ''
      : when(verdict.sinceUtc, ctx.timeZone, {
          weekday: 'long',
          day: 'numeric',
          month: 'long',
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
        });
  const needsNew = ['removed', 'removed-program', 'expired', 'wrong-password', 'read-only'].includes(
    verdict.key,
  );
  const action = needsNew ? (
    <ButtonLink ctx={ctx} href={`/admin/people/${encodeURIComponent(device.owner)}`}>
      {t('health.device.open')}
    </ButtonLink>
  ) : undefined;
  return (
    <Notice
      ctx={ctx}
      kind={verdict.isGood ? 'ok' : 'warn'}
      fact={t(`verdict.${verdict.key}`, { device: device.name, day })}
      action={action}
    >
      {t(`verdict.${verdict.key}.fix`)}
    </Notice>
  );
}

function ExaminedDevice({
  ctx,
  examined,
}: {
  readonly ctx: PageContext;
  readonly examined: Examined;
}): JSX.Element {
  const { t } = ctx.words;
  const { device, requests, syncs } = examined;
  return (
    <>
      <VerdictNotice ctx={ctx} examined={examined} />
      <p class="named">
        <strong>{device.name}</strong> <DeviceTag ctx={ctx} device={device} />
        <span class="muted small">{programText(device)}</span>
      </p>
      {syncs.length === 0 ? null : (
        <Table
          ctx={ctx}
          caption={t('health.device.collections')}
          heads={[t('health.device.collection'), t('devices.last')]}
          rows={syncs.map((sync) => ({
            key: `${sync.holds}/${sync.collection}/${sync.atUtc}`,
            cells: [sync.collection, <Time key="at" ctx={ctx} utc={sync.atUtc} />],
          }))}
        />
      )}
      <h3>{t('health.device.last')}</h3>
      {requests.length === 0 ? (
        <p class="muted">{t('health.device.none')}</p>
      ) : (
        <ul class="log-list">
          {requests.map((item) => (
            <ActivityRow key={item.id} ctx={ctx} item={{ ...item, deviceName: device.name }} />
          ))}
        </ul>
      )}
      <p>
        <a href={`${ctx.base}/admin/activity?device=${encodeURIComponent(device.id)}`}>
          {t('health.device.activity')}
        </a>
      </p>
    </>
  );
}

function Strangers({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const { strangers } = data;
  if (strangers.length === 0) return <Empty text={t('health.strange.none')} />;
  return (
    <>
      <p class="muted">{t('health.strange.text')}</p>
      <Table
        ctx={ctx}
        caption={t('health.strange.title')}
        heads={[
          t('health.strange.name'),
          t('health.strange.program'),
          t('health.strange.why'),
          t('health.strange.last'),
        ]}
        rows={strangers.map((row, at) => ({
          key: `${at}`,
          cells: [
            <code key="login">{row.login}</code>,
            row.client ?? t('health.strange.unnamed'),
            <>
              {reasonText(ctx, row.reason)}
              {row.meant === null ? null : (
                <span class="block muted small">{t('health.strange.meant', { login: row.meant })}</span>
              )}
            </>,
            <>
              <Time ctx={ctx} utc={row.lastUtc} />
              <span class="block muted small">{n('health.strange.times', row.times)}</span>
            </>,
          ],
        }))}
      />
    </>
  );
}

/** Text that can be sent to somebody who helps: results, no names of people, no secrets. */
function reportOf(ctx: PageContext, data: HealthData): string {
  const { t } = ctx.words;
  const lines = data.checks.map(
    (check) => `${t(`health.${check.key}.name`)}: ${t(`health.${check.result}`)}`,
  );
  const { examined } = data;
  if (examined !== null && examined !== 'absent') {
    lines.push('', `${programText(examined.device)}: ${examined.verdict.key}`);
    for (const { atUtc, what, request } of examined.requests)
      lines.push(
        `${new Date(atUtc * 1000).toISOString()} ${request?.method ?? ''} ${kindOfPath(request?.path ?? '')} ${request?.status ?? ''} ${what} ${request?.reason ?? ''}`.trimEnd(),
      );
  }
  return lines.join('\n');
}

/** `/dav/calendars/*` of an address: the names of people and collections stay out. */
function kindOfPath(path: string): string {
  return path.split('/').slice(0, 3).join('/');
}

/** Why does it not sync? For administrators. */
export function HealthPage({ ctx, data }: Props): JSX.Element {
  const { words } = ctx;
  const { t } = words;
  const bad = data.checks.filter((check) => check.result === 'bad').length;
  const title = bad === 0 ? t('health.title') : words.n('health.title.bad', bad);
  const { examined } = data;
  const actions = (
    <>
      <ButtonLink ctx={ctx} href="/admin/health" icon="refresh">
        {t('health.again')}
      </ButtonLink>
      <button type="button" class="button js-only" data-copy="report">
        <Icon ctx={ctx} name="copy" />
        {t('health.copy')}
      </button>
    </>
  );
  const device = (
    <Sheet id="one-device" title={t('health.device.title')}>
      <Chooser ctx={ctx} data={data} />
      {examined === null || examined === 'absent' ? null : <ExaminedDevice ctx={ctx} examined={examined} />}
      {examined === 'absent' || data.strangers.length > 0 ? (
        <>
          <h3>{t('health.strange.title')}</h3>
          <Strangers ctx={ctx} data={data} />
        </>
      ) : null}
    </Sheet>
  );
  return (
    <Shell
      ctx={ctx}
      nav="health"
      title={title}
      lead={t('health.lead')}
      actions={actions}
      scripts={['health.js']}
    >
      {examined === null ? null : device}
      <Way ctx={ctx} data={data} />
      <Checks ctx={ctx} data={data} />
      {examined === null ? device : null}
      <details class="health-report">
        <summary>{t('health.report')}</summary>
        <pre id="report" class="copyable">
          {reportOf(ctx, data)}
        </pre>
      </details>
    </Shell>
  );
}
