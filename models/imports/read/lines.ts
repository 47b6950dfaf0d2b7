import { TextDecoder } from 'node:util';

/** Longer stretches without a line break are passed on in pieces. */
const MAX_LINE = 4 * 1024 * 1024;

/** Physical lines of a stream, each with its line end, one character a byte (latin1). */
export interface LineBatch {
  readonly lines: readonly string[];
  /** The stream is UTF-16; lines are UTF-8 already. */
  readonly isUtf16: boolean;
}

/** Cuts a stream into lines; batches follow the chunks. UTF-16 is rewritten as UTF-8, old Macintosh CR line ends become LF. Memory: one chunk and one line. */
export async function* lineBatches(stream: AsyncIterable<Uint8Array>): AsyncGenerator<LineBatch> {
  let carry = '';
  let decoder: TextDecoder | null = null;
  let isCrOnly = false;
  let isFirst = true;
  for await (const chunk of stream) {
    if (isFirst && chunk.length > 0) {
      decoder = utf16Decoder(chunk);
      isFirst = false;
      isCrOnly = decoder === null && chunk.includes(13) && !chunk.includes(10);
    }
    const text = decoder === null ? latin1(chunk) : utf8AsLatin1(decoder.decode(chunk, { stream: true }));
    const fresh = isCrOnly ? text.replaceAll('\r', '\n') : text;
    if (!fresh.includes('\n') && carry.length + fresh.length <= MAX_LINE) {
      carry += fresh;
      continue;
    }
    const cut = cutLines(carry + fresh);
    carry = cut.rest;
    yield { lines: cut.lines, isUtf16: decoder !== null };
  }
  if (decoder !== null) carry += utf8AsLatin1(decoder.decode());
  if (carry !== '') yield { lines: [carry], isUtf16: decoder !== null };
}

function cutLines(text: string): { lines: string[]; rest: string } {
  const lines: string[] = [];
  let from = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
    lines.push(text.slice(from, at + 1));
    from = at + 1;
  }
  const rest = text.slice(from);
  if (rest.length <= MAX_LINE) return { lines, rest };
  lines.push(rest);
  return { lines, rest: '' };
}

function utf16Decoder(first: Uint8Array): TextDecoder | null {
  const [a, b] = first;
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le');
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be');
  if (a === 66 && b === 0) return new TextDecoder('utf-16le');
  return a === 0 && b === 66 ? new TextDecoder('utf-16be') : null;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function utf8AsLatin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
