import type { JSX } from 'preact';
import type { ContactRow } from '../../models/contacts/service.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Empty, Pager } from '../parts/page.tsx';
import { Icon } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import { type CardData, CardSheet } from './contact.tsx';
import { Face, placeText } from './contact-parts.tsx';

/** A book to choose. */
export interface BookChoice {
  readonly collection: number;
  readonly displayName: string;
}

/** What the list of contacts shows. */
export interface ContactsData {
  readonly items: readonly Pick<
    ContactRow,
    'collection' | 'name' | 'etag' | 'shownName' | 'organization' | 'phone' | 'email' | 'hasPhoto' | 'isGroup'
  >[];
  readonly next: string | null;
  readonly previous: string | null;
  readonly letters: readonly { readonly letter: string; readonly count: number }[];
  /** Of all contacts that were found. */
  readonly total: number;
  readonly books: readonly BookChoice[];
  readonly query: string;
  readonly book: string;
  readonly letter: string;
  readonly card: CardData | null;
  /** Pairs that may be of one person. */
  readonly duplicates: number;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: ContactsData;
}

/** The list's own address with some of its fields changed; empty ones are left out. */
function listPath(data: ContactsData, change: Readonly<Record<string, string | null>>): string {
  const fields = { q: data.query, book: data.book, letter: data.letter, ...change };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== null && value !== '') query.set(name, value);
  return query.size === 0 ? '/contacts' : `/contacts?${query}`;
}

function Search({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <form class="contact-search" method="get" action={`${ctx.base}/contacts`} data-search="contact-list">
      <label class="unseen" for="q">
        {t('contacts.search')}
      </label>
      <input
        type="search"
        id="q"
        name="q"
        value={data.query}
        autocomplete="off"
        placeholder={t('contacts.search.hint')}
      />
      {data.books.length < 2 ? null : (
        <>
          <label class="unseen" for="book">
            {t('contacts.book')}
          </label>
          <select id="book" name="book">
            <option value="">{t('contacts.books.all')}</option>
            {data.books.map((book) => (
              <option
                key={book.collection}
                value={book.collection}
                selected={String(book.collection) === data.book}
              >
                {book.displayName}
              </option>
            ))}
          </select>
        </>
      )}
      <noscript>
        <Button ctx={ctx} icon="search">
          {t('contacts.search')}
        </Button>
      </noscript>
    </form>
  );
}

function Rail({ ctx, data }: Props): JSX.Element | null {
  if (data.letters.length < 2) return null;
  return (
    <nav class="rail" aria-label={ctx.words.t('contacts.letters')}>
      {data.letters.map(({ letter, count }) => (
        <a
          key={letter}
          href={ctx.base + listPath(data, { letter })}
          aria-current={letter === data.letter ? 'true' : undefined}
          aria-label={ctx.words.n('contacts.letter', count, { letter })}
        >
          {letter}
        </a>
      ))}
    </nav>
  );
}

function Rows({ ctx, data }: Props): JSX.Element {
  const open = data.card === null ? '' : placeText(data.card);
  return (
    <ol class="contact-rows">
      {data.items.map((contact) => {
        const place = placeText(contact);
        const href = ctx.base + listPath(data, { open: place });
        return (
          <li key={place} data-href={href} aria-current={place === open ? 'true' : undefined}>
            <input
              type="checkbox"
              name="card"
              value={place}
              aria-label={ctx.words.t('contacts.select', {
                name: contact.shownName || ctx.words.t('contact.unnamed'),
              })}
            />
            <Face ctx={ctx} contact={contact} size={36} />
            <a href={href}>
              {contact.shownName || ctx.words.t('contact.unnamed')}
              {contact.organization === '' || contact.organization === contact.shownName ? null : (
                <span class="muted small">{contact.organization}</span>
              )}
            </a>
            <span class="muted small">{contact.phone || contact.email}</span>
          </li>
        );
      })}
    </ol>
  );
}

function Selection({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const at = (path: string) => ({ formaction: `${ctx.base}/contacts/selected/${path}` });
  return (
    <fieldset class="selection">
      <legend class="unseen">{t('contacts.selected')}</legend>
      {data.books.length < 2 ? null : (
        <>
          <label class="unseen" for="target">
            {t('contact.move.to')}
          </label>
          <select id="target" name="target">
            {data.books.map((book) => (
              <option key={book.collection} value={book.collection}>
                {book.displayName}
              </option>
            ))}
          </select>
          <Button ctx={ctx} icon="move" {...at('move')}>
            {t('contacts.move')}
          </Button>
        </>
      )}
      <Button ctx={ctx} icon="merge" {...at('merge')}>
        {t('contacts.merge')}
      </Button>
      <Button ctx={ctx} icon="download" {...at('export')}>
        {t('contacts.export')}
      </Button>
      <button
        type="submit"
        class="button danger"
        data-key="Delete"
        formaction={`${ctx.base}/contacts/selected/delete`}
      >
        <Icon ctx={ctx} name="trash" />
        {t('contacts.delete')}
      </button>
    </fieldset>
  );
}

function Nothing({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  if (data.query !== '')
    return (
      <Empty text={t('contacts.none.found', { query: data.query })}>
        <ButtonLink ctx={ctx} href={listPath(data, { q: null, letter: null })}>
          {t('contacts.all')}
        </ButtonLink>
      </Empty>
    );
  return (
    <Empty text={t('contacts.none')}>
      <ButtonLink ctx={ctx} href="/import" icon="import">
        {t('contacts.import')}
      </ButtonLink>
    </Empty>
  );
}

function List({ ctx, data }: Props): JSX.Element {
  const page = (cursor: string | null) => (cursor === null ? null : listPath(data, { cursor, letter: null }));
  return (
    <section class="sheet contact-list" aria-label={ctx.words.t('contacts.list')}>
      <Search ctx={ctx} data={data} />
      <div id="contact-list">
        <p class="muted small" role="status">
          {data.query === '' ? '' : ctx.words.n('contacts.found', data.total)}
        </p>
        {data.items.length === 0 ? (
          <Nothing ctx={ctx} data={data} />
        ) : (
          <PostForm ctx={ctx} action="/contacts/selected/export" class="contact-choose">
            <Rail ctx={ctx} data={data} />
            <Rows ctx={ctx} data={data} />
            <Selection ctx={ctx} data={data} />
          </PostForm>
        )}
        <Pager ctx={ctx} previous={page(data.previous)} next={page(data.next)} />
      </div>
    </section>
  );
}

/** Everybody in the books of the viewer, and the card of one of them. */
export function ContactsPage({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const lead =
    data.duplicates === 0 ? undefined : (
      <a href={`${ctx.base}/contacts/duplicates`}>{n('contacts.duplicates', data.duplicates)}</a>
    );
  const title = data.query === '' ? n('contacts.count', data.total) : t('contacts.title');
  return (
    <Shell
      ctx={ctx}
      title={title}
      nav="contacts"
      lead={lead}
      actions={
        <>
          <ButtonLink ctx={ctx} href="/trash?holds=addressbook" icon="trash" kind="quiet">
            {t('more.trash')}
          </ButtonLink>
          <ButtonLink ctx={ctx} href="/books" icon="book">
            {t('books.title')}
          </ButtonLink>
          <ButtonLink ctx={ctx} href="/contacts/new" kind="primary" icon="plus" shortcut="n">
            {t('contacts.new')}
          </ButtonLink>
        </>
      }
    >
      <div class={data.card === null ? 'contacts' : 'contacts open'}>
        <List ctx={ctx} data={data} />
        {data.card === null ? null : (
          <div class="contact-side">
            <p class="contact-back">
              <ButtonLink ctx={ctx} href={listPath(data, {})} icon="chevron-left" kind="quiet">
                {t('contacts.back')}
              </ButtonLink>
            </p>
            <CardSheet ctx={ctx} data={data.card} level={2} />
          </div>
        )}
      </div>
    </Shell>
  );
}
