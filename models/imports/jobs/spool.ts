import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Refusal } from '../../errors.ts';
import type { ImportId } from './job.ts';
import type { StoredFile } from './store.ts';

/** What an import keeps outside the database: the files as they came and the items found in them, for the owner of the process alone. */

const SPOOL = 'items';
const DAY_MS = 86_400_000;

/** The folder of all uploads. */
export function uploadsFolder(dataDir: string): string {
  return join(dataDir, 'uploads');
}

/** The folder of one import. */
export function folderOf(dataDir: string, id: ImportId): string {
  return join(uploadsFolder(dataDir), id);
}

/** A file as it came. */
export function uploadPath(dataDir: string, id: ImportId, position: number): string {
  return join(folderOf(dataDir, id), `file-${position}`);
}

/** Makes the folder of an import. */
export async function makeFolder(dataDir: string, id: ImportId): Promise<void> {
  await mkdir(folderOf(dataDir, id), { recursive: true, mode: 0o700 });
}

/** Removes everything of an import that lies on disk. */
export async function removeFolder(dataDir: string, id: ImportId): Promise<void> {
  await rm(folderOf(dataDir, id), { recursive: true, force: true });
}

/** The imports that have a folder. */
export async function foldersIn(dataDir: string): Promise<readonly string[]> {
  try {
    return (await readdir(uploadsFolder(dataDir))).filter((name) => /^[0-9a-f]{32}$/.test(name));
  } catch {
    return [];
  }
}

/** Writes a stream to disk; throws `Refusal` 413 when it has more than `maxBytes`. */
export async function receiveFile(
  path: string,
  name: string,
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
  tooLarge: () => Refusal,
): Promise<StoredFile> {
  const hash = createHash('sha256');
  const file = await open(path, 'w', 0o600);
  let sizeBytes = 0;
  try {
    for await (const chunk of stream) {
      sizeBytes += chunk.byteLength;
      if (sizeBytes > maxBytes) throw tooLarge();
      hash.update(chunk);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  return { name, sizeBytes, sha256: hash.digest('hex') };
}

/** The bytes of items, one after the other in one file. Places are only known to the database once they are written down. */
export class Spool {
  readonly #file: FileHandle;
  #end: number;

  private constructor(file: FileHandle, end: number) {
    this.#file = file;
    this.#end = end;
  }

  /** Opens the spool of an import; what lies beyond `end` was never written down and goes. */
  static async open(dataDir: string, id: ImportId, end: number): Promise<Spool> {
    const path = join(folderOf(dataDir, id), SPOOL);
    const file = await open(path, 'a+', 0o600);
    if ((await file.stat()).size > end) await truncate(path, end);
    return new Spool(file, end);
  }

  get end(): number {
    return this.#end;
  }

  /** Adds pieces in one write; gives the place of the first. */
  async add(pieces: readonly Uint8Array[]): Promise<number> {
    const start = this.#end;
    const bytes = Buffer.concat(pieces);
    if (bytes.byteLength > 0) await this.#file.appendFile(bytes);
    this.#end += bytes.byteLength;
    return start;
  }

  /** Reads one piece. Throws `Refusal` 409 when the file is not there any more. */
  async read(start: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.#file.read(bytes, 0, length, start);
    if (bytesRead < length)
      throw new Refusal(409, 'The uploaded file is not here any more. Choose it again.');
    return bytes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** Reads pieces of the spool of an import, one after the other. */
export async function* readPieces(
  dataDir: string,
  id: ImportId,
  pieces: AsyncIterable<{ readonly start: number; readonly length: number }>,
): AsyncGenerator<Buffer> {
  const file = await open(join(folderOf(dataDir, id), SPOOL), 'r');
  try {
    for await (const { start, length } of pieces) {
      const bytes = Buffer.alloc(length);
      await file.read(bytes, 0, length, start);
      yield bytes;
    }
  } finally {
    await file.close();
  }
}

/** Keeps what was left out in a file of its own and removes everything else. */
export async function keepLeftOut(
  dataDir: string,
  id: ImportId,
  pieces: AsyncIterable<Uint8Array>,
  files: number,
): Promise<void> {
  const out = createWriteStream(leftOutPath(dataDir, id), { mode: 0o600 });
  for await (const piece of pieces)
    if (!out.write(piece)) await new Promise<void>((resolve) => out.once('drain', resolve));
  await new Promise<void>((resolve, reject) => {
    out.on('error', reject);
    out.end(resolve);
  });
  await rm(join(folderOf(dataDir, id), SPOOL), { force: true });
  for (let at = 0; at < files; at++) await rm(uploadPath(dataDir, id, at), { force: true });
}

function leftOutPath(dataDir: string, id: ImportId): string {
  return join(folderOf(dataDir, id), 'left-out');
}

/** What was left out, when the import is over. */
export function readLeftOut(dataDir: string, id: ImportId): AsyncIterable<Uint8Array> {
  return createReadStream(leftOutPath(dataDir, id));
}

/** Removes folders of uploads that broke before they became imports: those without a job that nobody wrote to for a day. */
export async function removeAbandoned(
  dataDir: string,
  known: ReadonlySet<string>,
  nowMs: number,
): Promise<void> {
  for (const name of await foldersIn(dataDir)) {
    if (known.has(name)) continue;
    const path = join(uploadsFolder(dataDir), name);
    const { mtimeMs } = await stat(path);
    if (mtimeMs < nowMs - DAY_MS) await rm(path, { recursive: true, force: true });
  }
}
