import { isUtf8 } from 'node:buffer';
import { type ContentLine, foldLine, isContentLine, joinSplitCharacters, parseLine } from './lines.ts';

/** Reads content lines of files that other programs wrote badly, and says what had to be repaired. For import only. */

export type RepairName =
  | 'charset'
  | 'byte-order-mark'
  | 'line-ends'
  | 'blank-line'
  | 'control-characters'
  | 'line-joined'
  | 'line-dropped'
  | 'parameters-dropped';

/** One thing that was put right; `line` is the 1-based physical line of the source. */
export interface Repair {
  readonly repair: RepairName;
  readonly line: number;
}

type OnRepair = (repair: Repair) => void;

/** Names that are read in any letter case; another word in small letters before a colon may be somebody's text. */
const KNOWN_NAMES: ReadonlySet<string> = new Set(
  (
    'begin end version prodid uid summary description location dtstart dtend dtstamp due duration rrule exdate rdate ' +
    'created last-modified sequence status transp class categories organizer attendee url action trigger attach tzid ' +
    'tzoffsetfrom tzoffsetto tzname recurrence-id completed priority percent-complete method calscale geo comment'
  ).split(' '),
);

const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;
const HAS_CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/;

/** A shorter line did not need folding, so what follows it was a line break in a text. */
const LONG_LINE = 70;

/** Decodes UTF-8, UTF-16 with a mark, and as a last resort Windows-1252; takes a byte order mark away. */
export function decodeTolerant(bytes: Uint8Array, onRepair: OnRepair): string {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    onRepair({ repair: 'charset', line: 1 });
    return new TextDecoder(a === 0xff ? 'utf-16le' : 'utf-16be').decode(bytes);
  }
  const joined = isUtf8(bytes) ? bytes : joinSplitCharacters(bytes);
  if (!isUtf8(joined)) {
    onRepair({ repair: 'charset', line: 1 });
    return new TextDecoder('windows-1252').decode(bytes);
  }
  const text = Buffer.from(joined.buffer, joined.byteOffset, joined.byteLength).toString('utf8');
  if (text.charCodeAt(0) !== 0xfeff) return text;
  onRepair({ repair: 'byte-order-mark', line: 1 });
  return text.slice(1);
}

interface Physical {
  readonly content: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
  /** True: the content is the source as it stands, with CRLF behind it. */
  readonly isClean: boolean;
}

interface Logical {
  readonly raw: string;
  readonly parts: string[];
  readonly line: number;
  readonly start: number;
  end: number;
  /** Length of the last physical line in it. */
  lastLength: number;
  isRepaired: boolean;
}

/** Reads content lines, repairing what can be; what cannot is dropped and reported. Never throws for bad lines. */
export function* readTolerantLines(
  text: string,
  onRepair: OnRepair,
): Generator<ContentLine, void, undefined> {
  for (const { line } of readRepaired(text, onRepair)) yield line;
}

/**
 * Brings a file into the form that strict reading accepts: UTF-8, CRLF, folded lines. Lines that were right are copied
 * as they are; a file without a fault is returned unchanged.
 */
export function repairText(bytes: Uint8Array): {
  readonly text: string;
  readonly repairs: readonly Repair[];
} {
  const repairs: Repair[] = [];
  const onRepair: OnRepair = (repair) => repairs.push(repair);
  const text = decodeTolerant(bytes, onRepair);
  const parts: string[] = [];
  for (const { line, raw, isRepaired } of readRepaired(text, onRepair)) {
    const source = text.slice(line.start, line.end);
    parts.push(isRepaired ? foldLine(raw) : source);
  }
  return { text: repairs.length === 0 ? text : parts.join(''), repairs };
}

interface RepairedLine {
  readonly line: ContentLine;
  readonly raw: string;
  readonly isRepaired: boolean;
}

function* readRepaired(text: string, onRepair: OnRepair): Generator<RepairedLine, void, undefined> {
  for (const logical of joinLines(text, onRepair)) {
    const repaired = parseRepaired(logical, onRepair);
    if (repaired !== null) yield repaired;
  }
}

/** Parses a line; where its parameters cannot be read, keeps name and value. */
function parseRepaired(logical: Logical, onRepair: OnRepair): RepairedLine | null {
  const { line, start, end, isRepaired } = logical;
  const raw = logical.parts.length === 0 ? logical.raw : logical.raw + logical.parts.join('');
  const name = /^[^;:]*/.exec(raw)?.[0] ?? '';
  if (name.length > LONG_LINE) {
    onRepair({ repair: 'line-dropped', line });
    return null;
  }
  try {
    return { line: parseLine(raw, line, start, end), raw, isRepaired };
  } catch {
    const colon = raw.indexOf(':');
    if (colon < 0) {
      onRepair({ repair: 'line-dropped', line });
      return null;
    }
    onRepair({ repair: 'parameters-dropped', line });
    const plain = `${name}:${raw.slice(colon + 1)}`;
    return { line: parseLine(plain, line, start, end), raw: plain, isRepaired: true };
  }
}

function* joinLines(text: string, onRepair: OnRepair): Generator<Logical, void, undefined> {
  let pending: Logical | null = null;
  for (const physical of splitLines(text, onRepair)) {
    const first = physical.content.charCodeAt(0);
    const isFold = first === 32 || first === 9;
    if (pending !== null && isFold) {
      append(pending, physical, physical.content.slice(1));
      continue;
    }
    if (physical.content === '') {
      // A last line end is not a blank line.
      if (physical.start < text.length) onRepair({ repair: 'blank-line', line: physical.line });
      continue;
    }
    if (startsProperty(physical.content)) {
      if (pending !== null) yield pending;
      pending = begin(physical);
    } else if (pending === null || /^(?:BEGIN|END):/i.test(pending.raw)) {
      onRepair({ repair: 'line-dropped', line: physical.line });
    } else {
      onRepair({ repair: 'line-joined', line: physical.line });
      const isTextBreak = pending.lastLength < LONG_LINE;
      append(pending, physical, isTextBreak ? `\\n${physical.content}` : physical.content);
      pending.isRepaired = true;
    }
  }
  if (pending !== null) yield pending;
}

function begin({ content, line, start, end, isClean }: Physical): Logical {
  return { raw: content, parts: [], line, start, end, lastLength: content.length, isRepaired: !isClean };
}

function append(logical: Logical, physical: Physical, content: string): void {
  logical.parts.push(content);
  logical.end = physical.end;
  logical.lastLength = physical.content.length;
  if (!physical.isClean) logical.isRepaired = true;
}

/** Says whether a line begins a property, and is not a piece of text with a colon in it. */
function startsProperty(content: string): boolean {
  if (!isContentLine(content)) return false;
  const name = /^[^;:]*/.exec(content)?.[0] ?? '';
  const upper = name.toUpperCase();
  if (name === upper || upper.startsWith('X-')) return true;
  // People put a space behind the colon in their texts, programs do not.
  return KNOWN_NAMES.has(name.toLowerCase()) && content[name.length + 1] !== ' ';
}

/** Splits at CRLF, LF or CR; reports the first line end that is not CRLF. */
function* splitLines(text: string, onRepair: OnRepair): Generator<Physical, void, undefined> {
  let start = 0;
  let number = 1;
  let hasReported = false;
  while (start < text.length) {
    const contentEnd = lineEnd(text, start);
    const isCrLf = text.charCodeAt(contentEnd) === 13 && text.charCodeAt(contentEnd + 1) === 10;
    const end = Math.min(contentEnd + (isCrLf ? 2 : 1), text.length);
    if (!isCrLf && contentEnd < text.length && !hasReported) {
      hasReported = true;
      onRepair({ repair: 'line-ends', line: number });
    }
    let content = text.slice(start, contentEnd);
    if (HAS_CONTROLS.test(content)) {
      onRepair({ repair: 'control-characters', line: number });
      content = content.replace(CONTROLS, '');
    }
    yield { content, line: number, start, end, isClean: isCrLf && content.length === contentEnd - start };
    start = end;
    number++;
  }
}

function lineEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return at;
  }
  return text.length;
}
