import Type from 'typebox';
import {
  createContact,
  exportContacts,
  getContact,
  getContactPhoto,
  listContacts,
  moveContacts,
  toBookId,
  updateContact,
} from '../../../models/contacts/service.ts';
import { deleteContacts, restoreContacts } from '../../../models/contacts/trash.ts';
import { Refusal } from '../../../models/errors.ts';
import { type Operation, operation } from '../operation.ts';
import { BOOK_OPERATIONS } from './contacts-books.ts';
import { DUPLICATE_OPERATIONS } from './contacts-duplicates.ts';
import {
  BookId,
  CardPatch,
  ContactItem,
  ContactShape,
  Place,
  Places,
  placeOf,
  shownContact,
  shownItem,
} from './contacts-shapes.ts';

const Photo = Type.String({ maxLength: 12_000_000, description: 'JPEG, PNG, GIF or WebP in base64' });
const Etag = Type.String({ minLength: 1, maxLength: 64 });

function photoBytes(photo: string | null | undefined): { photo?: Uint8Array | null } {
  if (photo === undefined) return {};
  return { photo: photo === null ? null : Buffer.from(photo, 'base64') };
}

/** A page of contacts. */
export const LIST_CONTACTS = operation({
  id: 'listContacts',
  method: 'GET',
  path: '/contacts',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'List or search your contacts in the order of their names.',
  input: Type.Object({
    query: Type.Optional(Type.String({ maxLength: 200 })),
    book: Type.Optional(BookId),
    letter: Type.Optional(Type.String({ maxLength: 8 })),
    cursor: Type.Optional(Type.String({ maxLength: 1000 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  output: Type.Object({
    items: Type.Array(ContactItem),
    next: Type.Union([Type.String(), Type.Null()]),
    previous: Type.Union([Type.String(), Type.Null()]),
    letters: Type.Array(Type.Object({ letter: Type.String(), count: Type.Integer() })),
    total: Type.Integer(),
  }),
  async run({ app, actor }, { book, ...query }) {
    const where = book === undefined ? {} : { book: toBookId(book) };
    const { items, letters, ...page } = await listContacts(app, actor, { ...query, ...where });
    return { ...page, items: items.map(shownItem), letters: letters.map((row) => ({ ...row })) };
  },
});

/** One contact. */
export const GET_CONTACT = operation({
  id: 'getContact',
  method: 'GET',
  path: '/contacts/{collection}/{name}',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Read a contact.',
  input: Place,
  output: ContactShape,
  run: async ({ app, actor }, input) => shownContact(await getContact(app, actor, placeOf(input))),
});

/** The picture of a contact. */
export const GET_CONTACT_PHOTO = operation({
  id: 'getContactPhoto',
  method: 'GET',
  path: '/contacts/{collection}/{name}/photo',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Read the picture of a contact.',
  input: Place,
  output: Type.Object({ type: Type.String(), base64: Type.String() }),
  async run({ app, actor }, input) {
    const photo = await getContactPhoto(app, actor, placeOf(input));
    if (photo === null) throw new Refusal(404, 'This contact has no picture.');
    return { type: photo.type, base64: Buffer.from(photo.bytes).toString('base64') };
  },
});

/** A new contact. */
export const CREATE_CONTACT = operation({
  id: 'createContact',
  method: 'POST',
  path: '/contacts',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Make a contact.',
  status: 201,
  input: Type.Object({ collection: BookId, card: CardPatch, photo: Type.Optional(Photo) }),
  output: Type.Object({ collection: BookId, name: Type.String(), etag: Type.String() }),
  run: ({ app, actor }, { collection, card, photo }) =>
    createContact(app, actor, toBookId(collection), { values: card, ...photoBytes(photo) }),
});

/** Another state of a contact. */
export const UPDATE_CONTACT = operation({
  id: 'updateContact',
  method: 'PATCH',
  path: '/contacts/{collection}/{name}',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Change a contact; fields that are left out stay, lists are given whole.',
  input: Type.Object({
    ...Place.properties,
    etag: Etag,
    card: CardPatch,
    photo: Type.Optional(Type.Union([Photo, Type.Null()])),
  }),
  output: Type.Object({ etag: Type.String() }),
  async run({ app, actor }, { etag, card, photo, ...place }) {
    const input = { etag, values: card, ...photoBytes(photo) };
    const written = await updateContact(app, actor, placeOf(place), input);
    return { etag: written.etag };
  },
});

/** Contacts into the trash. */
export const DELETE_CONTACTS = operation({
  id: 'deleteContacts',
  method: 'POST',
  path: '/contacts/delete',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Delete contacts; the answer names the versions that bring them back.',
  input: Type.Object({ contacts: Places }),
  output: Type.Object({ count: Type.Integer(), versions: Type.Array(Type.Integer()) }),
  async run({ app, actor }, { contacts }) {
    const { count, versions } = await deleteContacts(app, actor, contacts.map(placeOf));
    return { count, versions: [...versions] };
  },
});

/** Contacts out of the trash. */
export const RESTORE_CONTACTS = operation({
  id: 'restoreContacts',
  method: 'POST',
  path: '/contacts/restore',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Bring back deleted contacts.',
  input: Type.Object({ versions: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 200 }) }),
  output: Type.Object({ contacts: Type.Array(Place) }),
  run: async ({ app, actor }, { versions }) => ({
    contacts: (await restoreContacts(app, actor, versions)).map(({ collection, name }) => ({
      collection,
      name,
    })),
  }),
});

/** Contacts into another book. */
export const MOVE_CONTACTS = operation({
  id: 'moveContacts',
  method: 'POST',
  path: '/contacts/move',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Move contacts into another address book.',
  input: Type.Object({ contacts: Places, target: BookId }),
  output: Type.Object({ contacts: Type.Array(Place) }),
  run: async ({ app, actor }, { contacts, target }) => ({
    contacts: [...(await moveContacts(app, actor, contacts.map(placeOf), toBookId(target)))],
  }),
});

/** Contacts as one file. */
export const EXPORT_CONTACTS = operation({
  id: 'exportContacts',
  method: 'POST',
  path: '/contacts/export',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Read contacts as vCards, byte for byte as they are stored.',
  input: Type.Object({ contacts: Places }),
  output: Type.Object({ vcard: Type.String() }),
  async run({ app, actor }, { contacts }) {
    const cards = await exportContacts(app, actor, contacts.map(placeOf));
    return { vcard: Buffer.from(cards).toString('utf8') };
  },
});

/** Operations of this part of the API. */
export const CONTACT_OPERATIONS: readonly Operation[] = [
  LIST_CONTACTS,
  GET_CONTACT,
  GET_CONTACT_PHOTO,
  CREATE_CONTACT,
  UPDATE_CONTACT,
  DELETE_CONTACTS,
  RESTORE_CONTACTS,
  MOVE_CONTACTS,
  EXPORT_CONTACTS,
  ...BOOK_OPERATIONS,
  ...DUPLICATE_OPERATIONS,
];
