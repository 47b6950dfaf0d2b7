import { Precondition } from '../../errors.ts';
import { decodeQuotedPrintable } from '../../vcard/charset.ts';
import { type CardProperty, escapeText, foldLine, paramValue, readCardLines } from '../../vcard/lines.ts';
import { convertRule } from './rule1.ts';

const TEXTS: ReadonlySet<string> = new Set([
  'SUMMARY',
  'DESCRIPTION',
  'LOCATION',
  'CATEGORIES',
  'RESOURCES',
  'COMMENT',
]);
const DROPPED: ReadonlySet<string> = new Set(['TZ', 'DAYLIGHT', 'RNUM', 'EXNUM', 'GEO', 'PROC']);
const DATES: ReadonlySet<string> = new Set(['EXDATE', 'RDATE']);
const EVENT_STATUS = new Map([
  ['TENTATIVE', 'TENTATIVE'],
  ['CONFIRMED', 'CONFIRMED'],
  ['ACCEPTED', 'CONFIRMED'],
  ['CANCELLED', 'CANCELLED'],
]);
const TASK_STATUS = new Map([
  ['NEEDS ACTION', 'NEEDS-ACTION'],
  ['NEEDS-ACTION', 'NEEDS-ACTION'],
  ['COMPLETED', 'COMPLETED'],
  ['IN-PROCESS', 'IN-PROCESS'],
  ['CANCELLED', 'CANCELLED'],
]);

/** Whether a calendar is of version 1.0 (or one of the drafts of its time). */
export function isVcalendar1(text: string): boolean {
  return /^VERSION:[ \t]*1\.\d/im.test(text.slice(0, 10_000));
}

/**
 * Rewrites vCalendar 1.0 as iCalendar 2.0: quoted-printable, alarms, rules, states, attendees. What 2.0 has no word for is dropped.
 * Throws `valid-calendar-data` for a rule that cannot be said.
 */
export function convertVcalendar1(text: string): string {
  let written = '';
  let component = '';
  for (const line of readCardLines(text, '2.1')) {
    if (line.name === 'BEGIN') component = line.value.trim().toUpperCase();
    written += convertLine(line, component);
    if (line.name === 'END') component = 'VCALENDAR';
  }
  return written;
}

function convertLine(line: CardProperty, component: string): string {
  const value = plainValue(line);
  const { name } = line;
  if (name === '' || DROPPED.has(name)) return '';
  if (name === 'VERSION') return 'VERSION:2.0\r\n';
  if (name === 'BEGIN' || name === 'END') return `${name}:${value.trim().toUpperCase()}\r\n`;
  if (name === 'RRULE' || name === 'EXRULE') return foldLine(`${name}:${ruleOf(value)}`);
  if (name.endsWith('ALARM')) return alarmOf(name, value);
  if (name === 'STATUS') return statusOf(value, component);
  if (name === 'TRANSP')
    return `TRANSP:${value.trim() === '0' || value.trim().toUpperCase() === 'OPAQUE' ? 'OPAQUE' : 'TRANSPARENT'}\r\n`;
  if (name === 'DCREATED') return foldLine(`CREATED:${value.trim()}`);
  if (name === 'ATTENDEE' || name === 'ORGNAME') return attendeeOf(line, value);
  if (DATES.has(name))
    return value
      .split(/[;,]/)
      .map((date) => foldLine(`${name}:${date.trim()}`))
      .join('');
  if (TEXTS.has(name)) return foldLine(`${name}:${textOf(name, value)}`);
  return foldLine(`${line.writtenName}:${value.replace(/\r\n|\r|\n/g, '\\n')}`);
}

function plainValue(line: CardProperty): string {
  const isQuoted = paramValue(line, 'ENCODING')?.toUpperCase() === 'QUOTED-PRINTABLE';
  return isQuoted ? decodeQuotedPrintable(line.value, paramValue(line, 'CHARSET') ?? null) : line.value;
}

function textOf(name: string, value: string): string {
  if (name === 'CATEGORIES' || name === 'RESOURCES')
    return value
      .split(/[;,]/)
      .map((part) => escapeText(part.trim()))
      .join(',');
  return escapeText(value.replace(/\\([\\;,])/g, '$1').replace(/\\[nN]/g, '\n'));
}

function ruleOf(value: string): string {
  const rule = /^FREQ=/i.test(value.trim()) ? value.trim() : convertRule(value);
  if (rule === null)
    throw new Precondition(
      'valid-calendar-data',
      `The rule "${value.slice(0, 60)}" of vCalendar 1.0 cannot be converted.`,
    );
  return rule;
}

/** `DALARM:19960415T235959Z;PT5M;2;Text`; only a time in UTC makes an alarm of 2.0. */
function alarmOf(name: string, value: string): string {
  const [at = '', , , ...rest] = value.split(';');
  if (!/^\d{8}T\d{6}Z$/.test(at.trim())) return '';
  const action = name === 'AALARM' ? 'AUDIO' : 'DISPLAY';
  const text =
    action === 'AUDIO' ? '' : foldLine(`DESCRIPTION:${escapeText(rest.join(';').trim() || 'Reminder')}`);
  return `BEGIN:VALARM\r\nACTION:${action}\r\nTRIGGER;VALUE=DATE-TIME:${at.trim()}\r\n${text}END:VALARM\r\n`;
}

function statusOf(value: string, component: string): string {
  const table = component === 'VTODO' ? TASK_STATUS : EVENT_STATUS;
  const status = table.get(value.trim().toUpperCase());
  return status === undefined ? '' : `STATUS:${status}\r\n`;
}

function attendeeOf(line: CardProperty, value: string): string {
  const address = /[^\s<>"':;,]{1,200}@[^\s<>"':;,]{1,200}/.exec(value.slice(0, 1000))?.[0];
  if (line.name === 'ORGNAME' || address === undefined)
    return foldLine(`X-${line.name}:${escapeText(value)}`);
  const name =
    value
      .slice(0, 1000)
      .split('<')[0]
      ?.replace(/["\\:;,]/g, '')
      .trim() ?? '';
  return foldLine(`ATTENDEE${name === '' || name.includes('@') ? '' : `;CN="${name}"`}:mailto:${address}`);
}
