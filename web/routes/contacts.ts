import { countDuplicates } from '../../models/contacts/duplicates.ts';
import {
  type CardPlace,
  exportContacts,
  getContact,
  getContactPhoto,
  listBooks,
  listContacts,
  toBookId,
} from '../../models/contacts/service.ts';
import { Refusal } from '../../models/errors.ts';
import { DELETE_CONTACTS, MOVE_CONTACTS, RESTORE_CONTACTS } from '../../protocols/api/routes/contacts.ts';
import { MERGE_SELECTED } from '../../protocols/api/routes/contacts-duplicates.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { ContactPage } from '../pages/contact.tsx';
import { cardPath } from '../pages/contact-parts.tsx';
import { ContactsPage } from '../pages/contacts.tsx';
import { contextOf, html, perform, redirect } from '../render.ts';
import { actorOf } from '../session.ts';
import type { Flash, PageRequest, Route } from '../site.ts';
import { BOOK_ROUTES } from './books.ts';
import { cardData } from './contact-card.ts';
import { CONTACT_EDIT_ROUTES } from './contact-edit.ts';
import { calledOf, placeIn, placeOfPath } from './contact-places.ts';
import { DUPLICATE_ROUTES } from './duplicates.ts';

const MAX_SELECTED = 200;

async function list(page: PageRequest): Promise<WireResponse> {
  const { app } = page.site;
  const actor = actorOf(page);
  const text = (name: string): string => (page.request.query.get(name) ?? '').slice(0, 1000);
  const [query, book, letter, cursor] = [
    text('q').slice(0, 200),
    text('book'),
    text('letter').slice(0, 8),
    text('cursor'),
  ];
  const books = await listBooks(app, actor);
  const chosen = books.find((each) => String(each.id) === book);
  const found = await listContacts(app, actor, {
    query,
    letter,
    cursor,
    ...(chosen === undefined ? {} : { book: chosen.id }),
  });
  const open = placeIn(text('open'));
  const card = open === null ? null : await getContact(app, actor, open).catch(orNull);
  const data = {
    ...found,
    books: books.map((each) => ({ collection: each.id, displayName: each.displayName })),
    query,
    book: chosen === undefined ? '' : book,
    letter,
    card: card === null ? null : await cardData(page, card),
    duplicates: (await countDuplicates(app, actor)).pairs,
  };
  return html(page, 200, ContactsPage({ ctx: contextOf(page), data }));
}

/** A card that went away meanwhile leaves the list without one. */
function orNull(error: unknown): null {
  if (error instanceof Refusal && error.status === 404) return null;
  throw error;
}

async function card(page: PageRequest): Promise<WireResponse> {
  const contact = await getContact(page.site.app, actorOf(page), placeOfPath(page));
  return html(page, 200, ContactPage({ ctx: contextOf(page), data: await cardData(page, contact) }));
}

/** Only the four kinds of pictures whose first bytes say so, and never as anything a browser runs. */
async function photo(page: PageRequest): Promise<WireResponse> {
  const found = await getContactPhoto(page.site.app, actorOf(page), placeOfPath(page));
  if (found === null) throw new Refusal(404, 'This contact has no picture.');
  const headers = {
    'Content-Type': found.type,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    'Content-Disposition': 'inline',
    'Content-Security-Policy': "default-src 'none'; sandbox",
  };
  return { status: 200, headers, body: found.bytes };
}

const fileHeaders = (name: string) => ({
  'Content-Type': 'text/vcard; charset=utf-8',
  'Content-Disposition': `attachment; filename="${name}"`,
  'Cache-Control': 'no-store',
});

async function download(page: PageRequest): Promise<WireResponse> {
  const contact = await getContact(page.site.app, actorOf(page), placeOfPath(page));
  const plain = calledOf(page, contact)
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  return { status: 200, headers: fileHeaders(`${plain || 'contact'}.vcf`), body: contact.body };
}

/** A sentence with its way back. */
export function restoring(text: string, versions: readonly number[]): Flash {
  if (versions.length === 0) return { text };
  return { text, undo: { action: '/contacts/restore', fields: { versions: versions.join(' ') } } };
}

async function removeOne(page: PageRequest): Promise<WireResponse> {
  const place = placeOfPath(page);
  const name = calledOf(page, await getContact(page.site.app, actorOf(page), place));
  const { versions } = await perform(page, DELETE_CONTACTS, { contacts: [place] });
  return redirect(page, '/contacts', restoring(page.words.t('contact.deleted', { name }), versions));
}

async function restore(page: PageRequest): Promise<WireResponse> {
  const versions = (page.form.get('versions') ?? '').split(' ').map(Number).slice(0, MAX_SELECTED);
  const { contacts } = await perform(page, RESTORE_CONTACTS, { versions });
  const text = page.words.n('contacts.restored', contacts.length);
  const [only] = contacts;
  return redirect(page, contacts.length === 1 && only !== undefined ? cardPath(only) : '/contacts', { text });
}

function targetOf(page: PageRequest): ReturnType<typeof toBookId> {
  const target = Number(page.form.get('target'));
  if (!Number.isSafeInteger(target)) throw new Refusal(404, 'There is no such address book.');
  return toBookId(target);
}

async function bookName(page: PageRequest, id: number): Promise<string> {
  return (await listBooks(page.site.app, actorOf(page))).find((book) => book.id === id)?.displayName ?? '';
}

async function moveOne(page: PageRequest): Promise<WireResponse> {
  const place = placeOfPath(page);
  const target = targetOf(page);
  const name = calledOf(page, await getContact(page.site.app, actorOf(page), place));
  const { contacts } = await perform(page, MOVE_CONTACTS, { contacts: [place], target });
  const text = page.words.t('contact.moved', { name, book: await bookName(page, target) });
  return redirect(page, cardPath(contacts[0] ?? place), { text });
}

function selected(page: PageRequest): readonly CardPlace[] {
  return page.form
    .getAll('card')
    .slice(0, MAX_SELECTED)
    .flatMap((text) => placeIn(text) ?? []);
}

const noneSelected = (page: PageRequest): WireResponse =>
  redirect(page, '/contacts', { text: page.words.t('contacts.select.some') });

async function removeSelected(page: PageRequest): Promise<WireResponse> {
  const contacts = [...selected(page)];
  if (contacts.length === 0) return noneSelected(page);
  const { count, versions } = await perform(page, DELETE_CONTACTS, { contacts });
  return redirect(page, '/contacts', restoring(page.words.n('contacts.deleted', count), versions));
}

async function moveSelected(page: PageRequest): Promise<WireResponse> {
  const contacts = [...selected(page)];
  if (contacts.length === 0) return noneSelected(page);
  const target = targetOf(page);
  const moved = await perform(page, MOVE_CONTACTS, { contacts, target });
  const text = page.words.n('contacts.moved', moved.contacts.length, { book: await bookName(page, target) });
  return redirect(page, '/contacts', { text });
}

async function exportSelected(page: PageRequest): Promise<WireResponse> {
  const contacts = selected(page);
  if (contacts.length === 0) return noneSelected(page);
  const body = await exportContacts(page.site.app, actorOf(page), contacts);
  return { status: 200, headers: { ...page.headers, ...fileHeaders('contacts.vcf') }, body };
}

/** Two are shown side by side first; more go into the first at once, which can be undone. */
async function mergeSelected(page: PageRequest): Promise<WireResponse> {
  const contacts = [...selected(page)];
  const [left, right] = contacts;
  if (left === undefined || right === undefined)
    return redirect(page, '/contacts', { text: page.words.t('contacts.select.two') });
  if (contacts.length === 2) {
    const pair = new URLSearchParams({
      left: `${left.collection}/${left.name}`,
      right: `${right.collection}/${right.name}`,
    });
    return redirect(page, `/contacts/merge?${pair}`);
  }
  const { batch, shownName, ...place } = await perform(page, MERGE_SELECTED, { contacts });
  const undo = { action: '/contacts/merges/undo', fields: { batch } };
  return redirect(page, cardPath(place), {
    text: page.words.t('duplicates.merged', { name: shownName }),
    undo,
  });
}

const CARD = '/contacts/:collection/:name';

/** Contacts, their cards, books and duplicates. */
export const CONTACT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/contacts', who: 'signed-in', run: list },
  ...DUPLICATE_ROUTES,
  { method: 'POST', path: '/contacts/restore', who: 'signed-in', does: ['restoreContacts'], run: restore },
  {
    method: 'POST',
    path: '/contacts/selected/delete',
    who: 'signed-in',
    does: ['deleteContacts'],
    run: removeSelected,
  },
  {
    method: 'POST',
    path: '/contacts/selected/move',
    who: 'signed-in',
    does: ['moveContacts'],
    run: moveSelected,
  },
  {
    method: 'POST',
    path: '/contacts/selected/export',
    who: 'signed-in',
    does: ['exportContacts'],
    run: exportSelected,
  },
  {
    method: 'POST',
    path: '/contacts/selected/merge',
    who: 'signed-in',
    does: ['mergeSelected', 'mergeContacts'],
    run: mergeSelected,
  },
  ...CONTACT_EDIT_ROUTES,
  { method: 'GET', path: CARD, who: 'signed-in', run: card },
  { method: 'GET', path: `${CARD}/photo`, who: 'signed-in', run: photo },
  { method: 'GET', path: `${CARD}/download`, who: 'signed-in', run: download },
  { method: 'POST', path: `${CARD}/delete`, who: 'signed-in', does: ['deleteContacts'], run: removeOne },
  { method: 'POST', path: `${CARD}/move`, who: 'signed-in', does: ['moveContacts'], run: moveOne },
  ...BOOK_ROUTES,
];
