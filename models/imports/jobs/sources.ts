import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { inspectTable, readTable, type TableInfo } from '../csv/table.ts';
import { isArchiveName, isImportName, isTableName } from '../read/kinds.ts';
import { readRecords } from '../read/records.ts';
import { ZIP_LIMITS, zipSources } from '../read/zip.ts';
import { type RawRecord, type Refused, refused, type SourceFile } from '../record.ts';
import type { StoredFile } from './store.ts';

/** A file of an import, on its own or inside an archive. */
export interface FoundFile {
  readonly source: SourceFile;
  /** Folder inside the archive; null for a file on its own. */
  readonly folder: string | null;
  readonly isTable: boolean;
}

async function isZip(path: string, name: string): Promise<boolean> {
  if (isArchiveName(name)) return true;
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return bytesRead === 4 && buffer.readUInt32LE(0) === 0x04034b50;
  } finally {
    await file.close();
  }
}

const isWanted = (name: string): boolean => isImportName(name) || isTableName(name);

/** The files of an import, archives opened. A file can be opened only until the next one is asked for. */
export async function* foundFiles(
  files: readonly StoredFile[],
  pathOf: (position: number) => string,
): AsyncGenerator<FoundFile> {
  for (const [position, { name, sizeBytes }] of files.entries()) {
    const path = pathOf(position);
    if (sizeBytes > 0 && (await isZip(path, name))) {
      for await (const source of zipSources(path, name, ZIP_LIMITS, isWanted)) {
        const inner = source.name.slice(name.length + 1);
        yield {
          source,
          folder: inner.slice(0, Math.max(0, inner.lastIndexOf('/'))),
          isTable: isTableName(inner),
        };
      }
      continue;
    }
    const source = { name, sizeBytes, open: () => createReadStream(path) };
    const empty = { ...source, refusal: 'the file is empty.' };
    yield { source: sizeBytes === 0 ? empty : source, folder: null, isTable: isTableName(name) };
  }
}

/** Bytes there are to read, unpacked. */
export async function totalBytesOf(files: AsyncIterable<FoundFile>): Promise<number> {
  let total = 0;
  for await (const { source } of files) total += source.sizeBytes ?? 0;
  return total;
}

/** The items of one file. `table` gives what is known of a table already, and is told what was found. */
export async function* recordsOf(
  file: FoundFile,
  table: (name: string, found: TableInfo | null) => Promise<TableInfo | null>,
  onBytes: (bytesRead: number) => void,
): AsyncGenerator<RawRecord | Refused> {
  const { source, folder } = file;
  if (!file.isTable || source.refusal !== undefined) {
    yield* readRecords(source, onBytes);
    return;
  }
  const info = (await table(source.name, null)) ?? (await table(source.name, await inspectTable(source)));
  if (info !== null) yield* readTable(source, info, onBytes);
  // Archives hold tables of other things too; a file that was chosen by itself was meant.
  else if (folder === null)
    yield refused(
      source.name,
      1,
      'this is no table of contacts or events that is known; its first line names no columns of Google or Outlook.',
    );
}

const NAME_BYTES = 8192;

/** The name a calendar gives itself in its head; null when it gives none. */
export async function calendarNameOf(source: SourceFile): Promise<string | null> {
  if (source.refusal !== undefined) return null;
  let head = '';
  for await (const chunk of source.open()) {
    head += Buffer.from(chunk).toString('utf8');
    if (head.length >= NAME_BYTES) break;
  }
  const name = /^X-WR-CALNAME[^:\r\n]*:([^\r\n]{1,200})/im.exec(head.slice(0, NAME_BYTES))?.[1];
  return name === undefined ? null : name.replace(/\\([,;\\])/g, '$1').trim() || null;
}
