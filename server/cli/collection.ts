import type { Command } from 'commander';
import type { App } from '../../models/app.ts';
import { listDeletedCollections, restoreCollection } from '../../models/collections/service.ts';
import { collectionsOfPerson } from '../../models/exports/service.ts';
import { SYSTEM, userNamed, withApp } from './context.ts';
import { EXIT, print, printJson, Stop, shown, table } from './output.ts';

interface ListOptions {
  readonly user: string;
  readonly deleted?: boolean;
  readonly json?: boolean;
}

interface Listed {
  readonly name: string;
  readonly displayName: string;
  readonly kind: string;
  readonly deletedUtc: number | null;
}

async function listed(app: App, options: ListOptions): Promise<readonly Listed[]> {
  const { id } = await userNamed(app, options.user);
  if (options.deleted)
    return (await listDeletedCollections(app, SYSTEM, id)).map(({ collection, deletedUtc }) => ({
      name: collection.name,
      displayName: collection.displayName,
      kind: collection.kind,
      deletedUtc,
    }));
  return (await collectionsOfPerson(app.db, id)).map(({ name, displayName, kind }) => ({
    name,
    displayName,
    kind,
    deletedUtc: null,
  }));
}

async function list(app: App, options: ListOptions): Promise<void> {
  const found = await listed(app, options);
  if (options.json) {
    printJson(found);
    return;
  }
  const time = (utc: number | null) =>
    utc === null ? '' : `${new Date(utc * 1000).toISOString().slice(0, 16)}Z`;
  const rows = found.map((c) => [shown(c.name), shown(c.displayName), c.kind, time(c.deletedUtc)]);
  print(
    found.length === 0
      ? `There is no ${options.deleted ? 'deleted ' : ''}calendar or address book.`
      : table([['NAME', 'SHOWN AS', 'KIND', options.deleted ? 'DELETED' : ''], ...rows]),
  );
}

/** Of several deleted ones of the same name, the one deleted last. Throws `Stop` 4. */
async function restore(app: App, name: string, login: string): Promise<void> {
  const { id } = await userNamed(app, login);
  const deleted = await listDeletedCollections(app, SYSTEM, id);
  const found =
    deleted.find(({ collection }) => collection.name === name) ??
    deleted.find(({ collection }) => collection.displayName === name);
  if (found === undefined)
    throw new Stop(EXIT.notFound, `There is no deleted calendar or address book "${name}".`);
  const back = await restoreCollection(app, SYSTEM, found.collection.id);
  print(
    `"${shown(back.displayName)}" is back as ${shown(back.name)}, with ${found.objectCount} items. Devices show it when they sync.`,
  );
}

/** Adds `collection list|restore`. */
export function addCollectionCommands(program: Command): void {
  const collection = program
    .command('collection')
    .description('list calendars and address books, and bring deleted ones back');
  collection
    .command('list')
    .description('list the calendars and address books of a person')
    .requiredOption('--user <name>', 'whose')
    .option('--deleted', 'those that were deleted and can be brought back')
    .option('--json', 'print JSON')
    .action((options: ListOptions) => withApp((app) => list(app, options)));
  collection
    .command('restore NAME')
    .description('bring a deleted calendar or address book back, with everything in it')
    .requiredOption('--user <name>', 'whose')
    .action((name: string, options: { readonly user: string }) =>
      withApp((app) => restore(app, name, options.user)),
    );
}
