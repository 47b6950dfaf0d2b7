import { lineBatches } from './lines.ts';

/** A stretch of a file: a whole card, a component of a calendar, or what stands around them. */
export type Block =
  | { readonly kind: 'card'; readonly line: number; readonly text: string; readonly isEnded: boolean }
  | { readonly kind: 'open'; readonly line: number; readonly text: string }
  | { readonly kind: 'header'; readonly line: number; readonly text: string }
  | ({ readonly kind: 'component' } & ComponentBlock)
  | { readonly kind: 'close'; readonly line: number; readonly text: string }
  | { readonly kind: 'junk'; readonly line: number; readonly text: string }
  | { readonly kind: 'utf-16' };

export interface ComponentBlock {
  readonly line: number;
  /** Upper case. */
  readonly name: string;
  /** As written, maybe in an old charset; empty when there is none. */
  readonly uid: string;
  /** Without BEGIN:VCALENDAR around it. */
  readonly isBare: boolean;
  readonly text: string;
}

/** Nothing stored is larger; what is gets cut here and refused later. */
const MAX_BLOCK = 8 * 1024 * 1024;
const MARK = /^(?:\u00ef\u00bb\u00bf)?(BEGIN|END)[ \t]*:[ \t]*([A-Za-z0-9-]{1,64})[ \t]*[\r\n]*$/i;
/** Components that stand directly in a VCALENDAR: one of these never lies inside another. */
const TOP: ReadonlySet<string> = new Set([
  'VEVENT',
  'VTODO',
  'VJOURNAL',
  'VFREEBUSY',
  'VTIMEZONE',
  'VAVAILABILITY',
  'VPOLL',
]);

/** Cuts a file into blocks in order; folded, nested and unended ones stay whole. Memory: one block. */
export async function* readBlocks(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Block[]> {
  const cutter = new Cutter();
  let isUtf16 = false;
  for await (const batch of lineBatches(stream)) {
    if (batch.isUtf16 && !isUtf16) {
      isUtf16 = true;
      cutter.found.push({ kind: 'utf-16' });
    }
    for (const line of batch.lines) cutter.take(line);
    if (cutter.found.length > 0) yield cutter.found.splice(0);
  }
  cutter.finish();
  yield cutter.found;
}

/** Holds the block being read. */
class Cutter {
  readonly found: Block[] = [];
  private line = 0;
  private start = 0;
  private parts: string[] = [];
  private length = 0;
  private stack: string[] = [];
  private isCalendar: boolean = false;
  private isBare: boolean = false;
  private uid = '';
  private isUidGoingOn: boolean = false;
  private previous = '';

  take(line: string): void {
    this.line++;
    const first = line.charCodeAt(0) | 32;
    const mark =
      (first === 98 || first === 101 || first === 0xef) && line.length < 100 ? MARK.exec(line) : null;
    const verb = mark?.[1]?.toUpperCase();
    const name = mark?.[2]?.toUpperCase() ?? '';
    if (verb === 'BEGIN') this.begin(name, line);
    else if (verb === 'END') this.end(name, line);
    else this.plain(line);
    if (line.length > 2) this.previous = line;
  }

  finish(): void {
    if (this.stack.length > 0) this.emit(false);
    if (this.isCalendar) this.found.push({ kind: 'close', line: this.line, text: '' });
    this.isCalendar = false;
  }

  private begin(name: string, line: string): void {
    const top = this.stack[0];
    const isNestedCard = top === 'VCARD' && /^(?:[\w-]+\.)?AGENT[;:]/i.test(this.previous);
    if (top !== undefined && (name === 'VCALENDAR' || (name === 'VCARD' && !isNestedCard) || TOP.has(name))) {
      this.emit(false);
    }
    if (name === 'VCALENDAR') {
      if (this.isCalendar) this.found.push({ kind: 'close', line: this.line, text: '' });
      this.isCalendar = true;
      this.found.push({ kind: 'open', line: this.line, text: line });
      return;
    }
    if (this.stack.length === 0) {
      this.start = this.line;
      this.isBare = !this.isCalendar;
    }
    this.stack.push(name);
    this.keep(line);
  }

  private end(name: string, line: string): void {
    if (name === 'VCALENDAR') {
      if (this.stack.length > 0) this.emit(false);
      if (this.isCalendar) this.found.push({ kind: 'close', line: this.line, text: line });
      else this.found.push({ kind: 'junk', line: this.line, text: line });
      this.isCalendar = false;
      return;
    }
    if (this.stack.length === 0) {
      this.found.push({ kind: this.isCalendar ? 'header' : 'junk', line: this.line, text: line });
      return;
    }
    this.keep(line);
    const at = this.stack.lastIndexOf(name);
    if (at < 0) return;
    this.stack.length = at;
    if (at === 0) this.emit(true);
  }

  private plain(line: string): void {
    if (this.stack.length === 0) {
      if (this.isCalendar) this.found.push({ kind: 'header', line: this.line, text: line });
      else if (line.trim() !== '') this.found.push({ kind: 'junk', line: this.line, text: line });
      return;
    }
    if (this.stack.length === 1) this.watchUid(line);
    this.keep(line);
  }

  private watchUid(line: string): void {
    if (this.isUidGoingOn && (line.startsWith(' ') || line.startsWith('\t'))) {
      this.uid += line.slice(1).trimEnd();
      return;
    }
    this.isUidGoingOn = false;
    if (this.uid !== '' || !/^UID[;:]/i.test(line)) return;
    this.uid = line.slice(line.indexOf(':') + 1).trim();
    this.isUidGoingOn = this.uid !== '';
  }

  private keep(line: string): void {
    this.length += line.length;
    if (this.length <= MAX_BLOCK) this.parts.push(line);
  }

  private emit(isEnded: boolean): void {
    const name = this.stack[0] ?? this.nameOfParts();
    const text = this.parts.join('');
    const line = this.start;
    if (name === 'VCARD') this.found.push({ kind: 'card', line, text, isEnded });
    else this.found.push({ kind: 'component', line, name, uid: this.uid, isBare: this.isBare, text });
    this.parts = [];
    this.length = 0;
    this.stack = [];
    this.uid = '';
    this.isUidGoingOn = false;
  }

  private nameOfParts(): string {
    return MARK.exec(this.parts[0] ?? '')?.[2]?.toUpperCase() ?? '';
  }
}
