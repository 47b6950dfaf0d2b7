import { decodeQuotedPrintable } from './charset.ts';
import { type CardProperty, foldLine, paramValue, paramValues, readCardLines } from './lines.ts';

/**
 * A card opened for editing: offsets point into its bytes, so that a line can be replaced and every other one stays as
 * it was sent, whatever its folding, line ends and encoding.
 */
export interface EditableCard {
  readonly bytes: Buffer;
  /** `2.1`, `3.0`, `4.0`, or what else stands there; empty when nothing does. */
  readonly version: string;
  /** Lines between BEGIN and END; `at` of the values read from them is their place here. */
  readonly lines: readonly CardProperty[];
  readonly lineEnd: '\r\n' | '\n';
  /** Where END begins: new lines go before it. */
  readonly endAt: number;
}

/** Bytes from `start` to `end` that give way to `text`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const utf8 = (latin: string): string =>
  /^[\0-\x7f]*$/.test(latin) ? latin : Buffer.from(latin, 'latin1').toString('utf8');

/**
 * Opens the one card of a body. Bytes are read as Latin-1 first, one character each: then offsets are those of the bytes, and
 * a fold inside a character does no harm, because values are put together before they are read as UTF-8.
 */
export function openCard(body: Uint8Array): EditableCard {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const text = bytes.toString('latin1');
  const isOld = /^VERSION:[ \t]*2\.1/im.test(text);
  const all = readCardLines(text, isOld ? '2.1' : 'modern').map(readable);
  const end = all.findLastIndex((line) => line.name === 'END');
  const begin = all.findIndex((line) => line.name.endsWith('BEGIN'));
  const lines = all.slice(begin + 1, end < 0 ? undefined : end);
  return {
    bytes,
    version: lines.find((line) => line.name === 'VERSION')?.value.trim() ?? '',
    lines,
    lineEnd: /[^\r]\n/.test(text.slice(0, 200)) ? '\n' : '\r\n',
    endAt: end < 0 ? bytes.length : (all[end]?.start ?? bytes.length),
  };
}

function readable(line: CardProperty): CardProperty {
  const params = line.params.map(({ name, values }) => ({ name: utf8(name), values: values.map(utf8) }));
  return { ...line, group: line.group === null ? null : utf8(line.group), params, value: utf8(line.value) };
}

/** The bytes with some parts replaced; the same bytes when there is nothing to replace. Splices may not overlap. */
export function spliced(card: Pick<EditableCard, 'bytes'>, splices: readonly Splice[]): Buffer {
  if (splices.length === 0) return card.bytes;
  const parts: Buffer[] = [];
  let at = 0;
  for (const { start, end, text } of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    parts.push(card.bytes.subarray(at, start), Buffer.from(text, 'utf8'));
    at = end;
  }
  parts.push(card.bytes.subarray(at));
  return Buffer.concat(parts);
}

/** Value of a line as text that is still escaped, with quoted-printable of 2.1 resolved. */
export function decodedValue(line: CardProperty): string {
  if (paramValue(line, 'ENCODING')?.toUpperCase() !== 'QUOTED-PRINTABLE') return line.value;
  const text = decodeQuotedPrintable(line.value, paramValue(line, 'CHARSET') ?? null);
  return text.replace(/\r\n|\r|\n/g, '\\n');
}

/** The text before the value's colon as it was written, unfolded: group, name and parameters. */
export function headOf(card: EditableCard, line: CardProperty): string {
  if (card.version === '2.1') return builtHead(line);
  const written = card.bytes.toString('latin1', line.start, line.end);
  const raw = written.replace(/\r?\n[ \t]/g, '').replace(/\r?\n?$/, '');
  const value = Buffer.from(line.value, 'utf8').length;
  return utf8(raw.slice(0, raw.length - value - 1));
}

function builtHead(line: CardProperty): string {
  const name = line.group === null ? line.writtenName : `${line.group}.${line.writtenName}`;
  return [name, ...line.params.map((param) => `${param.name}=${param.values.join(',')}`)].join(';');
}

/** The parts of a head between its semicolons; the first is the name. Quotes are respected. */
export function partsOfHead(head: string): readonly string[] {
  return head.match(/(?:"[^"]*"|[^;"]|"(?![^"]*"))+/g) ?? [head];
}

/** The name of a parameter; a bare word of 2.1 is a type unless it names an encoding. */
export function paramNameOf(part: string): string {
  const equals = part.indexOf('=');
  if (equals >= 0) return part.slice(0, equals).trim().toUpperCase();
  return /^(QUOTED-PRINTABLE|BASE64|B|8BIT|7BIT)$/i.test(part) ? 'ENCODING' : 'TYPE';
}

/** A head without some of its parameters; the others stay as they were written. */
export function withoutParams(head: string, names: readonly string[]): string {
  const [name = '', ...params] = partsOfHead(head);
  return [name, ...params.filter((part) => !names.includes(paramNameOf(part)))].join(';');
}

/** A head with other TYPE words, where the first TYPE stood or at the end; without any when there are none. */
export function withTypes(head: string, types: readonly string[]): string {
  const [name = '', ...params] = partsOfHead(head);
  const first = params.findIndex((part) => paramNameOf(part) === 'TYPE');
  const kept = params.filter((part) => paramNameOf(part) !== 'TYPE');
  if (types.length > 0) kept.splice(first < 0 ? kept.length : first, 0, `TYPE=${types.join(',')}`);
  return [name, ...kept].join(';');
}

/** Words of the TYPE parameters of a line, in upper case. */
export function typesOf(line: CardProperty): readonly string[] {
  return paramValues(line, 'TYPE').map((type) => type.toUpperCase());
}

/** A line as this card writes lines: folded, with its line ends; `value` is escaped already. */
export function lineFor(
  card: Pick<EditableCard, 'version' | 'lineEnd'>,
  head: string,
  value: string,
): string {
  const isPlain = /^[\x20-\x7e]*$/.test(value) && !value.includes('\\n');
  const encoded = /^(BASE64|B)$/i.test(/ENCODING=([^;:]*)/i.exec(head)?.[1] ?? '');
  const folded =
    card.version !== '2.1'
      ? foldLine(`${head}:${value}`)
      : encoded || isPlain
        ? oldLine(head, value)
        : quoted(head, value);
  return card.lineEnd === '\r\n' ? folded : folded.replaceAll('\r\n', '\n');
}

/** vCard 2.1 folds only binary values, and ends those with an empty line. */
function oldLine(head: string, value: string): string {
  if (value.length + head.length < 75 || !/^[A-Za-z0-9+/=]+$/.test(value)) return `${head}:${value}\r\n`;
  return `${head}:\r\n ${value.match(/.{1,72}/g)?.join('\r\n ') ?? ''}\r\n\r\n`;
}

function quoted(head: string, value: string): string {
  const bytes = Buffer.from(value.replaceAll('\\n', '\r\n'), 'utf8');
  let line = `${head};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:`;
  let text = '';
  for (const byte of bytes) {
    const isPlain = byte >= 32 && byte < 127 && byte !== 61;
    const piece = isPlain
      ? String.fromCharCode(byte)
      : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    if (line.length + piece.length > 75) {
      text += `${line}=\r\n`;
      line = '';
    }
    line += piece;
  }
  return `${text}${line}\r\n`;
}
