import { foldLine } from '../lines.ts';
import { escapeText, formatUtc } from '../values.ts';
import { createZones, FLOATING, vtimezoneFor, zonesOf } from '../zones.ts';
import { alarmLines } from './alarms.ts';
import { fitted } from './dates.ts';
import type { ItemChange } from './fields.ts';
import { ruleText } from './repeat.ts';
import { type TimeValue, timeLine } from './times.ts';

/** New events and tasks as calendar objects. */

/** What a new item is. */
export interface NewItem {
  readonly component: 'VEVENT' | 'VTODO';
  readonly uid: string;
  readonly nowUtc: number;
  readonly fields: ItemChange;
}

/** Writes a new calendar object with one event or task, and the VTIMEZONEs it refers to. */
export function newItem({ component, uid, nowUtc, fields }: NewItem): Uint8Array {
  const { times, start, due, reminder, summary = '' } = fields;
  const now = formatUtc(nowUtc);
  const lines = [
    `BEGIN:${component}`,
    `UID:${uid}`,
    `DTSTAMP:${now}`,
    `CREATED:${now}`,
    `LAST-MODIFIED:${now}`,
  ];
  lines.push(`SUMMARY:${escapeText(summary)}`);
  const all = { DTSTART: times?.start ?? start, DTEND: times?.end, DUE: due };
  for (const [name, time] of Object.entries(all)) if (time != null) lines.push(timeLine(name, [time]));
  const anchor = times?.start ?? start ?? due ?? null;
  lines.push(...ruleLines(fields, anchor), ...textLines(fields), ...taskLines(component, fields, now));
  if (reminder != null) lines.push(...alarmLines(reminder, summary, component === 'VTODO' && start == null));
  lines.push(`END:${component}`);
  const zones = zoneTexts([times?.start, times?.end, start, due]);
  const head = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Daybook//EN'].map(foldLine);
  return Buffer.from([...head, ...zones, ...lines.map(foldLine), foldLine('END:VCALENDAR')].join(''), 'utf8');
}

function ruleLines({ repeat }: ItemChange, anchor: TimeValue | null): readonly string[] {
  if (repeat == null || anchor === null) return [];
  const reading = { zones: zonesOf(null, createZones()), floating: FLOATING };
  return [`RRULE:${ruleText(fitted(repeat, anchor), anchor, reading)}`];
}

function textLines({ location = '', description = '' }: ItemChange): readonly string[] {
  const lines = location === '' ? [] : [`LOCATION:${escapeText(location)}`];
  return description === '' ? lines : [...lines, `DESCRIPTION:${escapeText(description)}`];
}

function taskLines(component: string, fields: ItemChange, now: string): readonly string[] {
  if (component !== 'VTODO') return [];
  const { isDone = false, percent = 0, priority = 0 } = fields;
  const lines = priority === 0 ? [] : [`PRIORITY:${priority}`];
  if (isDone || percent === 100)
    return [...lines, 'STATUS:COMPLETED', `COMPLETED:${now}`, 'PERCENT-COMPLETE:100'];
  if (percent > 0) return [...lines, 'STATUS:IN-PROCESS', `PERCENT-COMPLETE:${percent}`];
  return [...lines, 'STATUS:NEEDS-ACTION'];
}

function zoneTexts(times: readonly (TimeValue | null | undefined)[]): readonly string[] {
  const names = new Set(times.flatMap((time) => (time?.tzid == null ? [] : [time.tzid])));
  return [...names].flatMap((name) => vtimezoneFor(name) ?? []);
}
