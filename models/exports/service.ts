import { PassThrough, Readable } from 'node:stream';
import { requireSelfOrAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { audit } from '../audit/service.ts';
import { findHome, listCollections } from '../collections/service.ts';
import type { Db } from '../db/database.ts';
import { getObject, listObjects } from '../objects/service.ts';
import type { Actor, Collection, ObjectCollection, PrincipalId } from '../types.ts';

/** One file of an export; its bytes are read when its turn comes. */
export interface ExportItem {
  readonly path: string;
  readonly modifiedUtc: number;
  body(): Promise<Uint8Array>;
}

const holdsObjects = (c: Collection): c is ObjectCollection =>
  c.kind === 'calendar' || c.kind === 'addressbook';

const folderOf = (collection: ObjectCollection) =>
  `${collection.kind === 'calendar' ? 'calendars' : 'addressbooks'}/${collection.name}`;

/** The calendars and address books of a person, default ones first. */
export async function collectionsOfPerson(db: Db, owner: PrincipalId): Promise<readonly ObjectCollection[]> {
  const found: ObjectCollection[] = [];
  for (const holds of ['calendar', 'addressbook'] as const) {
    const home = await findHome(db, owner, holds);
    if (home !== null) found.push(...(await listCollections(db, home.id)).filter(holdsObjects));
  }
  return found;
}

/** Name, colour and the like of each collection, which have no place in the files themselves, as JSON. */
export function exportContents(user: string, collections: readonly ObjectCollection[]): string {
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

/** Every object of the collections as it is stored, one file each. */
export async function* exportItems(
  db: Db,
  collections: readonly ObjectCollection[],
): AsyncGenerator<ExportItem> {
  for (const collection of collections)
    for await (const batch of listObjects(db, collection.id, { wantBody: false }))
      for (const { name, modifiedUtc } of batch)
        yield {
          path: `${folderOf(collection)}/${name}`,
          modifiedUtc,
          async body() {
            const found = await getObject(db, collection.id, name);
            return found?.body ?? new Uint8Array(0);
          },
        };
}

/** A zip archive as a stream; one body is held at a time. `texts` are files by name that come first. */
export async function* zipOf(
  texts: Readonly<Record<string, string>>,
  items: AsyncIterable<ExportItem>,
): AsyncGenerator<Uint8Array> {
  const { ZipFile } = await import('yazl');
  const zip = new ZipFile();
  const out = new PassThrough();
  // What is thrown while reading must end the writing too.
  zip.on('error', (error) => out.destroy(error instanceof Error ? error : new Error(String(error))));
  zip.outputStream.pipe(out);
  for (const [name, text] of Object.entries(texts)) zip.addBuffer(Buffer.from(text), name);
  try {
    for await (const item of items) {
      const options = { mtime: new Date(item.modifiedUtc * 1000) };
      zip.addReadStreamLazy(item.path, options, (give) => {
        item.body().then(
          (body) => give(null, Readable.from([body])),
          (error: unknown) => give(error, Readable.from([])),
        );
      });
    }
    zip.end();
    for await (const chunk of out) yield chunk;
  } finally {
    out.destroy();
  }
}

const README = `This archive holds calendars, task lists and address books as they are stored.

calendars/     one .ics file (iCalendar, RFC 5545) for each event or task, in a folder for each calendar
addressbooks/  one .vcf file (vCard, RFC 6350 or 2426) for each contact, in a folder for each address book
daybook-export.json  names, colours and kinds of the folders

Apple Calendar, Thunderbird, Outlook, Google Calendar and others read the files; Import of Daybook takes the whole archive.
`;

/**
 * Everything a person keeps as a zip archive with a readme. For the person and administrators; an administrator's reading of
 * somebody else's data is written down.
 */
export async function exportPerson(
  app: Pick<App, 'db' | 'clock'>,
  actor: Actor,
  owner: { readonly id: PrincipalId; readonly login: string },
): Promise<AsyncIterable<Uint8Array>> {
  requireSelfOrAdmin(actor, owner.id);
  const collections = await collectionsOfPerson(app.db, owner.id);
  await audit(app, actor, { action: 'person.export', about: { person: owner.id, login: owner.login } });
  const texts = { 'readme.txt': README, 'daybook-export.json': exportContents(owner.login, collections) };
  return zipOf(texts, exportItems(app.db, collections));
}
