import { TextDecoder } from 'node:util';

/** How the bytes of a text file are to be read. */
export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

function ofMark(first: Uint8Array): Encoding | null {
  const [a, b, c, d] = first;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  // Without a mark: every other byte of plain letters is 0.
  if (b === 0 && d === 0 && a !== 0 && c !== 0) return 'utf-16le';
  return a === 0 && c === 0 && b !== 0 && d !== 0 ? 'utf-16be' : null;
}

/** Reads a whole stream to tell its encoding; what is not UTF-8 throughout is taken for what old programs on Windows write. */
export async function encodingOf(stream: AsyncIterable<Uint8Array>): Promise<Encoding> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isFirst = true;
  try {
    for await (const chunk of stream) {
      if (isFirst && chunk.byteLength > 0) {
        const marked = ofMark(chunk);
        if (marked !== null) return marked;
        isFirst = false;
      }
      decoder.decode(chunk, { stream: true });
    }
    decoder.decode();
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** The text of a stream, piece by piece, without a byte order mark. */
export async function* decoded(
  stream: AsyncIterable<Uint8Array>,
  encoding: Encoding,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of stream) {
    const text = decoder.decode(chunk, { stream: true });
    if (text !== '') yield text;
  }
  const rest = decoder.decode();
  if (rest !== '') yield rest;
}

/** The separator of a table by its first line, and how many lines stand before its header (`sep=;` of spreadsheets). */
export function delimiterOf(text: string): { readonly delimiter: string; readonly skip: number } {
  const told = /^sep=(.)\r?\n/i.exec(text)?.[1];
  if (told !== undefined) return { delimiter: told, skip: 1 };
  const counts = new Map<string, number>([',', ';', '\t', '|'].map((each) => [each, 0]));
  let isQuoted = false;
  for (const letter of text) {
    if (letter === '"') isQuoted = !isQuoted;
    else if (!isQuoted && letter === '\n') break;
    else if (!isQuoted && counts.has(letter)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  const [best = [',', 0]] = [...counts].sort((a, b) => b[1] - a[1]);
  return { delimiter: best[0], skip: 0 };
}
