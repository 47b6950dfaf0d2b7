import { Refusal } from '../../errors.ts';
import { all, type Component, children } from '../component.ts';
import { parseRule } from '../rules.ts';
import { formatUtc, SECONDS_PER_DAY } from '../values.ts';
import { filterDates, instancesOf, keptLine } from './dates.ts';
import { setStamps } from './fields.ts';
import { untilText, withParts } from './repeat.ts';
import {
  copyComponent,
  type Editing,
  type Instance,
  movedTimes,
  type OpenSeries,
  withUid,
} from './series.ts';
import { cutPart, finishDraft, headOf, replaceValue, storedLine } from './splice.ts';
import { readTime } from './times.ts';

/** Ends a series before one of its dates and lets a new one begin there. */

/** Both parts of a series. */
export interface Split {
  /** The old series with the dates before. */
  readonly head: Uint8Array;
  /** A new series with that date and all after it. */
  readonly tail: Uint8Array;
  readonly uid: string;
}

/**
 * Splits a series: rules end before the date and go on from it, counts are shared out, and overrides, EXDATEs and RDATEs go
 * with the part they belong to. Throws `Refusal` 409 for a series that cannot be split, 404 for a date its rule does not
 * have.
 */
export async function splitSeries(editing: Editing, open: OpenSeries, instance: Instance): Promise<Split> {
  const { draft, series } = open;
  const { master, start } = series;
  if (master === null || start === null) throw new Refusal(409, 'This series cannot be split here.');
  await checkSplit(editing, open, master, instance);
  const before = await countBefore(editing, open, master, instance.utc);
  const uid = editing.newUid();
  const tail = tailText(open, master, instance, { uid, before });
  endRules(open, master, instance, before);
  for (const name of ['EXDATE', 'RDATE'] as const)
    filterDates(draft, master, name, start, (local) => local < instance.local);
  for (const override of series.overrides)
    if (override.recurrenceId.utc >= instance.utc) cutPart(draft, override.component);
  setStamps(draft, master, editing.nowUtc);
  return { head: finishDraft(draft), tail: Buffer.from(tail, 'utf8'), uid };
}

async function checkSplit(
  editing: Editing,
  open: OpenSeries,
  master: Component,
  { utc }: Instance,
): Promise<void> {
  if (open.series.overrides.some((override) => override.isRanged) || all(master, 'EXRULE').length > 0)
    throw new Refusal(409, 'This series was split or cut by another app already; change one date or all.');
  if (all(master, 'RRULE').length === 0) return;
  const range = { startUtc: utc, endUtc: utc + 1, withDates: false };
  if (!(await instancesOf(editing.runner, open.parsed, master, range)).includes(utc))
    throw new Refusal(409, 'This date was added to the series by hand; change it alone, or all dates.');
}

/** How many dates the rules bring before a moment, where one of them counts. */
async function countBefore(
  editing: Editing,
  open: OpenSeries,
  master: Component,
  utc: number,
): Promise<number> {
  const rules = all(master, 'RRULE');
  const counts = rules.some((property) => parseRule(property.value)?.count != null);
  if (!counts) return 0;
  if (rules.length > 1)
    throw new Refusal(409, 'This series follows several rules that count; change one date or all.');
  const startUtc = open.series.start?.utc ?? utc;
  const range = { startUtc, endUtc: utc, withDates: false };
  return (await instancesOf(editing.runner, open.parsed, master, range)).length;
}

function endRules(open: OpenSeries, master: Component, instance: Instance, before: number): void {
  const { draft, reading, series } = open;
  const form = readTime(master.properties.find((p) => p.name === 'DTSTART' || p.name === 'DUE'));
  if (form === null || series.start === null) return;
  const last = instance.local - (form.isDate ? SECONDS_PER_DAY : 1);
  // The second before may be one that the clock skips, which would be read as one after the instance.
  const until = series.start.isFloating ? untilText(last, form, reading) : formatUtc(instance.utc - 1);
  for (const property of all(master, 'RRULE')) {
    const isCounted = parseRule(property.value)?.count != null;
    const parts = isCounted ? { COUNT: String(before) } : { UNTIL: until };
    replaceValue(draft, property, withParts(property.value, parts));
  }
}

interface Tail {
  readonly uid: string;
  readonly before: number;
}

function tailText(open: OpenSeries, master: Component, instance: Instance, { uid, before }: Tail): string {
  const { draft, parsed, series } = open;
  const { text, root } = parsed;
  const slice = (part: { readonly start: number; readonly end: number }) => text.slice(part.start, part.end);
  const firstChild = root.components[0]?.start ?? root.end;
  const later = root.properties.filter((property) => property.start > firstChild);
  const overrides = series.overrides.filter((override) => override.recurrenceId.utc >= instance.utc);
  return [
    text.slice(root.start, firstChild),
    ...later.map(slice),
    ...children(root, 'VTIMEZONE').map(slice),
    tailMaster(open, master, instance, { uid, before }),
    ...overrides.map(({ component }) =>
      copyComponent(
        draft,
        component,
        withUid(uid, () => undefined),
      ),
    ),
    storedLine(draft, 'END:VCALENDAR'),
  ].join('');
}

function tailMaster(open: OpenSeries, master: Component, instance: Instance, { uid, before }: Tail): string {
  const { draft, series } = open;
  const { start } = series;
  if (start === null) return '';
  const times = movedTimes(open, master, start.local, instance.local);
  return copyComponent(
    draft,
    master,
    withUid(uid, (property) => {
      if (property.name === 'EXDATE' || property.name === 'RDATE')
        return keptLine(draft, property, start, (local) => local >= instance.local);
      if (property.name === 'SEQUENCE') return 'SEQUENCE:0';
      if (property.name !== 'RRULE') return times(property);
      const count = parseRule(property.value)?.count ?? null;
      if (count === null) return undefined;
      return (
        headOf(draft, property) + withParts(property.value, { COUNT: String(Math.max(1, count - before)) })
      );
    }),
  );
}
