import { createHash } from 'node:crypto';
import { OBJECT_COMPONENTS } from '../../ical/component.ts';
import { parseLine } from '../../ical/lines.ts';
import { fixDates } from './dates.ts';
import type { Repair } from './names.ts';
import {
  type CalLine,
  type CalNode,
  findLine,
  line,
  mainNodes,
  mapLines,
  mapMain,
  splitLine,
  valueIn,
  writeTree,
} from './tree.ts';
import { isWindowsZone } from './zones.ts';

/** A named change to a calendar; `apply` is pure and gives null when there is nothing to do. */
export interface CalendarTransform {
  readonly name: Repair;
  readonly apply: (root: CalNode) => CalNode | null;
}

/** What import does to a calendar, in this order. */
export const CALENDAR_TRANSFORMS: readonly CalendarTransform[] = [
  { name: 'drop-method', apply: (root) => mapLines(root, (l) => (l.name === 'METHOD' ? null : l)) },
  { name: 'calendar-version', apply: setVersion },
  { name: 'missing-prodid', apply: addProdid },
  { name: 'bad-parameters', apply: dropBadParameters },
  { name: 'empty-property', apply: dropEmpty },
  { name: 'repeated-property', apply: dropRepeated },
  { name: 'date-syntax', apply: (root) => mapMain(root, fixDates) },
  { name: 'rule-syntax', apply: (root) => mapMain(root, unescapeRule) },
  { name: 'missing-value-type', apply: (root) => mapMain(root, addValueType) },
  { name: 'end-and-duration', apply: (root) => mapMain(root, dropDuration) },
  { name: 'end-type', apply: (root) => mapMain(root, dropOtherEnd) },
  { name: 'end-before-start', apply: (root) => mapMain(root, dropEarlyEnd) },
  { name: 'incomplete-alarm', apply: (root) => mapMain(root, fixAlarms) },
  { name: 'missing-uid', apply: addUid },
  { name: 'missing-dtstamp', apply: (root) => mapMain(root, addStamp) },
  { name: 'duplicate-component', apply: dropDuplicates },
];

/** Whether an item names a Windows time zone and brings no definition of it: worth saying, nothing to change. */
export function hasWindowsZone(text: string): boolean {
  for (const found of text.matchAll(/;TZID=(?:"([^"\r\n]*)"|([^;:\r\n]*))/gi)) {
    if (isWindowsZone((found[1] ?? found[2] ?? '').trim())) return true;
  }
  return false;
}

function setVersion(root: CalNode): CalNode | null {
  const versions = root.items.filter((item) => item.kind === 'line' && item.name === 'VERSION');
  if (versions.length === 1 && valueIn(root, 'VERSION') === '2.0') return null;
  const rest = root.items.filter((item) => item.kind === 'node' || item.name !== 'VERSION');
  return { ...root, items: [line('VERSION:2.0'), ...rest] };
}

function addProdid(root: CalNode): CalNode | null {
  if (findLine(root, 'PRODID') !== undefined) return null;
  return { ...root, items: [line('PRODID:-//Daybook//Import//EN'), ...root.items] };
}

/** Keeps name and value of a line whose parameters cannot be read, such as one with an open quote. */
function dropBadParameters(node: CalNode): CalNode | null {
  let isChanged = false;
  const items = node.items.map((item) => {
    const next = item.kind === 'node' ? dropBadParameters(item) : withoutBadParameters(item);
    isChanged ||= next !== null;
    return next ?? item;
  });
  return isChanged ? { ...node, items } : null;
}

function withoutBadParameters(item: CalLine): CalLine | null {
  if (!item.text.slice(0, item.text.indexOf(':') + 1).includes(';')) return null;
  try {
    parseLine(item.text, 1, 0, item.text.length);
    return null;
  } catch {
    return line(`${item.name}:${item.text.slice(item.text.indexOf(':') + 1)}`);
  }
}

const NEVER_EMPTY: ReadonlySet<string> = new Set([
  ...[
    'DTSTART',
    'DTEND',
    'DUE',
    'DURATION',
    'RRULE',
    'RDATE',
    'EXDATE',
    'EXRULE',
    'RECURRENCE-ID',
    'DTSTAMP',
    'CREATED',
  ],
  ...[
    'LAST-MODIFIED',
    'COMPLETED',
    'URL',
    'GEO',
    'PRIORITY',
    'PERCENT-COMPLETE',
    'SEQUENCE',
    'ATTENDEE',
    'ORGANIZER',
  ],
  ...[
    'STATUS',
    'CLASS',
    'TRANSP',
    'UID',
    'ATTACH',
    'TRIGGER',
    'REPEAT',
    'ACTION',
    'METHOD',
    'CALSCALE',
    'PRODID',
  ],
]);

function dropEmpty(node: CalNode): CalNode | null {
  let isChanged = false;
  const items: (CalLine | CalNode)[] = [];
  for (const item of node.items) {
    if (item.kind === 'line') {
      if (NEVER_EMPTY.has(item.name) && splitLine(item.text).value.trim() === '') isChanged = true;
      else items.push(item);
      continue;
    }
    const inner = dropEmpty(item);
    isChanged ||= inner !== null;
    items.push(inner ?? item);
  }
  return isChanged ? { ...node, items } : null;
}

const ONCE: ReadonlySet<string> = new Set([
  ...[
    'UID',
    'DTSTAMP',
    'DTSTART',
    'DTEND',
    'DUE',
    'DURATION',
    'RECURRENCE-ID',
    'SEQUENCE',
    'STATUS',
    'CLASS',
    'TRANSP',
  ],
  ...['PRIORITY', 'CREATED', 'LAST-MODIFIED', 'ORGANIZER', 'COMPLETED', 'PERCENT-COMPLETE'],
]);

function dropRepeated(root: CalNode): CalNode | null {
  return mapMain(root, (node) => {
    const seen = new Set<string>();
    return mapLines(node, (l) => {
      if (!ONCE.has(l.name)) return l;
      if (seen.has(l.name)) return null;
      seen.add(l.name);
      return l;
    });
  });
}

/** Some libraries escape the separators of a rule as if it were a text. */
function unescapeRule(node: CalNode): CalNode | null {
  const isRule = (l: CalLine): boolean =>
    (l.name === 'RRULE' || l.name === 'EXRULE') && l.text.includes('\\');
  return mapLines(node, (l) => (isRule(l) ? line(l.text.replaceAll('\\', '')) : l));
}

const DATE_NAMES: ReadonlySet<string> = new Set([
  'DTSTART',
  'DTEND',
  'DUE',
  'RECURRENCE-ID',
  'EXDATE',
  'RDATE',
]);

function addValueType(node: CalNode): CalNode | null {
  return mapLines(node, (l) => {
    if (!DATE_NAMES.has(l.name)) return l;
    const { head, value } = splitLine(l.text);
    if (/;VALUE=/i.test(head) || !/^\d{8}(?:,\d{8})*$/.test(value)) return l;
    return line(`${head.replace(/;TZID=(?:"[^"]*"|[^;]*)/i, '')};VALUE=DATE:${value}`);
  });
}

function endName(node: CalNode): string {
  return node.name === 'VTODO' ? 'DUE' : 'DTEND';
}

function dropDuration(node: CalNode): CalNode | null {
  if (node.name !== 'VEVENT' && node.name !== 'VTODO') return null;
  const duration = valueIn(node, 'DURATION');
  if (duration === '') return null;
  const isNeedless = findLine(node, endName(node)) !== undefined;
  return isNeedless ? mapLines(node, (l) => (l.name === 'DURATION' ? null : l)) : null;
}

function dropOtherEnd(node: CalNode): CalNode | null {
  const start = valueIn(node, 'DTSTART');
  const end = valueIn(node, endName(node));
  if (start === '' || end === '' || /^\d{8}$/.test(start) === /^\d{8}$/.test(end)) return null;
  return mapLines(node, (l) => (l.name === endName(node) ? null : l));
}

/** Ends in another zone than the start are compared by the day before only: no zone is resolved here. */
function dropEarlyEnd(node: CalNode): CalNode | null {
  if (node.name !== 'VEVENT') return negativeDuration(node);
  const start = findLine(node, 'DTSTART');
  const end = findLine(node, 'DTEND');
  if (start === undefined || end === undefined) return negativeDuration(node);
  const from = splitLine(start.text);
  const to = splitLine(end.text);
  const isSameZone =
    zoneOf(from.head) === zoneOf(to.head) && from.value.endsWith('Z') === to.value.endsWith('Z');
  const isEarly = isSameZone ? to.value < from.value : dayNumber(to.value) + 1 < dayNumber(from.value);
  return isEarly ? mapLines(node, (l) => (l === end ? null : l)) : null;
}

function negativeDuration(node: CalNode): CalNode | null {
  if (!valueIn(node, 'DURATION').startsWith('-')) return null;
  return mapLines(node, (l) => (l.name === 'DURATION' ? null : l));
}

function zoneOf(head: string): string {
  return /;TZID=([^;]*)/i.exec(head)?.[1]?.replaceAll('"', '') ?? '';
}

function dayNumber(value: string): number {
  const found = /^(\d{4})(\d\d)(\d\d)/.exec(value);
  return found === null ? 0 : Date.UTC(Number(found[1]), Number(found[2]) - 1, Number(found[3])) / 86_400_000;
}

function fixAlarms(node: CalNode): CalNode | null {
  let isChanged = false;
  const items: (CalLine | CalNode)[] = [];
  for (const item of node.items) {
    const isAlarm = item.kind === 'node' && item.name === 'VALARM';
    if (isAlarm && findLine(item, 'TRIGGER') === undefined) isChanged = true;
    else if (isAlarm && findLine(item, 'ACTION') === undefined) {
      isChanged = true;
      items.push({ ...item, items: [line('ACTION:DISPLAY'), ...item.items] });
    } else items.push(item);
  }
  return isChanged ? { ...node, items } : null;
}

/** Components of one calendar without UID share one, made from all they say but DTSTAMP. */
function addUid(root: CalNode): CalNode | null {
  const known = mainNodes(root)
    .map((node) => valueIn(node, 'UID'))
    .find((uid) => uid !== '');
  const uid = known ?? stableUid(mainNodes(root).map(contentOf).join(''));
  return mapMain(root, (node) =>
    findLine(node, 'UID') === undefined ? { ...node, items: [line(`UID:${uid}`), ...node.items] } : null,
  );
}

function contentOf(node: CalNode): string {
  const items = node.items
    .filter((item) => item.kind === 'node' || item.name !== 'DTSTAMP')
    .map((item) => (item.kind === 'node' ? item : { ...item, source: null }));
  return writeTree({ ...node, items });
}

/** A UUID that is the same for the same content, whenever and wherever it is imported. */
export function stableUid(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex');
  const variant = ((Number.parseInt(hex[16] ?? '0', 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Not the present time: the same file must give the same bytes tomorrow. */
function addStamp(node: CalNode): CalNode | null {
  if (!OBJECT_COMPONENTS.has(node.name) || findLine(node, 'DTSTAMP') !== undefined) return null;
  const known = ['LAST-MODIFIED', 'CREATED', 'DTSTART']
    .map((name) => valueIn(node, name))
    .find((v) => /^\d{8}T\d{6}Z$/.test(v));
  return { ...node, items: [line(`DTSTAMP:${known ?? '19700101T000000Z'}`), ...node.items] };
}

/** Of components with the same RECURRENCE-ID the newest stays: by SEQUENCE, then LAST-MODIFIED or DTSTAMP, then place. */
function dropDuplicates(root: CalNode): CalNode | null {
  const newest = new Map<string, CalNode>();
  for (const node of mainNodes(root)) {
    const key = `${node.name} ${valueIn(node, 'RECURRENCE-ID')}`;
    const rival = newest.get(key);
    if (rival === undefined || compareAge(node, rival) >= 0) newest.set(key, node);
  }
  const kept = new Set(newest.values());
  const items = root.items.filter(
    (item) => item.kind === 'line' || item.name === 'VTIMEZONE' || kept.has(item),
  );
  return items.length === root.items.length ? null : { ...root, items };
}

function compareAge(a: CalNode, b: CalNode): number {
  const sequence = Number(valueIn(a, 'SEQUENCE')) - Number(valueIn(b, 'SEQUENCE'));
  if (sequence !== 0 && !Number.isNaN(sequence)) return sequence;
  const age = (node: CalNode): string => valueIn(node, 'LAST-MODIFIED') || valueIn(node, 'DTSTAMP');
  return age(a) < age(b) ? -1 : age(a) > age(b) ? 1 : 0;
}
