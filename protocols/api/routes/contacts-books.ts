import Type, { type Static } from 'typebox';
import {
  countBooks,
  createBook,
  deleteBook,
  exportBook,
  restoreBook,
  updateBook,
} from '../../../models/contacts/books.ts';
import { type Book, toBookId } from '../../../models/contacts/service.ts';
import { type Operation, operation } from '../operation.ts';
import { BookId } from './contacts-shapes.ts';

const Title = Type.String({ minLength: 1, maxLength: 200 });
const Description = Type.String({ maxLength: 4000 });
const BookShape = Type.Object({
  collection: BookId,
  name: Type.String(),
  displayName: Type.String(),
  description: Type.String(),
  isDefault: Type.Boolean(),
  address: Type.String(),
  cards: Type.Integer(),
});
const JustBook = Type.Object({ collection: BookId });

function shown(book: Book, cards: number, address: string): Static<typeof BookShape> {
  const { id, name, displayName, description, isDefault, owner } = book;
  const path = `/dav/addressbooks/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/`;
  return {
    collection: id,
    name,
    displayName,
    description: description ?? '',
    isDefault,
    address: address + path,
    cards,
  };
}

/** The address books of the person. */
export const LIST_BOOKS = operation({
  id: 'listBooks',
  method: 'GET',
  path: '/books',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'List your address books with their addresses and counts.',
  input: Type.Object({}),
  output: Type.Object({ items: Type.Array(BookShape), next: Type.Null() }),
  run: async ({ app, actor, address }) => ({
    items: (await countBooks(app, actor)).map(({ book, cards }) => shown(book, cards, address)),
    next: null,
  }),
});

/** A new address book. */
export const CREATE_BOOK = operation({
  id: 'createBook',
  method: 'POST',
  path: '/books',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Make an address book.',
  status: 201,
  input: Type.Object({ displayName: Title, description: Type.Optional(Description) }),
  output: BookShape,
  run: async ({ app, actor, address }, input) => shown(await createBook(app, actor, input), 0, address),
});

/** Another name or description. */
export const UPDATE_BOOK = operation({
  id: 'updateBook',
  method: 'PATCH',
  path: '/books/{collection}',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Change name and description of an address book.',
  input: Type.Object({
    collection: BookId,
    displayName: Type.Optional(Title),
    description: Type.Optional(Description),
  }),
  output: null,
  run: ({ app, actor }, { collection, ...patch }) => updateBook(app, actor, toBookId(collection), patch),
});

/** An address book into the trash. */
export const DELETE_BOOK = operation({
  id: 'deleteBook',
  method: 'DELETE',
  path: '/books/{collection}',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Delete an address book with its contacts; it lies in the trash for a while.',
  input: JustBook,
  output: null,
  run: ({ app, actor }, { collection }) => deleteBook(app, actor, toBookId(collection)),
});

/** An address book out of the trash. */
export const RESTORE_BOOK = operation({
  id: 'restoreBook',
  method: 'POST',
  path: '/books/{collection}/restore',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Bring back a deleted address book.',
  input: JustBook,
  output: null,
  run: ({ app, actor }, { collection }) => restoreBook(app, actor, toBookId(collection)),
});

/** All cards of a book, streamed. */
export const EXPORT_BOOK = operation({
  id: 'exportBook',
  method: 'GET',
  path: '/books/{collection}/export',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Read all contacts of an address book as one .vcf file.',
  input: JustBook,
  output: null,
  run: () => Promise.resolve(),
  raw: {
    produces: 'text/vcard',
    answer: ({ app, actor }, { collection }) =>
      Promise.resolve({
        status: 200,
        headers: {
          'Content-Type': 'text/vcard; charset=utf-8',
          'Content-Disposition': 'attachment; filename="contacts.vcf"',
          'Cache-Control': 'no-store',
        },
        body: exportBook(app, actor, toBookId(collection)),
      }),
  },
});

/** Operations of address books. */
export const BOOK_OPERATIONS: readonly Operation[] = [
  LIST_BOOKS,
  CREATE_BOOK,
  UPDATE_BOOK,
  DELETE_BOOK,
  RESTORE_BOOK,
  EXPORT_BOOK,
];
