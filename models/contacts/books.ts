import { authorize } from '../access/service.ts';
import type { App } from '../app.ts';
import {
  deleteCollection,
  findHome,
  makeCollection,
  objectCountsOf,
  patchCollection,
  restoreOwnCollection,
} from '../collections/service.ts';
import { Refusal } from '../errors.ts';
import { listObjects } from '../objects/service.ts';
import type { CollectionId, UserActor } from '../types.ts';
import { type Book, endedByBreak, getBook, listBooks, type Uses } from './service.ts';

/** The actor's books with how many cards each holds. */
export async function countBooks(
  app: Pick<App, 'db'>,
  actor: UserActor,
): Promise<readonly { readonly book: Book; readonly cards: number }[]> {
  const books = await listBooks(app, actor);
  const counts = await objectCountsOf(
    app.db,
    books.map((book) => book.id),
  );
  return books.map((book) => ({ book, cards: counts.get(book.id) ?? 0 }));
}

/** What people say of a book. */
export interface BookInput {
  readonly displayName?: string;
  readonly description?: string;
}

/** Makes an address book. Throws what `makeCollection` throws. */
export async function createBook(app: Uses, actor: UserActor, input: BookInput): Promise<Book> {
  const home = await findHome(app.db, actor.principal, 'addressbook');
  if (home === null) throw new Refusal(404, 'This account has no place for address books.');
  const made = await makeCollection(app, actor, home, {
    ...input,
    name: app.random.uuid(),
    kind: 'addressbook',
  });
  if (made.kind !== 'addressbook') throw new Error('The new book is none.');
  return made;
}

/** Changes name and description. Throws `Refusal` 404. */
export async function updateBook(
  app: Uses,
  actor: UserActor,
  id: CollectionId,
  input: BookInput,
): Promise<void> {
  await patchCollection(app, actor, await getBook(app, actor, id), input);
}

/** Puts a book with its cards into the trash. Throws `Refusal` 403 for the default one. */
export async function deleteBook(app: Uses, actor: UserActor, id: CollectionId): Promise<void> {
  await deleteCollection(app, actor, await getBook(app, actor, id));
}

/** Takes a book out of the trash. Throws `Refusal` 404 when it is not there. */
export async function restoreBook(app: Uses, actor: UserActor, id: CollectionId): Promise<void> {
  await restoreOwnCollection(app, actor, id, 'addressbook');
}

/** The cards of a book one after the other, as a .vcf file holds them. Throws `Refusal` 404 before the first. */
export async function* exportBook(
  app: Pick<App, 'db'>,
  actor: UserActor,
  id: CollectionId,
): AsyncGenerator<Uint8Array> {
  const book = await getBook(app, actor, id);
  authorize(actor, 'read', book);
  for await (const page of listObjects(app.db, book.id, { wantBody: true }))
    for (const object of page) if (object.body !== null) yield endedByBreak(object.body);
}
