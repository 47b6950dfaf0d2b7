import type { JSX } from 'preact';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm, TextArea } from '../parts/form.tsx';
import { Empty, Sheet, Table, Tag } from '../parts/page.tsx';
import { Field, Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';

/** An address book as its settings show it. */
export interface BookData {
  readonly collection: number;
  readonly displayName: string;
  readonly description: string;
  readonly isDefault: boolean;
  readonly address: string;
  readonly cards: number;
}

/** What the form of a book shows. */
export interface BookFormData {
  /** Null for a new one. */
  readonly book: BookData | null;
  readonly displayName: string;
  readonly description: string;
  readonly wrong: string | null;
  readonly refused: string | null;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: BookFormData;
}

/** All address books of the viewer. */
export function BooksPage({
  ctx,
  books,
}: {
  readonly ctx: PageContext;
  readonly books: readonly BookData[];
}): JSX.Element {
  const { t, n } = ctx.words;
  return (
    <Shell
      ctx={ctx}
      title={t('books.title')}
      nav="contacts"
      actions={
        <ButtonLink ctx={ctx} href="/books/new" kind="primary" icon="plus" shortcut="n">
          {t('book.new')}
        </ButtonLink>
      }
    >
      <section class="sheet" aria-label={t('books.title')}>
        {books.length === 0 ? (
          <Empty text={t('books.none')} />
        ) : (
          <Table
            ctx={ctx}
            caption={t('books.title')}
            heads={[t('table.name'), t('table.items'), '']}
            rows={books.map((book) => ({
              key: String(book.collection),
              href: `/books/${book.collection}`,
              cells: [
                <span key="name" class="named">
                  <a href={`${ctx.base}/books/${book.collection}`}>{book.displayName}</a>
                  {book.isDefault ? <Tag kind="quiet">{t('tag.default')}</Tag> : null}
                </span>,
                n('count.contacts', book.cards),
                <ButtonLink key="open" ctx={ctx} href={`/contacts?book=${book.collection}`} kind="quiet">
                  {t('books.open')}
                </ButtonLink>,
              ],
            }))}
          />
        )}
      </section>
    </Shell>
  );
}

function Facts({ ctx, book }: { readonly ctx: PageContext; readonly book: BookData }): JSX.Element {
  const { t, n } = ctx.words;
  return (
    <Sheet id="book-facts" title={t('book.facts')} aside={n('count.contacts', book.cards)}>
      <div class="stack">
        <h3>{t('book.address')}</h3>
        <code class="copyable" id="book-address">
          {book.address}
        </code>
        <div class="actions">
          <button type="button" class="button js-only" data-copy="book-address">
            <Icon ctx={ctx} name="copy" />
            {t('book.copy')}
          </button>
          <ButtonLink ctx={ctx} href={`/books/${book.collection}/export`} icon="download">
            {t('book.export')}
          </ButtonLink>
        </div>
        <p class="muted small">{t('book.address.hint')}</p>
      </div>
    </Sheet>
  );
}

function Removal({ ctx, book }: { readonly ctx: PageContext; readonly book: BookData }): JSX.Element {
  const { t, n } = ctx.words;
  if (book.isDefault) return <p class="muted small">{t('book.default')}</p>;
  return (
    <details class="confirm">
      <summary class="button danger">{t('book.delete')}</summary>
      <p>{n('book.delete.sure', book.cards, { name: book.displayName })}</p>
      <PostForm ctx={ctx} action={`/books/${book.collection}/delete`}>
        <Button ctx={ctx} kind="danger" icon="trash">
          {t('book.delete.do', { name: book.displayName })}
        </Button>
      </PostForm>
    </details>
  );
}

/** Settings of a book, or the form for a new one. */
export function BookPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { book } = data;
  return (
    <Shell
      ctx={ctx}
      title={book?.displayName ?? t('book.new')}
      nav="contacts"
      actions={
        <ButtonLink ctx={ctx} href="/books" icon="chevron-left" kind="quiet">
          {t('books.title')}
        </ButtonLink>
      }
    >
      {data.refused === null ? null : (
        <Notice ctx={ctx} kind="bad" fact={t('contact.not-saved')}>
          {data.refused}
        </Notice>
      )}
      <Sheet id="book-form" title={t('book.settings')}>
        <PostForm ctx={ctx} action={book === null ? '/books/new' : `/books/${book.collection}`} class="form">
          <Field
            ctx={ctx}
            name="displayName"
            label={t('table.name')}
            value={data.displayName}
            wrong={data.wrong ?? undefined}
            hasFocus={book === null || data.wrong !== null}
          />
          <TextArea name="description" label={t('book.description')} value={data.description} rows={3} />
          <div class="actions">
            <Button ctx={ctx} kind="primary">
              {t(book === null ? 'book.new.do' : 'book.save')}
            </Button>
          </div>
        </PostForm>
      </Sheet>
      {book === null ? null : <Facts ctx={ctx} book={book} />}
      {book === null ? null : <Removal ctx={ctx} book={book} />}
    </Shell>
  );
}
