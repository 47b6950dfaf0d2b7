import { isContentLine } from '../../ical/lines.ts';
import { foldLine } from '../../vcard/lines.ts';
import type { Repair } from './names.ts';

/** A content line of a calendar; `source` is how it stood in the file, null once it was altered. */
export interface CalLine {
  readonly kind: 'line';
  /** Upper case. */
  readonly name: string;
  readonly text: string;
  readonly source: string | null;
}

/** A component with its lines and components in order. */
export interface CalNode {
  readonly kind: 'node';
  /** Upper case. */
  readonly name: string;
  readonly items: readonly (CalLine | CalNode)[];
}

interface OpenNode {
  readonly name: string;
  readonly items: (CalLine | CalNode)[];
}

/** Texts in which a bare line break was meant as a line break. */
const TEXTS: ReadonlySet<string> = new Set([
  'DESCRIPTION',
  'SUMMARY',
  'LOCATION',
  'COMMENT',
  'CONTACT',
  'X-ALT-DESC',
  'NOTE',
]);
/** Names that are read in small letters too. */
const KNOWN_NAMES: ReadonlySet<string> = new Set([
  ...[
    'BEGIN',
    'END',
    'VERSION',
    'PRODID',
    'UID',
    'SUMMARY',
    'DESCRIPTION',
    'LOCATION',
    'DTSTART',
    'DTEND',
    'DTSTAMP',
    'DUE',
  ],
  ...[
    'DURATION',
    'RRULE',
    'EXDATE',
    'RDATE',
    'CREATED',
    'LAST-MODIFIED',
    'SEQUENCE',
    'STATUS',
    'TRANSP',
    'CLASS',
    'TZID',
  ],
  ...[
    'CATEGORIES',
    'ORGANIZER',
    'ATTENDEE',
    'URL',
    'ACTION',
    'TRIGGER',
    'ATTACH',
    'TZOFFSETFROM',
    'TZOFFSETTO',
    'TZNAME',
  ],
  ...['RECURRENCE-ID', 'COMPLETED', 'PRIORITY', 'PERCENT-COMPLETE', 'METHOD', 'CALSCALE', 'GEO', 'COMMENT'],
]);
const NO_NAMES: ReadonlySet<string> = new Set(['HTTP', 'HTTPS', 'MAILTO', 'TEL', 'FTP']);

/** Reads a calendar leniently (lines end in CRLF); null when there is no VCALENDAR in it. */
export function readTree(text: string): { root: CalNode | null; repairs: readonly Repair[] } {
  const repairs = new Set<Repair>();
  const stack: OpenNode[] = [];
  let root: CalNode | null = null;
  const close = (): void => {
    const done = stack.pop();
    if (done === undefined) return;
    const node: CalNode = { kind: 'node', ...done };
    if (stack.length === 0) root ??= node;
    else stack[stack.length - 1]?.items.push(node);
  };
  for (const line of logicalLines(text, repairs)) {
    const mark =
      line.name === 'BEGIN' || line.name === 'END'
        ? line.text
            .slice(line.name.length + 1)
            .trim()
            .toUpperCase()
        : '';
    if (line.name === 'BEGIN' && stack.length < 32) stack.push({ name: mark, items: [] });
    else if (line.name === 'END') {
      if (!stack.some((open) => open.name === mark)) repairs.add('stray-end');
      else {
        if (stack[stack.length - 1]?.name !== mark) repairs.add('missing-end');
        while (stack[stack.length - 1]?.name !== mark) close();
        close();
      }
    } else stack[stack.length - 1]?.items.push(line);
  }
  if (stack.length > 0) repairs.add('missing-end');
  while (stack.length > 0) close();
  return { root, repairs: [...repairs] };
}

/** A shorter line needed no folding, so what follows it was a line break in a text. */
const LONG_LINE = 70;

function logicalLines(text: string, repairs: Set<Repair>): CalLine[] {
  const found: { text: string; source: string | null }[] = [];
  let lastLength = 0;
  for (const { whole, source } of unfolded(text, repairs)) {
    const last = found[found.length - 1];
    if (last === undefined || isLine(whole)) found.push({ text: whole, source });
    else {
      const isText = TEXTS.has(nameOf(last.text)) && lastLength < LONG_LINE;
      repairs.add(isText ? 'unescaped-line-break' : 'wrong-folding');
      last.text += isText ? `\\n${whole}` : whole;
      last.source = null;
    }
    lastLength = source.length - source.lastIndexOf('\n', source.length - 2) - 3;
  }
  return found.map((one) => ({ kind: 'line', name: nameOf(one.text), ...one }));
}

function unfolded(text: string, repairs: Set<Repair>): { whole: string; source: string }[] {
  const found: { parts: string[]; source: string }[] = [];
  for (const physical of text.replace(/\r\n$/, '').split('\r\n')) {
    const last = found[found.length - 1];
    const isFold = physical.startsWith(' ') || physical.startsWith('\t');
    if (physical === '') repairs.add('blank-lines');
    else if (isFold && last !== undefined) {
      last.parts.push(physical.slice(1));
      last.source += `${physical}\r\n`;
    } else found.push({ parts: [physical], source: `${physical}\r\n` });
  }
  return found.map(({ parts, source }) => ({ whole: parts.join(''), source }));
}

/** Whether a line begins a property and is not a piece of text with a colon in it: programs write names in capitals and no blank behind the colon. */
function isLine(text: string): boolean {
  if (!/^[A-Za-z]/.test(text) || !isContentLine(text)) return false;
  const upper = nameOf(text);
  if (NO_NAMES.has(upper)) return false;
  const written = text.slice(0, upper.length);
  return (
    written === upper || upper.startsWith('X-') || (KNOWN_NAMES.has(upper) && text[upper.length + 1] !== ' ')
  );
}

function nameOf(text: string): string {
  return (/^[^:;]{1,300}/.exec(text)?.[0] ?? '').toUpperCase();
}

/** The text of a tree; unaltered lines keep their folding. */
export function writeTree(node: CalNode): string {
  let text = `BEGIN:${node.name}\r\n`;
  for (const item of node.items)
    text += item.kind === 'node' ? writeTree(item) : (item.source ?? foldLine(item.text));
  return `${text}END:${node.name}\r\n`;
}

/** A new line. */
export function line(text: string): CalLine {
  return { kind: 'line', name: nameOf(text), text, source: null };
}

/** First line of that name, or undefined. */
export function findLine(node: CalNode, name: string): CalLine | undefined {
  for (const item of node.items) if (item.kind === 'line' && item.name === name) return item;
  return undefined;
}

/** The components of a calendar that carry its item: all but VTIMEZONE. */
export function mainNodes(root: CalNode): CalNode[] {
  return root.items.filter((item): item is CalNode => item.kind === 'node' && item.name !== 'VTIMEZONE');
}

/** Head (`NAME;PARAMS`) and value of a line, quotes respected. */
export function splitLine(text: string): { head: string; value: string } {
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) isQuoted = !isQuoted;
    else if (code === 58 && !isQuoted) return { head: text.slice(0, i), value: text.slice(i + 1) };
  }
  const colon = text.indexOf(':');
  return colon < 0 ? { head: text, value: '' } : { head: text.slice(0, colon), value: text.slice(colon + 1) };
}

/** The value of the first line of that name, trimmed; empty when there is none. */
export function valueIn(node: CalNode, name: string): string {
  const found = findLine(node, name);
  return found === undefined ? '' : splitLine(found.text).value.trim();
}

/** Replaces main components; null when `change` gives null for each of them. An empty list takes the component out. */
export function mapMain(root: CalNode, change: (node: CalNode) => CalNode | null): CalNode | null {
  let isChanged = false;
  const items = root.items.map((item) => {
    const next = item.kind === 'node' && item.name !== 'VTIMEZONE' ? change(item) : null;
    isChanged ||= next !== null;
    return next ?? item;
  });
  return isChanged ? { ...root, items } : null;
}

/** Replaces or drops lines directly in a node; `change` gives the line itself to keep it, null to drop it. */
export function mapLines(node: CalNode, change: (item: CalLine) => CalLine | null): CalNode | null {
  let isChanged = false;
  const items: (CalLine | CalNode)[] = [];
  for (const item of node.items) {
    const next = item.kind === 'line' ? change(item) : item;
    isChanged ||= next !== item;
    if (next !== null) items.push(next);
  }
  return isChanged ? { ...node, items } : null;
}
