import type { Stats } from 'node:fs';
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { App } from '../../models/app.ts';
import { getObject, listObjects } from '../../models/objects/service.ts';
import type { ObjectCollection } from '../../models/types.ts';
import { collectionNamed, collectionsOf } from './collections.ts';
import { activeUser, withApp } from './context.ts';
import { EXIT, openProgress, print, printJson, Stop } from './output.ts';

interface ExportOptions {
  readonly user: string;
  readonly collection?: string;
  readonly out: string;
  readonly json?: boolean;
}

const folderOf = (collection: ObjectCollection) =>
  `${collection.kind === 'calendar' ? 'calendars' : 'addressbooks'}/${collection.name}`;

/** Name, colour and the like of each collection, which have no place in the files themselves. */
function contents(user: string, collections: readonly ObjectCollection[]): string {
  const described = collections.map((c) => ({
    folder: folderOf(c),
    kind: c.kind,
    displayName: c.displayName,
    description: c.description,
    color: c.color,
    components: c.kind === 'calendar' ? c.components : undefined,
    timezoneId: c.timezoneId,
  }));
  return `${JSON.stringify({ user, collections: described }, null, 2)}\n`;
}

async function isEmptyFolder(path: string, found: Stats): Promise<boolean> {
  return found.isDirectory() && (await readdir(path)).length === 0;
}

/** Nothing that is there is written over. Throws `Stop` 1. */
async function requireFree(path: string, isZip: boolean): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found === null) return;
  if (isZip || !(await isEmptyFolder(path, found)))
    throw new Stop(EXIT.failed, `"${path}" exists already. Give a new name or an empty folder.`);
}

type Item = { readonly path: string; readonly modifiedUtc: number; body(): Promise<Uint8Array> };

async function* items(app: App, collections: readonly ObjectCollection[]): AsyncGenerator<Item> {
  for (const collection of collections)
    for await (const batch of listObjects(app.db, collection.id, { wantBody: false }))
      for (const { name, modifiedUtc } of batch)
        yield {
          path: `${folderOf(collection)}/${name}`,
          modifiedUtc,
          async body() {
            const found = await getObject(app.db, collection.id, name);
            return found?.body ?? new Uint8Array(0);
          },
        };
}

type Progress = (count: number) => void;

async function writeFolder(
  out: string,
  head: string,
  all: AsyncIterable<Item>,
  progress: Progress,
): Promise<number> {
  await mkdir(out, { recursive: true });
  await writeFile(join(out, 'daybook-export.json'), head, { flag: 'wx' });
  let count = 0;
  for await (const item of all) {
    const path = join(out, ...item.path.split('/'));
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, await item.body(), { flag: 'wx' });
    count += 1;
    progress(count);
  }
  return count;
}

async function writeZip(
  out: string,
  head: string,
  all: AsyncIterable<Item>,
  progress: Progress,
): Promise<number> {
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  const target = (await open(out, 'wx')).createWriteStream();
  // What is thrown while reading must end the writing too.
  zip.on('error', (error) => target.destroy(error instanceof Error ? error : new Error(String(error))));
  const written = pipeline(zip.outputStream, target);
  written.catch(() => {});
  zip.addBuffer(Buffer.from(head), 'daybook-export.json');
  let count = 0;
  for await (const item of all) {
    const options = { mtime: new Date(item.modifiedUtc * 1000) };
    // Read when its turn comes, so that one body is held at a time.
    zip.addReadStreamLazy(item.path, options, (give) => {
      item.body().then(
        (body) => give(null, Readable.from([body])),
        (error: unknown) => give(error, Readable.from([])),
      );
    });
    count += 1;
    progress(count);
  }
  zip.end();
  try {
    await written;
  } catch (error) {
    // Half an archive helps nobody.
    await rm(out, { force: true });
    throw error;
  }
  return count;
}

async function run(app: App, options: ExportOptions): Promise<void> {
  const isZip = options.out.toLowerCase().endsWith('.zip');
  const user = await activeUser(app, options.user);
  const { collection } = options;
  const collections =
    collection === undefined
      ? await collectionsOf(app, user.id)
      : [await collectionNamed(app, user.id, collection)];
  await requireFree(options.out, isZip);
  const line = openProgress();
  const write = isZip ? writeZip : writeFolder;
  const count = await write(options.out, contents(user.login, collections), items(app, collections), (n) =>
    line.update(`${n} items`),
  );
  line.clear();
  if (options.json) printJson({ out: options.out, collections: collections.length, items: count });
  else
    print(
      `${count} items of ${collections.length} calendars and address books were written to ${options.out}.`,
    );
}

/** Adds `export`. */
export function addExportCommand(program: Command): void {
  program
    .command('export')
    .description('write calendars and address books as they are stored, one file per item')
    .requiredOption('--user <name>', 'whose calendars and address books')
    .option('--collection <name>', 'only this one')
    .requiredOption('--out <path>', 'an empty folder, or a file ending in .zip')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  daybook export --user ann --out ann.zip\n  daybook export --user ann --collection calendar --out ./calendar',
    )
    .action((options: ExportOptions) => withApp((app) => run(app, options)));
}
