import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { toBookId } from '../../../models/contacts/service.ts';
import { toETag } from '../../../models/objects/etag.ts';
import { NO_PREFERENCES } from '../../../models/principals/preferences.ts';
import { BookPage, BooksPage } from '../../../web/pages/book-settings.tsx';
import { type CardData, ContactPage } from '../../../web/pages/contact.tsx';
import { ContactConflictPage, ContactFormPage, type FormData } from '../../../web/pages/contact-form.tsx';
import { ContactsPage } from '../../../web/pages/contacts.tsx';
import { DuplicatesPage, MergePage, type PairData } from '../../../web/pages/duplicates.tsx';
import type { PageContext } from '../../../web/site.ts';
import { type Language, openWords } from '../../../web/words.ts';

const HOSTILE = [
  `<script>alert(1)</script>"'&\u202e</title>`,
  '<svg onload=alert(1)>',
  'javascript:alert(1)',
  '{{7*7}}<%= 7*7 %>',
  'https://x.example/"onmouseover="alert(1)',
  'x'.repeat(3000),
  '\ud83d',
  'אבג \u2067 x',
];

const context = (language: Language): PageContext => ({
  words: openWords(language),
  base: '/day',
  person: { displayName: 'Ann', login: 'ann', isAdmin: false },
  formToken: 'token',
  flash: null,
  preferences: NO_PREFERENCES,
  timeZone: 'Europe/Berlin',
  nowUtc: 100,
  path: '/contacts',
  asset: (name) => `/day/assets/${name}`,
});

function pages(ctx: PageContext, evil: string): readonly (readonly [string, JSX.Element])[] {
  // What an address can end with has no half pairs; every other text may.
  const segment = evil.replace(/\p{Surrogate}/gu, '');
  const row = { at: 3, label: `x:${evil}`, value: evil };
  const address = {
    at: 4,
    label: 'home',
    street: evil,
    city: evil,
    region: evil,
    postcode: evil,
    country: evil,
  };
  const values = {
    name: { prefix: evil, given: evil, additional: evil, family: evil, suffix: evil },
    ...{ shownName: evil, nickname: evil, organization: evil, department: evil, title: evil, note: evil },
    ...{ birthday: evil, anniversary: '--02-29' },
    phones: [row],
    emails: [row, { ...row, at: 9 }],
    links: [row],
    addresses: [address],
  };
  const card: CardData = {
    ...{
      collection: 7,
      name: segment || 'a',
      etag: 'e',
      book: evil,
      values,
      hasPhoto: true,
      isGroup: true,
      modifiedUtc: 0,
    },
    others: [{ name: evil, label: evil, value: evil }],
    changedBy: evil,
    raw: evil,
    qr: 'BEGIN:VCARD',
    targets: [{ collection: 8, displayName: evil }],
  };
  const item = {
    collection: toBookId(7),
    name: segment || 'a',
    etag: toETag('e'),
    shownName: evil,
    organization: evil,
    phone: evil,
    email: evil,
    hasPhoto: false,
    isGroup: false,
  };
  const list = {
    items: [item, { ...item, name: 'b', hasPhoto: true }],
    ...{ next: evil, previous: evil, total: 2, query: evil, book: '7', letter: evil, duplicates: 3 },
    letters: [
      { letter: evil, count: 1 },
      { letter: 'B', count: 1 },
    ],
    books: [
      { collection: 7, displayName: evil },
      { collection: 8, displayName: 'b' },
    ],
    card: null,
  };
  const form: FormData = {
    contact: { path: '/contacts/7/a', etag: evil, title: evil, hasPhoto: true },
    values,
    spare: { phones: 1, emails: 1, links: 1, addresses: 1 },
    books: list.books,
    book: '7',
    refused: evil,
    wrong: null,
    added: 'phones',
    kept: 2,
  };
  const side = {
    collection: 7,
    name: segment || 'a',
    etag: evil,
    shownName: evil,
    hasPhoto: true,
    book: evil,
    modifiedUtc: 0,
  };
  const pair: PairData = {
    keep: side,
    other: { ...side, hasPhoto: false },
    fields: [
      { field: 'name', keep: [evil], other: ['b'], outcome: 'choose' },
      { field: 'photo', keep: ['p'], other: ['q'], outcome: 'choose' },
      { field: `x-${evil}`, keep: [evil], other: [], outcome: 'both' },
      { field: 'tel', keep: ['1'], other: ['1'], outcome: 'same' },
    ],
    reason: { reasons: ['email', 'phone', 'birthday'], strength: 'certain' },
  };
  const conflict = {
    ...{ path: '/contacts/7/a', title: evil, etag: evil, hadPhoto: true, sent: [[evil, evil]] as const },
    fields: [{ field: 'title', yours: [evil], theirs: [], use: 'yours', isOpen: true }] as const,
  };
  const book = {
    collection: 7,
    displayName: evil,
    description: evil,
    isDefault: false,
    address: evil,
    cards: 2,
  };
  const bookForm = { book, displayName: evil, description: evil, wrong: evil, refused: evil };
  return [
    ['list', ContactsPage({ ctx, data: list })],
    ['list with a card', ContactsPage({ ctx, data: { ...list, card } })],
    ['list, nobody found', ContactsPage({ ctx, data: { ...list, items: [], letters: [], total: 0 } })],
    ['list, empty', ContactsPage({ ctx, data: { ...list, items: [], letters: [], total: 0, query: '' } })],
    ['card', ContactPage({ ctx, data: card })],
    ['form', ContactFormPage({ ctx, data: form })],
    ['form, new', ContactFormPage({ ctx, data: { ...form, contact: null, added: null, refused: null } })],
    ['form, bad date', ContactFormPage({ ctx, data: { ...form, wrong: 'birthday' } })],
    ['form, bad picture', ContactFormPage({ ctx, data: { ...form, wrong: 'photo' } })],
    ['conflict', ContactConflictPage({ ctx, data: conflict })],
    ['duplicates', DuplicatesPage({ ctx, data: { pair, at: 0, total: 2, certain: 2 } })],
    ['no duplicates', DuplicatesPage({ ctx, data: { pair: null, at: 0, total: 0, certain: 0 } })],
    ['merge', MergePage({ ctx, pair: { ...pair, reason: null } })],
    ['books', BooksPage({ ctx, books: [book, { ...book, collection: 8, isDefault: true }] })],
    ['book', BookPage({ ctx, data: bookForm })],
    ['default book', BookPage({ ctx, data: { ...bookForm, book: { ...book, isDefault: true } } })],
    ['book, new', BookPage({ ctx, data: { ...bookForm, book: null } })],
  ];
}

function check(html: string): void {
  assert.doesNotMatch(
    html.replace(/<script [^>]*src="[^"]*"[^>]*><\/script>/g, ''),
    /<script/i,
    'text stays text',
  );
  assert.doesNotMatch(html, /<svg onload/i, 'no markup from outside');
  for (const [tag] of html.matchAll(/<[a-z][^>"]*(?:"[^"]*"[^>"]*)*>/g)) {
    assert.doesNotMatch(tag.replace(/"[^"]*"/g, '""'), /\s(?:on[a-z]+|style)=/, 'nothing inline');
    const link = /\s(?:href|action|formaction|src)="([^"]*)"/.exec(tag)?.[1];
    if (link !== undefined)
      assert.match(
        link,
        /^(\/day\/|#|mailto:|tel:\+?\d+$|https?:\/\/[^\s"'<>]+$)/,
        'links lead where they may',
      );
  }
  assert.equal(html.match(/<h1/g)?.length, 1, 'one h1');
  const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((m) => m[1]);
  assert.deepEqual(
    ids.filter((id, at) => ids.indexOf(id) !== at),
    [],
    'ids are unique',
  );
  for (const [, target = ''] of html.matchAll(/ (?:for|aria-describedby)="([^"]*)"/g))
    for (const id of target.split(' ')) assert.ok(ids.includes(id), `${id} is there`);
  assert.ok((html.match(/class="button primary/g)?.length ?? 0) <= 1, 'one primary button');
  for (const [form = ''] of html.matchAll(/<form[^>]*method="post"[\s\S]*?<\/form>/g))
    assert.match(form, /name="form-token" value="token"/);
}

describe('pages of contacts', () => {
  for (const language of ['en', 'de', 'qps'] as const)
    test(`hostile text stays text (${language})`, () => {
      for (const evil of language === 'en' ? HOSTILE : HOSTILE.slice(0, 2))
        for (const [name, page] of pages(context(language), evil)) {
          try {
            check(renderToString(page));
          } catch (error) {
            throw new Error(
              `${name}, ${evil.slice(0, 30)}: ${error instanceof Error ? error.message : error}`,
            );
          }
        }
    });
});
