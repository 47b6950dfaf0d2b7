import type { Limits } from '../app.ts';
import { OBJECT_COMPONENTS } from '../ical/component.ts';
import { parseCalendar } from '../ical/parse.ts';
import { validateObject } from '../ical/validate.ts';
import type { Zones } from '../ical/zones.ts';
import { unescapeText } from '../vcard/lines.ts';
import { parseCard } from '../vcard/parse.ts';
import { validateCard } from '../vcard/validate.ts';
import { type NormalRecord, type RawRecord, type Refused, refused } from './record.ts';
import { CALENDAR_TRANSFORMS, hasWindowsZone } from './transforms/calendar.ts';
import { CARD_TRANSFORMS } from './transforms/card.ts';
import type { Repair } from './transforms/names.ts';
import { splitStrangers } from './transforms/strangers.ts';
import { decodeBytes, dropControlCharacters, fixLineEnds } from './transforms/text.ts';
import { type CalNode, mainNodes, readTree, valueIn, writeTree } from './transforms/tree.ts';
import { convertVcalendar1, isVcalendar1 } from './transforms/vcalendar1.ts';

/** What normalising needs to know. */
export interface NormalContext {
  readonly limits: Limits;
  /** Tables of time zones, made once. */
  readonly zones: Zones;
}

/** Said to people, but nothing is altered for it. */
const REMARKS: ReadonlySet<Repair> = new Set(['windows-zone']);

/** Brings one item into the form the server stores: its own bytes where nothing had to be mended. Several results where one UID stood for several items. */
export function normaliseRecord(raw: RawRecord, context: NormalContext): readonly (NormalRecord | Refused)[] {
  try {
    return raw.kind === 'card' ? [normaliseCard(raw, context)] : normaliseCalendar(raw, context);
  } catch (error) {
    return [refuse(raw, error)];
  }
}

function refuse(raw: RawRecord, error: unknown): Refused {
  const message = error instanceof Error ? error.message : String(error);
  return refused(raw.file, raw.line, message.replace(/^Line \d+: /, ''));
}

/** Decoded text with line ends and control characters in order; what was done for it goes into `repairs`. */
function cleanText(raw: RawRecord, repairs: Repair[]): string {
  const decoded = decodeBytes(raw.bytes);
  repairs.push(...raw.repairs, ...decoded.repairs);
  let { text } = decoded;
  for (const [name, apply] of [
    ['line-ends', fixLineEnds],
    ['control-characters', dropControlCharacters],
  ] as const) {
    const next = apply(text);
    if (next === null) continue;
    text = next;
    repairs.push(name);
  }
  return text;
}

function bodyOf(raw: RawRecord, text: string, repairs: readonly Repair[]): Uint8Array {
  const isVerbatim = repairs.every((repair) => REMARKS.has(repair));
  return isVerbatim ? Buffer.from(raw.bytes, 'latin1') : Buffer.from(text, 'utf8');
}

function normaliseCard(raw: RawRecord, context: NormalContext): NormalRecord {
  const repairs: Repair[] = [];
  let text = cleanText(raw, repairs);
  for (const { name, apply } of CARD_TRANSFORMS) {
    const next = apply(text);
    if (next === null) continue;
    text = next;
    repairs.push(name);
  }
  const body = bodyOf(raw, text, repairs);
  const parsed = parseCard(body, context.limits);
  validateCard(parsed, context.limits);
  const title = titleOf(parsed.properties.find((p) => p.name === 'FN')?.value ?? '');
  return {
    kind: 'normal',
    file: raw.file,
    line: raw.line,
    component: 'VCARD',
    uid: parsed.uid,
    title,
    body,
    repairs: unique(repairs),
  };
}

function normaliseCalendar(raw: RawRecord, context: NormalContext): readonly (NormalRecord | Refused)[] {
  const repairs: Repair[] = [];
  let text = cleanText(raw, repairs);
  if (isVcalendar1(text)) {
    text = convertVcalendar1(text);
    repairs.push('vcalendar-1');
  }
  const tree = readTree(text);
  if (tree.root === null) return [refused(raw.file, raw.line, 'there is no VCALENDAR here.')];
  repairs.push(...tree.repairs);
  const foreign = mainNodes(tree.root).find((node) => !OBJECT_COMPONENTS.has(node.name));
  if (foreign !== undefined)
    return [refused(raw.file, raw.line, `${foreign.name.slice(0, 40)} components are not kept.`)];
  if (mainNodes(tree.root).length === 0)
    return [refused(raw.file, raw.line, 'the calendar has no event, task or journal entry in it.')];
  const splits = splitStrangers(tree.root);
  return splits.map(({ root, part }) => {
    const own: Repair[] = splits.length === 1 ? [...repairs] : [...repairs, 'repeated-uid'];
    const at = { ...raw, line: raw.partLines?.[part] ?? raw.line };
    try {
      return finishCalendar(at, root, own, context);
    } catch (error) {
      return refuse(at, error);
    }
  });
}

function finishCalendar(
  raw: RawRecord,
  tree: CalNode,
  repairs: Repair[],
  context: NormalContext,
): NormalRecord {
  let root = tree;
  for (const { name, apply } of CALENDAR_TRANSFORMS) {
    const next = apply(root);
    if (next === null) continue;
    root = next;
    repairs.push(name);
  }
  const written = writeTree(root);
  if (hasWindowsZone(written)) repairs.push('windows-zone');
  const body = bodyOf(raw, written, repairs);
  const parsed = parseCalendar(body, context.limits, context.zones);
  validateObject(parsed, context.limits);
  const [main] = mainNodes(root);
  const title = titleOf(main === undefined ? '' : valueIn(main, 'SUMMARY'));
  const { uid, component } = parsed;
  return {
    kind: 'normal',
    file: raw.file,
    line: raw.line,
    component,
    uid,
    title,
    body,
    repairs: unique(repairs),
  };
}

function titleOf(value: string): string {
  const text = unescapeText(value).replace(/\s+/g, ' ').trim();
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

function unique(repairs: readonly Repair[]): readonly Repair[] {
  return [...new Set(repairs)];
}
