import { type EditableCard, lineFor } from './edit-source.ts';
import { type CardProperty, paramValue } from './lines.ts';
import { readDataUri } from './values.ts';

/** The pictures every client shows. */
export type PhotoType = 'image/jpeg' | 'image/png' | 'image/gif' | 'image/webp';

/** A picture by its bytes. */
export interface Photo {
  readonly type: PhotoType;
  readonly bytes: Uint8Array;
}

/** What a picture is by its first bytes, whatever it is called; null for everything that is none of the four. */
export function photoTypeOf(bytes: Uint8Array): PhotoType | null {
  const start = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (start.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'image/png';
  if (/^GIF8[79]a/.test(start)) return 'image/gif';
  return start.startsWith('RIFF') && start.slice(8, 12) === 'WEBP' ? 'image/webp' : null;
}

function base64Of(line: CardProperty): string | undefined {
  const isBase64 = /^(B|BASE64)$/i.test(paramValue(line, 'ENCODING') ?? '');
  return isBase64 ? line.value : readDataUri(line.value)?.base64;
}

/** What kind of picture a card carries, from its first bytes alone; null like `readPhoto`. */
export function photoTypeOfLines(lines: readonly CardProperty[]): PhotoType | null {
  for (const line of lines) {
    if (line.name !== 'PHOTO') continue;
    const type = photoTypeOf(Buffer.from((base64Of(line) ?? '').slice(0, 32), 'base64'));
    if (type !== null) return type;
  }
  return null;
}

/** The picture a card carries; null when it has none, or one that lies elsewhere or is of another kind. */
export function readPhoto(card: Pick<EditableCard, 'lines'>): Photo | null {
  for (const line of card.lines) {
    if (line.name !== 'PHOTO') continue;
    const base64 = base64Of(line);
    if (base64 === undefined) continue;
    const bytes = Buffer.from(base64, 'base64');
    const type = photoTypeOf(bytes);
    if (type !== null) return { type, bytes };
  }
  return null;
}

/** The PHOTO line of a picture in the form of the card's version (RFC 2426 §3.1.4, RFC 6350 §6.2.4). */
export function photoLine(card: EditableCard, photo: Photo): string {
  const base64 = Buffer.from(photo.bytes).toString('base64');
  if (card.version === '4.0') return lineFor(card, 'PHOTO', `data:${photo.type};base64,${base64}`);
  const word = photo.type.slice('image/'.length).toUpperCase();
  return lineFor(card, `PHOTO;ENCODING=${card.version === '2.1' ? 'BASE64' : 'b'};TYPE=${word}`, base64);
}
