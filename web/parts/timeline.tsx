import type { JSX } from 'preact';
import type { PageContext } from '../site.ts';
import { Table, Time } from './page.tsx';

/** What one device did in one stretch of time; times are epoch seconds. */
export interface TimelineStretch {
  readonly startUtc: number;
  readonly checked: number;
  readonly changed: number;
  readonly refused: number;
}

/** One line of a timeline. */
export interface TimelineRow {
  readonly id: string;
  readonly name: string;
  /** Program and system, below or beside the name. */
  readonly detail: string;
  /** Path below the base path. */
  readonly href: string;
  readonly lastSyncUtc: number | null;
  readonly refusedSinceUtc: number | null;
  readonly stretches: readonly TimelineStretch[];
}

const DAY = 86_400;
const DAYS = 7;
/** Seconds of one mark: 84 of them are apart far enough to be seen. */
const MARK = 7200;
const MARKS = (DAYS * DAY) / MARK;
/** Units of the drawing for one mark. */
const STEP = 4;
const WIDTH = MARKS * STEP;
const HEIGHT = 24;

/** Where seven days begin that end with the viewer's today. */
export function weekStartOf(nowUtc: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en', {
    timeZone,
    hourCycle: 'h23',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const part = (type: string) =>
    Number(format.formatToParts(nowUtc * 1000).find((p) => p.type === type)?.value);
  const sinceMidnight = part('hour') * 3600 + part('minute') * 60 + part('second');
  return nowUtc - sinceMidnight - (DAYS - 1) * DAY;
}

type Kind = 'checked' | 'changed' | 'refused';
const TALL: Readonly<Record<Kind, string>> = { checked: '7v10', changed: '4v16', refused: '4v16' };

/** The strongest thing that happened in each mark. */
function marksOf(row: TimelineRow, startUtc: number): ReadonlyMap<number, Kind> {
  const marks = new Map<number, Kind>();
  for (const stretch of row.stretches) {
    const at = Math.floor((stretch.startUtc - startUtc) / MARK);
    if (at < 0 || at >= MARKS) continue;
    const before = marks.get(at);
    if (stretch.refused > 0) marks.set(at, 'refused');
    else if (stretch.changed > 0 && before !== 'refused') marks.set(at, 'changed');
    else if (stretch.checked > 0 && before === undefined) marks.set(at, 'checked');
  }
  return marks;
}

/** All marks of one kind as one path: a page has many of them. */
function pathOf(marks: ReadonlyMap<number, Kind>, kind: Kind): string {
  return [...marks]
    .filter(([, each]) => each === kind)
    .map(([at]) => `M${at * STEP + STEP / 2} ${TALL[kind]}`)
    .join('');
}

const sum = (row: TimelineRow, kind: Kind) => row.stretches.reduce((total, each) => total + each[kind], 0);

interface Common {
  readonly ctx: PageContext;
  readonly startUtc: number;
}

function Lane({ ctx, row, startUtc }: Common & { readonly row: TimelineRow }): JSX.Element {
  const marks = marksOf(row, startUtc);
  const { words } = ctx;
  const since = row.refusedSinceUtc;
  const from = since === null ? null : Math.max(0, Math.min(WIDTH, ((since - startUtc) / MARK) * STEP));
  const until = Math.max(from ?? 0, ((ctx.nowUtc - startUtc) / MARK) * STEP);
  const label = words.t('timeline.sentence', {
    device: row.name,
    checked: words.number(sum(row, 'checked')),
    changed: words.number(sum(row, 'changed')),
    refused: words.number(sum(row, 'refused')),
  });
  return (
    <div class="lane">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
        {from === null ? null : <rect class="band" x={from} y="0" width={until - from} height={HEIGHT} />}
        {(['checked', 'changed', 'refused'] as const).map((kind) => {
          const d = pathOf(marks, kind);
          return d === '' ? null : <path key={kind} class={kind} d={d} />;
        })}
      </svg>
      {since === null ? null : (
        <span class="since">
          {words.t('timeline.since', {
            day: words.when(since, ctx.timeZone, {
              weekday: 'long',
              hour: '2-digit',
              minute: '2-digit',
              hourCycle: 'h23',
            }),
          })}
        </span>
      )}
    </div>
  );
}

const daysOf = (startUtc: number) => Array.from({ length: DAYS }, (_, at) => startUtc + at * DAY + DAY / 2);

function Days({ ctx, startUtc }: Common): JSX.Element {
  return (
    <div class="lane-days" aria-hidden="true">
      {daysOf(startUtc).map((utc) => (
        <span key={utc}>{ctx.words.when(utc, ctx.timeZone, { weekday: 'short' })}</span>
      ))}
    </div>
  );
}

function cell(ctx: PageContext, row: TimelineRow, startUtc: number): string {
  const day = row.stretches.filter((each) => each.startUtc >= startUtc && each.startUtc < startUtc + DAY);
  const of = (kind: Kind) => ctx.words.number(day.reduce((total, each) => total + each[kind], 0));
  const values = { checked: of('checked'), changed: of('changed'), refused: of('refused') };
  if (day.length === 0) return ctx.words.t('timeline.cell.none');
  return ctx.words.t(values.refused === '0' ? 'timeline.cell' : 'timeline.cell.refused', values);
}

function AsTable({ ctx, rows, startUtc }: Common & { readonly rows: readonly TimelineRow[] }): JSX.Element {
  const { t, when } = ctx.words;
  const days = daysOf(startUtc).map((utc) => when(utc, ctx.timeZone, { weekday: 'short', day: 'numeric' }));
  return (
    <details class="as-table">
      <summary>{t('timeline.table')}</summary>
      <div class="wide-table">
        <Table
          ctx={ctx}
          caption={t('timeline.table.caption')}
          heads={[t('devices.device'), ...days]}
          rows={rows.map((row) => ({
            key: row.id,
            cells: [row.name, ...days.map((_, at) => cell(ctx, row, startUtc + at * DAY))],
          }))}
        />
      </div>
    </details>
  );
}

/** What devices did in seven days: a line of marks for each, the names and times beside it as text. */
export function Timeline({
  ctx,
  rows,
}: {
  readonly ctx: PageContext;
  readonly rows: readonly TimelineRow[];
}): JSX.Element {
  const startUtc = weekStartOf(ctx.nowUtc, ctx.timeZone);
  const { t } = ctx.words;
  return (
    <div class="timeline">
      <ul class="lanes">
        {rows.map((row) => (
          <li key={row.id}>
            <a href={ctx.base + row.href}>
              <strong>{row.name}</strong> <span class="muted small">{row.detail}</span>
            </a>
            <Lane ctx={ctx} row={row} startUtc={startUtc} />
            <span class="muted small lane-last">
              {row.lastSyncUtc === null ? t('devices.never') : <Time ctx={ctx} utc={row.lastSyncUtc} />}
            </span>
          </li>
        ))}
        <li class="scale">
          <span />
          <Days ctx={ctx} startUtc={startUtc} />
          <span />
        </li>
      </ul>
      <ul class="lane-legend muted small">
        {(['checked', 'changed', 'refused'] as const).map((kind) => (
          <li key={kind}>
            <svg width="8" height="16" viewBox="0 0 8 24" aria-hidden="true">
              <path class={kind} d={`M4 ${TALL[kind]}`} />
            </svg>
            {t(`timeline.${kind}`)}
          </li>
        ))}
      </ul>
      <AsTable ctx={ctx} rows={rows} startUtc={startUtc} />
    </div>
  );
}
