import Type, { type Static } from 'typebox';
import type { Candidate } from '../../../models/contacts/duplicates.ts';
import type { CardPlace } from '../../../models/contacts/service.ts';
import { type Contact, type ContactRow, toBookId } from '../../../models/contacts/service.ts';

/** Shapes that the operations of contacts, books and duplicates share. */

const Text = Type.String({ maxLength: 10_000 });
const Short = Type.String({ maxLength: 1000 });
const Label = Type.String({ maxLength: 100 });

/** Row id of an address book. */
export const BookId = Type.Integer({ minimum: 1 });
/** Last segment of a card's address. */
export const CardName = Type.String({ minLength: 1, maxLength: 255 });
/** Where a card stands. */
export const Place = Type.Object({ collection: BookId, name: CardName });
/** Up to a page of cards. */
export const Places = Type.Array(Place, { minItems: 1, maxItems: 200 });

const At = Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]);
const Labelled = Type.Object({ at: At, label: Label, value: Short });
const Address = Type.Object({
  at: At,
  label: Label,
  street: Short,
  city: Short,
  region: Short,
  postcode: Short,
  country: Short,
});

/** What a card holds; see `CardValues`. `at` names the line a row stands for, null a new one. */
export const CardShape = Type.Object({
  name: Type.Object({ prefix: Short, given: Short, additional: Short, family: Short, suffix: Short }),
  shownName: Short,
  nickname: Short,
  organization: Short,
  department: Short,
  title: Short,
  phones: Type.Array(Labelled, { maxItems: 200 }),
  emails: Type.Array(Labelled, { maxItems: 200 }),
  links: Type.Array(Labelled, { maxItems: 200 }),
  addresses: Type.Array(Address, { maxItems: 100 }),
  birthday: Short,
  anniversary: Short,
  note: Type.String({ maxLength: 100_000 }),
});

/** The same where fields may be left out. */
export const CardPatch = Type.Partial(CardShape);

/** A contact of a list. */
export const ContactItem = Type.Object({
  collection: BookId,
  name: CardName,
  uid: Text,
  etag: Type.String(),
  shownName: Type.String(),
  organization: Type.String(),
  phone: Type.String(),
  email: Type.String(),
  hasPhoto: Type.Boolean(),
  isGroup: Type.Boolean(),
});

/** A whole contact. */
export const ContactShape = Type.Object({
  collection: BookId,
  name: CardName,
  uid: Type.String(),
  etag: Type.String(),
  card: CardShape,
  others: Type.Array(Type.Object({ name: Type.String(), label: Type.String(), value: Type.String() })),
  hasPhoto: Type.Boolean(),
  isGroup: Type.Boolean(),
  modified: Type.String({ format: 'date-time' }),
});

const Reason = Type.Union([Type.Literal('email'), Type.Literal('phone'), Type.Literal('birthday')]);
const StrengthShape = Type.Union([Type.Literal('certain'), Type.Literal('likely'), Type.Literal('possible')]);

/** Two contacts that may be of one person. */
export const CandidateShape = Type.Object({
  left: ContactItem,
  right: ContactItem,
  reasons: Type.Array(Reason),
  strength: StrengthShape,
});

/** Brands the number in a place. */
export function placeOf({ collection, name }: Static<typeof Place>): CardPlace {
  return { collection: toBookId(collection), name };
}

/** A contact of a list as JSON. */
export function shownItem(row: ContactRow): Static<typeof ContactItem> {
  const { collection, name, uid, etag, shownName, organization, phone, email, hasPhoto, isGroup } = row;
  return { collection, name, uid, etag, shownName, organization, phone, email, hasPhoto, isGroup };
}

/** A whole contact as JSON. */
export function shownContact(contact: Contact): Static<typeof ContactShape> {
  const { collection, name, uid, etag, values, others, hasPhoto, isGroup, modifiedUtc } = contact;
  return {
    ...{ collection, name, uid, etag, hasPhoto, isGroup },
    card: copied(values),
    others: others.map((field) => ({ ...field })),
    modified: new Date(modifiedUtc * 1000).toISOString(),
  };
}

/** The same values in lists that JSON shapes may hold. */
function copied(values: Contact['values']): Static<typeof CardShape> {
  const { phones, emails, links, addresses } = values;
  return {
    ...values,
    phones: [...phones],
    emails: [...emails],
    links: [...links],
    addresses: [...addresses],
  };
}

/** A candidate as JSON. */
export function shownCandidate({ left, right, reasons, strength }: Candidate): Static<typeof CandidateShape> {
  return { left: shownItem(left), right: shownItem(right), reasons: [...reasons], strength };
}
