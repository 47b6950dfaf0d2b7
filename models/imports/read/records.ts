import { createHash } from 'node:crypto';
import { Ledger } from '../ledger.ts';
import { type RawRecord, type Refused, refused, type SourceFile } from '../record.ts';
import type { Repair } from '../transforms/names.ts';
import { type Block, type ComponentBlock, readBlocks } from './blocks.ts';

/** Parts of unfinished series held at once. */
const MAX_HELD = 64 * 1024 * 1024;
const MAX_ZONES_BYTES = 16 * 1024 * 1024;
/** Calendars with one item are kept whole up to this size. */
const MAX_WHOLE = 4 * 1024 * 1024;

/** What the first pass over a file learns. */
interface Survey {
  /** How many components each item has, by `keyOf`. */
  readonly parts: Ledger;
  /** Numbers of the calendars that hold one item, and all of it. */
  readonly single: Set<number>;
  /** Numbers of the calendars that hold none. */
  readonly empty: Set<number>;
  /** First VTIMEZONE of each TZID in the file. */
  readonly zones: Map<string, string>;
  hasRecords: boolean;
}

/** The items of a file in order, each with what could not be read between them. Two passes; memory is bounded by one item, the counts of UIDs and 64 MB of series whose parts lie apart. */
export async function* readRecords(
  source: SourceFile,
  onBytes: (bytesRead: number) => void = () => undefined,
): AsyncGenerator<RawRecord | Refused> {
  if (source.refusal !== undefined) {
    yield refused(source.name, 0, source.refusal);
    return;
  }
  const survey = await surveyFile(source);
  const gatherer = new Gatherer(source.name, survey);
  for await (const blocks of readBlocks(counted(source.open(), onBytes))) {
    for (const block of blocks) gatherer.take(block);
    if (gatherer.found.length > 0) yield* gatherer.found.splice(0);
  }
  gatherer.finish();
  yield* gatherer.found;
}

async function* counted(
  stream: AsyncIterable<Uint8Array>,
  onBytes: (bytesRead: number) => void,
): AsyncGenerator<Uint8Array> {
  let bytesRead = 0;
  for await (const chunk of stream) {
    bytesRead += chunk.byteLength;
    onBytes(bytesRead);
    yield chunk;
  }
}

async function surveyFile(source: SourceFile): Promise<Survey> {
  const survey: Survey = {
    parts: new Ledger(1),
    single: new Set(),
    empty: new Set(),
    zones: new Map(),
    hasRecords: false,
  };
  const candidates: { calendar: number; key: string; count: number }[] = [];
  let calendar = -1;
  let inCalendar = new Map<string, number>();
  let zoneBytes = 0;
  for await (const blocks of readBlocks(source.open())) {
    for (const block of blocks) {
      if (block.kind === 'open') {
        calendar++;
        inCalendar = new Map();
        survey.hasRecords = true;
      } else if (block.kind === 'close') {
        const [only] = inCalendar;
        if (only === undefined) survey.empty.add(calendar);
        if (inCalendar.size === 1 && only !== undefined)
          candidates.push({ calendar, key: only[0], count: only[1] });
      } else if (block.kind === 'card') survey.hasRecords = true;
      else if (block.kind === 'component') {
        survey.hasRecords = true;
        if (block.name === 'VTIMEZONE') {
          zoneBytes += block.text.length;
          const id = zoneIdOf(block.text);
          if (zoneBytes <= MAX_ZONES_BYTES && !survey.zones.has(id)) survey.zones.set(id, block.text);
          continue;
        }
        const key = keyOf(block);
        countPart(survey.parts, key);
        if (inCalendar.size < 2 || inCalendar.has(key)) inCalendar.set(key, (inCalendar.get(key) ?? 0) + 1);
      }
    }
  }
  for (const { calendar: number, key, count } of candidates) {
    if (partsOf(survey, key) === count) survey.single.add(number);
  }
  return survey;
}

function countPart(parts: Ledger, key: string): void {
  const counts = parts.open(key);
  counts[0] = (counts[0] ?? 0) + 1;
}

function partsOf(survey: Survey, key: string): number {
  return survey.parts.find(key)?.[0] ?? 0;
}

/**
 * Short name of the item a component belongs to: its kind and UID, or its place when it has none. A string of its own: one
 * cut out of the file would keep a piece of the file in memory.
 */
function keyOf(block: ComponentBlock): string {
  if (block.uid === '') return `line ${block.line}`;
  return createHash('sha1')
    .update(`${block.name}\n${block.uid}`, 'latin1')
    .digest()
    .toString('latin1')
    .slice(0, 12);
}

function zoneIdOf(text: string): string {
  return /^TZID[^:\r\n]*:([^\r\n]*)/im.exec(text)?.[1]?.trim() ?? '';
}

interface Held {
  readonly line: number;
  readonly header: string;
  readonly isBare: boolean;
  readonly zones: ReadonlyMap<string, string>;
  readonly texts: string[];
  readonly lines: number[];
  missing: number;
}

/** Second pass: joins the parts of each item and gives it a calendar of its own. */
class Gatherer {
  readonly found: (RawRecord | Refused)[] = [];
  private readonly file: string;
  private readonly survey: Survey;
  private readonly held = new Map<string, Held>();
  private readonly lost = new Set<string>();
  private heldBytes = 0;
  private calendar = -1;
  private openedAt = 0;
  private header = '';
  private zones = new Map<string, string>();
  private whole: { line: number; parts: string[]; bytes: number; repairs: Repair[] } | null = null;
  private isBarren: boolean = true;
  private junkLines = 0;
  private junkAt = 0;
  private junkSample = '';
  private fileRepairs: readonly Repair[] = [];

  constructor(file: string, survey: Survey) {
    this.file = file;
    this.survey = survey;
  }

  take(block: Block): void {
    if (block.kind !== 'utf-16' && (block.kind !== 'component' || block.name !== 'VTIMEZONE'))
      this.isBarren = false;
    if (block.kind === 'junk') {
      this.junkLines++;
      if (this.junkLines === 1) {
        this.junkAt = block.line;
        this.junkSample = block.text.trim().slice(0, 40);
      }
      return;
    }
    if (block.kind === 'utf-16') this.fileRepairs = ['utf-16'];
    else if (block.kind === 'card') this.card(block.line, block.text, block.isEnded);
    else if (block.kind === 'open') this.open(block.line, block.text);
    else if (block.kind === 'close') this.close(block.text);
    else if (block.kind === 'header') this.headerLine(block.text);
    else if (this.whole !== null) this.keepWhole(block.text);
    else if (block.name === 'VTIMEZONE') this.zones.set(zoneIdOf(block.text), block.text);
    else this.component(block);
  }

  finish(): void {
    if (this.whole !== null) this.close('');
    for (const held of this.held.values()) this.emit(held);
    this.held.clear();
    this.flushJunk();
    if (this.isBarren)
      this.found.push(refused(this.file, 1, 'there is no event, task, journal entry or card in this file.'));
  }

  private flushJunk(): void {
    if (this.junkLines === 0) return;
    const sample = this.junkSample.replace(/[^ -~]/g, '?');
    const reason = this.survey.hasRecords
      ? `${this.junkLines} line(s) outside any item, beginning with "${sample}".`
      : `this is neither iCalendar nor vCard; it begins with "${sample}".`;
    this.found.push(refused(this.file, this.junkAt, reason));
    this.junkLines = 0;
  }

  private card(line: number, text: string, isEnded: boolean): void {
    const repairs: Repair[] = isEnded ? [] : ['missing-end'];
    const bytes = isEnded ? text : `${text}${text.endsWith('\n') ? '' : '\r\n'}END:VCARD\r\n`;
    this.found.push({
      kind: 'card',
      file: this.file,
      line,
      bytes,
      repairs: [...this.fileRepairs, ...repairs],
    });
  }

  private open(line: number, text: string): void {
    this.calendar++;
    this.openedAt = line;
    this.header = '';
    this.zones = new Map();
    if (this.survey.single.has(this.calendar))
      this.whole = { line, parts: [text], bytes: text.length, repairs: [] };
  }

  private headerLine(text: string): void {
    if (this.whole !== null) this.keepWhole(text);
    this.header += this.header.length < 65536 ? text : '';
  }

  private keepWhole(text: string): void {
    if (this.whole === null) return;
    this.whole.bytes += text.length;
    if (this.whole.bytes <= MAX_WHOLE) this.whole.parts.push(text);
  }

  private close(text: string): void {
    const { whole } = this;
    if (this.survey.empty.has(this.calendar)) {
      this.found.push(
        refused(this.file, this.openedAt, 'the calendar has no event, task or journal entry in it.'),
      );
    }
    if (whole === null) return;
    this.keepWhole(text === '' ? 'END:VCALENDAR\r\n' : text);
    if (text === '') whole.repairs.push('missing-end');
    this.whole = null;
    const { file, fileRepairs } = this;
    if (whole.bytes > MAX_WHOLE)
      this.found.push(refused(file, whole.line, `the item has ${whole.bytes} bytes; that is too large.`));
    else {
      const repairs = [...fileRepairs, ...whole.repairs];
      this.found.push({ kind: 'calendar', file, line: whole.line, bytes: whole.parts.join(''), repairs });
    }
  }

  private component(block: ComponentBlock): void {
    const key = keyOf(block);
    if (this.lost.has(key)) return;
    const held = this.held.get(key) ?? this.hold(key, block);
    held.texts.push(block.text);
    held.lines.push(block.line);
    held.missing--;
    this.heldBytes += block.text.length;
    if (held.missing > 0 && this.heldBytes <= MAX_HELD) return;
    this.held.delete(key);
    for (const text of held.texts) this.heldBytes -= text.length;
    if (held.missing <= 0) {
      this.emit(held);
      return;
    }
    this.lost.add(key);
    this.found.push(
      refused(this.file, held.line, 'the parts of this item lie too far apart in a very large file.'),
    );
  }

  private hold(key: string, block: ComponentBlock): Held {
    const missing = partsOf(this.survey, key) || 1;
    const held = {
      line: block.line,
      header: this.header,
      isBare: block.isBare,
      zones: this.zones,
      texts: [],
      lines: [],
      missing,
    };
    this.held.set(key, held);
    return held;
  }

  private emit(held: Held): void {
    const body = held.texts.map(ended).join('');
    const zones = [...zoneIdsIn(body)]
      .map((id) => held.zones.get(id) ?? this.survey.zones.get(id) ?? '')
      .map(ended);
    const bytes = `BEGIN:VCALENDAR\r\n${keptHeader(held.header)}${zones.join('')}${body}END:VCALENDAR\r\n`;
    const repairs: Repair[] = held.isBare ? ['missing-wrapper'] : [];
    const { line, lines: partLines } = held;
    this.found.push({
      kind: 'calendar',
      file: this.file,
      line,
      partLines,
      bytes,
      repairs: [...this.fileRepairs, ...repairs],
    });
  }
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\r\n`;
}

/** Of a calendar's own lines, those that belong to each of its items. */
function keptHeader(header: string): string {
  const kept = header.match(/^(?:VERSION|PRODID|CALSCALE|METHOD)[;:].*(?:\r?\n[ \t].*)*\r?\n?/gim) ?? [];
  return kept.map(ended).join('');
}

function zoneIdsIn(text: string): Set<string> {
  const ids = new Set<string>();
  for (const found of text.matchAll(/;TZID=(?:"([^"\r\n]*)"|([^;:\r\n]*))/gi))
    ids.add((found[1] ?? found[2] ?? '').trim());
  return ids;
}
