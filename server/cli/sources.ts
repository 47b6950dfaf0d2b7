import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isArchiveName, isImportName, type SourceFile, zipSources } from '../../models/imports/service.ts';
import { EXIT, fileTrouble, Stop } from './output.ts';

const fileSource = (path: string, sizeBytes: number): SourceFile => ({
  name: path,
  sizeBytes,
  async *open() {
    try {
      yield* createReadStream(path);
    } catch (error) {
      const trouble = fileTrouble(error);
      throw trouble === null ? error : new Error(`${trouble}.`, { cause: error });
    }
  },
});

/** A folder that cannot be listed: it is told, and the others are read. */
const unread = (path: string, trouble: string): SourceFile => ({
  name: path,
  sizeBytes: null,
  refusal: `the folder cannot be read: ${trouble}.`,
  async *open() {},
});

async function* below(path: string): AsyncGenerator<SourceFile> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    const trouble = fileTrouble(error);
    if (trouble === null) throw error;
    return trouble;
  });
  if (typeof entries === 'string') {
    yield unread(path, entries);
    return;
  }
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) yield* below(inner);
    else if (entry.isFile() && isArchiveName(entry.name)) yield* zipSources(inner, inner);
    else if (entry.isFile() && isImportName(entry.name)) yield fileSource(inner, (await stat(inner)).size);
  }
}

/** Throws `Stop` 4 when one of the paths is not there, before anything is read. */
export async function requirePaths(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const found = await stat(path).catch(() => null);
    if (found === null) throw new Stop(EXIT.notFound, `There is no file or folder "${path}".`);
  }
}

/** The files to import below the given paths: files as named, what fits in folders and zip archives, in order of their names. */
export async function* readSources(paths: readonly string[]): AsyncGenerator<SourceFile> {
  for (const path of paths) {
    const found = await stat(path);
    if (found.isDirectory()) yield* below(path);
    else if (isArchiveName(path)) yield* zipSources(path, path);
    else yield fileSource(path, found.size);
  }
}
