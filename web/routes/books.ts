import { exportBook } from '../../models/contacts/books.ts';
import { toBookId } from '../../models/contacts/service.ts';
import { Precondition, Refusal } from '../../models/errors.ts';
import {
  CREATE_BOOK,
  DELETE_BOOK,
  LIST_BOOKS,
  RESTORE_BOOK,
  UPDATE_BOOK,
} from '../../protocols/api/routes/contacts-books.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { type BookData, type BookFormData, BookPage, BooksPage } from '../pages/book-settings.tsx';
import { contextOf, html, perform, redirect } from '../render.ts';
import { actorOf } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';

const NAME_LENGTH = 200;

function idOf({ params }: Pick<PageRequest, 'params'>): ReturnType<typeof toBookId> {
  const text = params['collection'] ?? '';
  if (!/^\d{1,15}$/.test(text)) throw new Refusal(404, 'There is no such address book.');
  return toBookId(Number(text));
}

async function bookOf(page: PageRequest): Promise<BookData> {
  const id = idOf(page);
  const found = (await perform(page, LIST_BOOKS, {})).items.find((book) => book.collection === id);
  if (found === undefined) throw new Refusal(404, 'There is no such address book.');
  return found;
}

async function list(page: PageRequest): Promise<WireResponse> {
  const { items } = await perform(page, LIST_BOOKS, {});
  return html(page, 200, BooksPage({ ctx: contextOf(page), books: items }));
}

function show(page: PageRequest, status: number, data: Partial<BookFormData>): WireResponse {
  const whole = { book: null, displayName: '', description: '', wrong: null, refused: null, ...data };
  return html(page, status, BookPage({ ctx: contextOf(page), data: whole }));
}

async function settings(page: PageRequest): Promise<WireResponse> {
  const book = await bookOf(page);
  return show(page, 200, { book, displayName: book.displayName, description: book.description });
}

/** Reads the form, or shows it again with what is wrong; `work` does it and says where to go. */
async function save(
  page: PageRequest,
  book: BookData | null,
  work: (input: { displayName: string; description: string }) => Promise<WireResponse>,
): Promise<WireResponse> {
  const displayName = (page.form.get('displayName') ?? '').trim();
  const description = (page.form.get('description') ?? '').trim();
  const typed = { book, displayName, description };
  if (displayName === '') return show(page, 422, { ...typed, wrong: page.words.t('field.needed') });
  if (displayName.length > NAME_LENGTH)
    return show(page, 422, { ...typed, wrong: page.words.t('name.long') });
  try {
    return await work({ displayName, description });
  } catch (error) {
    const isTold = error instanceof Precondition || (error instanceof Refusal && error.status !== 404);
    if (!isTold) throw error;
    return show(page, 422, { ...typed, refused: error.message });
  }
}

async function change(page: PageRequest): Promise<WireResponse> {
  const book = await bookOf(page);
  return save(page, book, async (input) => {
    await perform(page, UPDATE_BOOK, { collection: book.collection, ...input });
    return redirect(page, `/books/${book.collection}`, {
      text: page.words.t('book.saved', { name: input.displayName }),
    });
  });
}

function create(page: PageRequest): Promise<WireResponse> {
  return save(page, null, async (input) => {
    const made = await perform(page, CREATE_BOOK, input);
    return redirect(page, `/books/${made.collection}`, {
      text: page.words.t('book.added', { name: input.displayName }),
    });
  });
}

async function remove(page: PageRequest): Promise<WireResponse> {
  const book = await bookOf(page);
  await perform(page, DELETE_BOOK, { collection: book.collection });
  const text = page.words.t('book.deleted', { name: book.displayName });
  const undo = { action: `/books/${book.collection}/restore`, fields: {} };
  return redirect(page, '/books', { text, undo });
}

async function restore(page: PageRequest): Promise<WireResponse> {
  const collection = idOf(page);
  await perform(page, RESTORE_BOOK, { collection });
  return redirect(page, `/books/${collection}`, { text: page.words.t('book.restored') });
}

async function download(page: PageRequest): Promise<WireResponse> {
  const book = await bookOf(page);
  const plain = book.displayName
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  const headers = {
    'Content-Type': 'text/vcard; charset=utf-8',
    'Content-Disposition': `attachment; filename="${plain || 'contacts'}.vcf"`,
    'Cache-Control': 'no-store',
  };
  return { status: 200, headers, body: exportBook(page.site.app, actorOf(page), idOf(page)) };
}

const BOOK = '/books/:collection';

/** Address books and their settings. */
export const BOOK_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/books', who: 'signed-in', run: list },
  {
    method: 'GET',
    path: '/books/new',
    who: 'signed-in',
    run: (page) => Promise.resolve(show(page, 200, {})),
  },
  { method: 'POST', path: '/books/new', who: 'signed-in', does: ['createBook'], run: create },
  { method: 'GET', path: BOOK, who: 'signed-in', run: settings },
  { method: 'POST', path: BOOK, who: 'signed-in', does: ['updateBook'], run: change },
  { method: 'POST', path: `${BOOK}/delete`, who: 'signed-in', does: ['deleteBook'], run: remove },
  { method: 'POST', path: `${BOOK}/restore`, who: 'signed-in', does: ['restoreBook'], run: restore },
  { method: 'GET', path: `${BOOK}/export`, who: 'signed-in', run: download },
];
