import type { Stats } from 'node:fs';
import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { App } from '../../models/app.ts';
import {
  collectionsOfPerson,
  type ExportItem,
  exportContents,
  exportItems,
  zipOf,
} from '../../models/exports/service.ts';
import { collectionNamed } from './collections.ts';
import { activeUser, withApp } from './context.ts';
import { EXIT, openProgress, print, printJson, Stop } from './output.ts';

interface ExportOptions {
  readonly user: string;
  readonly collection?: string;
  readonly out: string;
  readonly json?: boolean;
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

type Progress = (count: number) => void;

async function writeFolder(
  out: string,
  head: string,
  all: AsyncIterable<ExportItem>,
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

async function* counted(all: AsyncIterable<ExportItem>, progress: Progress): AsyncGenerator<ExportItem> {
  let count = 0;
  for await (const item of all) {
    count += 1;
    progress(count);
    yield item;
  }
}

async function writeZip(
  out: string,
  head: string,
  all: AsyncIterable<ExportItem>,
  progress: Progress,
): Promise<number> {
  let count = 0;
  const items = counted(all, (n) => {
    count = n;
    progress(n);
  });
  const target = (await open(out, 'wx')).createWriteStream();
  try {
    await pipeline(zipOf({ 'daybook-export.json': head }, items), target);
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
      ? await collectionsOfPerson(app.db, user.id)
      : [await collectionNamed(app, user.id, collection)];
  await requireFree(options.out, isZip);
  const line = openProgress();
  const write = isZip ? writeZip : writeFolder;
  const count = await write(
    options.out,
    exportContents(user.login, collections),
    exportItems(app.db, collections),
    (n) => line.update(`${n} items`),
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
