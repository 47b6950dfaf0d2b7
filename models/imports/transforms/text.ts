import { isUtf8 } from 'node:buffer';
import { decodeCharset } from '../../vcard/charset.ts';
import { foldLine } from '../../vcard/lines.ts';
import type { Repair } from './names.ts';

/** A text on its way to being stored, with what was mended so far. */
export interface Mended {
  readonly text: string;
  readonly repairs: readonly Repair[];
}

/** Bytes (latin1) as text: UTF-8, with folds inside characters mended, else line by line in the charset named there or windows-1252. */
export function decodeBytes(bytes: string): Mended {
  const buffer = Buffer.from(bytes, 'latin1');
  if (isUtf8(buffer)) return withoutMark(buffer.toString('utf8'), []);
  const unfolded = bytes.replace(/\r?\n[ \t]/g, '');
  const whole = Buffer.from(unfolded, 'latin1');
  const repair: Repair = isUtf8(whole) ? 'wrong-folding' : 'charset';
  const lines = unfolded.split(/\r?\n/).map(decodeLine);
  if (lines[lines.length - 1] === '') lines.pop();
  return withoutMark(lines.map(foldLine).join(''), [repair]);
}

function decodeLine(line: string): string {
  const bytes = Buffer.from(line, 'latin1');
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const charset = /^[^:]{0,500};CHARSET="?([\w-]{1,40})"?[;:]/i.exec(line)?.[1];
  return decodeCharset(bytes, charset ?? 'windows-1252');
}

function withoutMark(text: string, repairs: readonly Repair[]): Mended {
  if (text.charCodeAt(0) !== 0xfeff) return { text, repairs };
  return { text: text.slice(1), repairs: [...repairs, 'byte-order-mark'] };
}

/** Takes out what neither grammar nor XML allows; a vertical tab or form feed becomes a space. Null: nothing to do. */
export function dropControlCharacters(text: string): string | null {
  let isClean = true;
  for (let i = 0; i < text.length && isClean; i++) isClean = !isControl(text, i);
  if (isClean) return null;
  let kept = '';
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    if (!isControl(text, i)) continue;
    const code = text.charCodeAt(i);
    kept += text.slice(from, i) + (code === 11 || code === 12 ? ' ' : '');
    from = i + 1;
  }
  return kept + text.slice(from);
}

function isControl(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code >= 32) return code >= 0xfffe || code === 0x7f;
  return code !== 9 && code !== 10 && !(code === 13 && text.charCodeAt(at + 1) === 10);
}

/** Makes every line end CRLF, also `CR CR LF`. Null: nothing to do. */
export function fixLineEnds(text: string): string | null {
  const fixed = text.replace(/\r*\n/g, '\r\n');
  const ended = fixed.endsWith('\n') ? fixed : `${fixed}\r\n`;
  return ended === text ? null : ended;
}
