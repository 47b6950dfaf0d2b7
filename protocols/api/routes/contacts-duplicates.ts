import Type from 'typebox';
import { findDuplicates, forgetApart, tellApart } from '../../../models/contacts/duplicates.ts';
import {
  compareContacts,
  mergeAll,
  mergeCertain,
  mergeContacts,
  undoMerge,
} from '../../../models/contacts/merge.ts';
import { Refusal } from '../../../models/errors.ts';
import { type Operation, operation } from '../operation.ts';
import {
  CandidateShape,
  ContactShape,
  Place,
  Places,
  placeOf,
  shownCandidate,
  shownContact,
} from './contacts-shapes.ts';

const Choice = Type.Union([Type.Literal('keep'), Type.Literal('other')]);
const Outcome = Type.Union([Type.Literal('choose'), Type.Literal('both'), Type.Literal('same')]);
const Pair = Type.Object({ left: Place, right: Place });

/** Contacts that may be of one person. */
export const LIST_DUPLICATES = operation({
  id: 'listDuplicates',
  method: 'GET',
  path: '/duplicates',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'List pairs of contacts that may be of one person, strongest first, with the reasons.',
  input: Type.Object({
    cursor: Type.Optional(Type.String({ pattern: '^\\d{1,9}$' })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
  }),
  output: Type.Object({
    items: Type.Array(CandidateShape),
    next: Type.Union([Type.String(), Type.Null()]),
    total: Type.Integer(),
    certain: Type.Integer(),
  }),
  async run({ app, actor }, { cursor = '0', limit = 50 }) {
    const all = await findDuplicates(app, actor);
    const from = Number(cursor);
    const next = from + limit;
    return {
      items: all.slice(from, next).map(shownCandidate),
      next: next < all.length ? String(next) : null,
      total: all.length,
      certain: all.filter((each) => each.strength === 'certain').length,
    };
  },
});

/** Two contacts field by field. */
export const COMPARE_CONTACTS = operation({
  id: 'compareContacts',
  method: 'POST',
  path: '/duplicates/compare',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Compare two contacts field by field; the one that says more is the one to keep.',
  input: Pair,
  output: Type.Object({
    keep: ContactShape,
    other: ContactShape,
    fields: Type.Array(
      Type.Object({
        field: Type.String(),
        keep: Type.Array(Type.String()),
        other: Type.Array(Type.String()),
        outcome: Outcome,
      }),
    ),
  }),
  async run({ app, actor }, { left, right }) {
    const { keep, other, fields } = await compareContacts(app, actor, placeOf(left), placeOf(right));
    return {
      keep: shownContact(keep),
      other: shownContact(other),
      fields: fields.map((row) => ({ ...row, keep: [...row.keep], other: [...row.other] })),
    };
  },
});

/** One contact out of two. */
export const MERGE_CONTACTS = operation({
  id: 'mergeContacts',
  method: 'POST',
  path: '/contacts/merge',
  who: 'signed-in',
  tag: 'contacts',
  summary:
    'Merge one contact into another; lists keep the values of both, choices decide where only one can stay.',
  input: Type.Object({
    keep: Place,
    other: Place,
    choices: Type.Optional(Type.Record(Type.String({ maxLength: 255 }), Choice)),
    seen: Type.Optional(Type.Object({ keep: Type.String(), other: Type.String() })),
  }),
  output: Type.Object({ ...Place.properties, batch: Type.String(), shownName: Type.String() }),
  run: ({ app, actor }, { keep, other, choices = {}, seen }) =>
    mergeContacts(app, actor, {
      keep: placeOf(keep),
      other: placeOf(other),
      choices,
      ...(seen === undefined ? {} : { seen }),
    }),
});

/** Several contacts into the first. */
export const MERGE_SELECTED = operation({
  id: 'mergeSelected',
  method: 'POST',
  path: '/contacts/merge-all',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Merge several contacts into the first of them.',
  input: Type.Object({ contacts: Places }),
  output: Type.Object({ ...Place.properties, batch: Type.String(), shownName: Type.String() }),
  async run({ app, actor }, { contacts }) {
    const [keep, ...others] = contacts.map(placeOf);
    if (keep === undefined || others.length === 0) throw new Refusal(400, 'Merging needs two contacts.');
    return mergeAll(app, actor, keep, others);
  },
});

/** Every certain pair at once. */
export const MERGE_CERTAIN = operation({
  id: 'mergeCertain',
  method: 'POST',
  path: '/duplicates/merge-certain',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Merge all pairs with the same e-mail or phone and compatible names.',
  input: Type.Object({}),
  output: Type.Object({ batch: Type.String(), count: Type.Integer() }),
  run: ({ app, actor }) => mergeCertain(app, actor),
});

/** A merge taken back. */
export const UNDO_MERGE = operation({
  id: 'undoMerge',
  method: 'POST',
  path: '/merges/{batch}/undo',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Take back a merge: every contact is again what it was before.',
  input: Type.Object({ batch: Type.String({ minLength: 1, maxLength: 64 }) }),
  output: Type.Object({ count: Type.Integer() }),
  run: async ({ app, actor }, { batch }) => ({ count: await undoMerge(app, actor, batch) }),
});

/** Two contacts that are of different people. */
export const TELL_APART = operation({
  id: 'tellContactsApart',
  method: 'POST',
  path: '/duplicates/distinct',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Remember that two contacts are of different people.',
  input: Pair,
  output: null,
  run: ({ app, actor }, { left, right }) => tellApart(app, actor, placeOf(left), placeOf(right)),
});

/** Takes that back. */
export const FORGET_APART = operation({
  id: 'forgetContactsApart',
  method: 'POST',
  path: '/duplicates/forget',
  who: 'signed-in',
  tag: 'contacts',
  summary: 'Forget that two contacts are of different people.',
  input: Pair,
  output: null,
  run: ({ app, actor }, { left, right }) => forgetApart(app, actor, placeOf(left), placeOf(right)),
});

/** Operations of duplicates. */
export const DUPLICATE_OPERATIONS: readonly Operation[] = [
  LIST_DUPLICATES,
  COMPARE_CONTACTS,
  MERGE_CONTACTS,
  MERGE_SELECTED,
  MERGE_CERTAIN,
  UNDO_MERGE,
  TELL_APART,
  FORGET_APART,
];
