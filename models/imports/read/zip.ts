import type { Readable } from 'node:stream';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import type { SourceFile } from '../record.ts';
import { isArchiveName, isImportName } from './kinds.ts';

/** Bounds against archives made to hurt. */
export interface ZipLimits {
  readonly maxEntries: number;
  /** Over all entries, unpacked. */
  readonly maxTotalBytes: number;
  /** Unpacked to packed, judged above 8 MB unpacked. */
  readonly maxRatio: number;
}

export const ZIP_LIMITS: ZipLimits = { maxEntries: 200_000, maxTotalBytes: 4 * 1024 ** 3, maxRatio: 250 };

const RATIO_FROM_BYTES = 8 * 1024 * 1024;

/**
 * The calendar and card files of a zip archive, one after the other; other files are passed over, what looks like a trap
 * is a source with a refusal. Entries are unpacked as streams, never to disk. A source can be opened only until the next one is asked for.
 */
export async function* zipSources(
  path: string,
  shownName: string,
  limits: ZipLimits = ZIP_LIMITS,
  isWanted: (name: string) => boolean = isImportName,
): AsyncGenerator<SourceFile> {
  let zip: ZipFile;
  try {
    zip = await openZip(path);
  } catch (error) {
    yield refusal(shownName, `this is no readable zip archive, or only a part of one (${messageOf(error)}).`);
    return;
  }
  try {
    yield* entriesOf(zip, shownName, limits, isWanted);
  } finally {
    zip.close();
  }
}

async function* entriesOf(
  zip: ZipFile,
  shownName: string,
  limits: ZipLimits,
  isWanted: (name: string) => boolean,
): AsyncGenerator<SourceFile> {
  if (zip.entryCount > limits.maxEntries) {
    yield refusal(
      shownName,
      `the archive has ${zip.entryCount} entries; at most ${limits.maxEntries} are read.`,
    );
    return;
  }
  let total = 0;
  try {
    for (let entry = await nextEntry(zip); entry !== null; entry = await nextEntry(zip)) {
      const inner = nameOf(entry);
      if (inner.endsWith('/')) continue;
      const name = `${shownName}!${inner}`;
      const trap = trapOf(entry, inner, limits);
      if (!isWanted(inner) && !isArchiveName(inner)) continue;
      total += entry.uncompressedSize;
      if (total > limits.maxTotalBytes) {
        yield refusal(
          name,
          `the archive unpacks to more than ${limits.maxTotalBytes} bytes; the rest is not read.`,
        );
        return;
      }
      if (trap !== null) yield refusal(name, trap);
      else yield sourceOf(zip, entry, name);
    }
  } catch (error) {
    yield refusal(shownName, `the archive is damaged (${messageOf(error)}).`);
  }
}

function sourceOf(zip: ZipFile, entry: Entry, name: string): SourceFile {
  return { name, sizeBytes: entry.uncompressedSize, open: () => openEntry(zip, entry) };
}

async function* openEntry(zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, readable) => (error === null ? resolve(readable) : reject(error)));
  });
  for await (const chunk of stream) yield chunk as Uint8Array;
}

/** Why an entry is not opened, or null. */
function trapOf(entry: Entry, name: string, limits: ZipLimits): string | null {
  if (isArchiveName(name)) return 'an archive inside an archive is not opened; unpack it first.';
  if (name.startsWith('/') || name.includes('\\') || name.split('/').includes('..'))
    return 'the path name points outside the archive.';
  if (entry.isEncrypted()) return 'it is protected by a password; unpack it and import the folder.';
  const isTight =
    entry.uncompressedSize > RATIO_FROM_BYTES &&
    entry.uncompressedSize > entry.compressedSize * limits.maxRatio;
  return isTight ? `the entry unpacks to more than ${limits.maxRatio} times its size.` : null;
}

function nameOf(entry: Entry): string {
  const raw: unknown = entry.fileName;
  return Buffer.isBuffer(raw) ? raw.toString('utf8') : String(raw);
}

function openZip(path: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, decodeStrings: false, validateEntrySizes: true };
    yauzl.open(path, options, (error, zip) => (error === null ? resolve(zip) : reject(error)));
  });
}

function nextEntry(zip: ZipFile): Promise<Entry | null> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      for (const event of ['entry', 'end', 'error']) zip.removeAllListeners(event);
      act();
    };
    zip.once('entry', (entry: Entry) => settle(() => resolve(entry)));
    zip.once('end', () => settle(() => resolve(null)));
    zip.once('error', (error: Error) => settle(() => reject(error)));
    zip.readEntry();
  });
}

function refusal(name: string, reason: string): SourceFile {
  return { name, sizeBytes: null, refusal: reason, open: async function* () {} };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
