import { type Contact, getContact, listBooks, NOTHING, toBookId } from '../../models/contacts/service.ts';
import { formerValues } from '../../models/contacts/trash.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import { knownDate } from '../../models/vcard/edit.ts';
import type { CardValues } from '../../models/vcard/edit-values.ts';
import { CREATE_CONTACT, UPDATE_CONTACT } from '../../protocols/api/routes/contacts.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import {
  ContactConflictPage,
  ContactFormPage,
  type FormData,
  type ListField,
} from '../pages/contact-form.tsx';
import { cardPath } from '../pages/contact-parts.tsx';
import { contextOf, html, perform, redirect } from '../render.ts';
import { actorOf } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';
import { chosenValues, conflictFields, sentFields, valuesOfForm } from './contact-fields.ts';
import { calledOf, placeOfPath } from './contact-places.ts';

const LISTS: readonly ListField[] = ['phones', 'emails', 'links', 'addresses'];

interface FormState extends Partial<Pick<FormData, 'refused' | 'wrong' | 'added'>> {
  readonly values: CardValues;
  readonly contact: Contact | null;
  readonly book?: string;
}

/** One empty row waits in every list; the list that was asked for gets it at its end. */
async function showForm(page: PageRequest, status: number, state: FormState): Promise<WireResponse> {
  const { contact, values, added = null } = state;
  const books = await listBooks(page.site.app, actorOf(page));
  const first = books.find((book) => book.isDefault) ?? books[0];
  const spare = (list: ListField): number => (values[list].length === 0 || added === list ? 1 : 0);
  const data: FormData = {
    contact:
      contact === null
        ? null
        : {
            path: cardPath(contact),
            etag: contact.etag,
            title: calledOf(page, contact),
            hasPhoto: contact.hasPhoto,
          },
    values,
    spare: {
      phones: spare('phones'),
      emails: spare('emails'),
      links: spare('links'),
      addresses: spare('addresses'),
    },
    books: books.map((book) => ({ collection: book.id, displayName: book.displayName })),
    book: state.book ?? String(first?.id ?? ''),
    refused: state.refused ?? null,
    wrong: state.wrong ?? null,
    added,
    kept: contact?.others.length ?? 0,
  };
  return html(page, status, ContactFormPage({ ctx: contextOf(page), data }));
}

/** The base64 of a new picture, null to take it away, nothing to leave it. */
function photoOf(page: PageRequest): { photo?: string | null } {
  const file = page.files.get('photo');
  if (file !== undefined && file.bytes.byteLength > 0)
    return { photo: Buffer.from(file.bytes).toString('base64') };
  return page.form.get('no-photo') === 'yes' ? { photo: null } : {};
}

function asked(page: PageRequest): ListField | null {
  return LISTS.find((list) => list === page.form.get('add')) ?? null;
}

type Trouble = Pick<FormData, 'refused' | 'wrong'>;

/** What is wrong with what was typed, in the viewer's words; null when it may be tried. */
function troubleIn(page: PageRequest, values: CardValues, before: CardValues): Trouble | null {
  for (const name of ['birthday', 'anniversary'] as const) {
    const text = values[name];
    if (text === '' || text === before[name].replace(/^--/, '') || text === before[name]) continue;
    if (knownDate(text) === null) return { wrong: name, refused: page.words.t('contact.date.wrong') };
  }
  return null;
}

/** What a refusal means for the form; throws on what the form cannot mend. */
function troubleOf(page: PageRequest, error: unknown): Trouble {
  const { t } = page.words;
  if (error instanceof Refusal && error.status === 415)
    return { wrong: 'photo', refused: t('contact.no-picture') };
  const isLarge =
    (error instanceof Refusal && error.status === 413) ||
    (error instanceof Precondition && error.code === 'card-max-resource-size');
  if (isLarge) {
    const most = Math.floor(page.site.app.limits.maxCardBytes / 1024);
    return { wrong: 'photo', refused: t('contact.too-large', { most: page.words.number(most) }) };
  }
  if (error instanceof Precondition || (error instanceof Refusal && error.status === 400))
    return { wrong: null, refused: error.message };
  throw error;
}

const copied = (values: CardValues) => ({
  ...values,
  phones: [...values.phones],
  emails: [...values.emails],
  links: [...values.links],
  addresses: [...values.addresses],
});

function openNew(page: PageRequest): Promise<WireResponse> {
  return showForm(page, 200, { contact: null, values: NOTHING });
}

async function create(page: PageRequest): Promise<WireResponse> {
  const values = valuesOfForm(page.form);
  const state = { contact: null, values, book: page.form.get('book') ?? '' };
  const added = asked(page);
  if (added !== null) return showForm(page, 200, { ...state, added });
  const trouble = troubleIn(page, values, NOTHING);
  if (trouble !== null) return showForm(page, 422, { ...state, ...trouble });
  try {
    const collection = toBookId(Number(state.book));
    const { photo } = photoOf(page);
    const input = { collection, card: copied(values), ...(typeof photo === 'string' ? { photo } : {}) };
    const made = await perform(page, CREATE_CONTACT, input);
    const place = { collection, name: made.name };
    const name = calledOf(page, await getContact(page.site.app, actorOf(page), place));
    return redirect(page, cardPath(place), { text: page.words.t('contact.added', { name }) });
  } catch (error) {
    return showForm(page, 422, { ...state, ...troubleOf(page, error) });
  }
}

async function openEdit(page: PageRequest): Promise<WireResponse> {
  const contact = await getContact(page.site.app, actorOf(page), placeOfPath(page));
  return showForm(page, 200, { contact, values: contact.values });
}

/** Dates without a year lose their hyphens in the form; what was not touched is what it was. */
function withOldDates(values: CardValues, before: CardValues): CardValues {
  const same = (name: 'birthday' | 'anniversary'): string =>
    values[name] === before[name].replace(/^--/, '') ? before[name] : values[name];
  return { ...values, birthday: same('birthday'), anniversary: same('anniversary') };
}

async function edit(page: PageRequest): Promise<WireResponse> {
  const contact = await getContact(page.site.app, actorOf(page), placeOfPath(page));
  const isChosen = page.form.get('conflict') === 'yes';
  const typed = isChosen ? chosenValues(page.form, contact) : valuesOfForm(page.form);
  const values = withOldDates(typed, contact.values);
  const etag = page.form.get('etag') ?? '';
  if (etag !== contact.etag) return showConflict(page, contact, values);
  const added = asked(page);
  if (added !== null) return showForm(page, 200, { contact, values, added });
  const trouble = troubleIn(page, values, contact.values);
  if (trouble !== null) return showForm(page, 422, { contact, values, ...trouble });
  const { collection, name } = contact;
  try {
    await perform(page, UPDATE_CONTACT, { collection, name, etag, card: copied(values), ...photoOf(page) });
  } catch (error) {
    // Changed between reading and writing: the next look shows both sides.
    if (error instanceof Refusal && error.status === 412)
      return showConflict(page, await getContact(page.site.app, actorOf(page), contact), values);
    return showForm(page, 422, { contact, values, ...troubleOf(page, error) });
  }
  const called = calledOf(page, await getContact(page.site.app, actorOf(page), contact));
  return redirect(page, cardPath(contact), { text: page.words.t('contact.saved', { name: called }) });
}

async function showConflict(page: PageRequest, contact: Contact, yours: CardValues): Promise<WireResponse> {
  const sentEtag = page.form.get('etag') ?? '';
  const before = await formerValues(page.site.app, actorOf(page), contact, sentEtag);
  const fields = conflictFields(yours, contact.values, before);
  if (fields.length === 0)
    return redirect(page, cardPath(contact), {
      text: page.words.t('contact.saved', { name: calledOf(page, contact) }),
    });
  const data = {
    path: cardPath(contact),
    title: page.words.t('contact.edit.title', { name: calledOf(page, contact) }),
    etag: contact.etag,
    fields,
    sent: sentFields(page.form),
    hadPhoto: (page.files.get('photo')?.bytes.byteLength ?? 0) > 0,
  };
  return html(page, 409, ContactConflictPage({ ctx: contextOf(page), data }));
}

const EDIT = '/contacts/:collection/:name/edit';

/** Forms of contacts. */
export const CONTACT_EDIT_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/contacts/new', who: 'signed-in', run: openNew },
  { method: 'POST', path: '/contacts/new', who: 'signed-in', does: ['createContact'], run: create },
  { method: 'GET', path: EDIT, who: 'signed-in', run: openEdit },
  { method: 'POST', path: EDIT, who: 'signed-in', does: ['updateContact'], run: edit },
];
