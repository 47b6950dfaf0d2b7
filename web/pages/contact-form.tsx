import type { JSX } from 'preact';
import {
  type CardValues,
  LABELS,
  type LabelledAddress,
  type LabelledValue,
} from '../../models/vcard/edit-values.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm, Select, TextArea } from '../parts/form.tsx';
import { Sheet } from '../parts/page.tsx';
import { Field, Icon, Notice } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import { dateText, fieldText, labelText } from './contact-parts.tsx';
import type { BookChoice } from './contacts.tsx';

/** Lists whose rows can be added to. */
export type ListField = 'phones' | 'emails' | 'links' | 'addresses';

/** What the form of a contact shows. */
export interface FormData {
  /** Null for a new one. */
  readonly contact: {
    readonly path: string;
    readonly etag: string;
    readonly title: string;
    readonly hasPhoto: boolean;
  } | null;
  readonly values: CardValues;
  /** Empty rows below the filled ones. */
  readonly spare: Readonly<Record<ListField, number>>;
  readonly books: readonly BookChoice[];
  readonly book: string;
  /** What was not right, as a sentence; null at first. */
  readonly refused: string | null;
  /** The field it is about. */
  readonly wrong: 'birthday' | 'anniversary' | 'photo' | null;
  /** The list that has just got a row, whose new field takes the focus. */
  readonly added: ListField | null;
  /** What the card has that the form does not show. */
  readonly kept: number;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: FormData;
}

/** Labels that make sense for a list. */
const LABELS_OF: Readonly<Record<ListField, readonly string[]>> = {
  phones: ['', ...LABELS.filter((label) => label !== 'homepage')],
  emails: ['', 'home', 'work', 'other'],
  links: ['', 'homepage', 'home', 'work', 'other'],
  addresses: ['', 'home', 'work', 'other'],
};

interface RowProps {
  readonly ctx: PageContext;
  readonly list: ListField;
  readonly index: number;
  readonly row: { readonly at: number | null; readonly label: string };
}

/** What the value is for; a label of the person's own stays one of the choices. */
function LabelChoice({ ctx, list, index, row }: RowProps): JSX.Element {
  const id = `${list}-${index}-label`;
  const known = LABELS_OF[list];
  const labels = known.includes(row.label) ? known : [...known, row.label];
  return (
    <>
      <input type="hidden" name={`${list}-${index}-at`} value={row.at ?? ''} />
      <label class="unseen" for={id}>
        {ctx.words.t('contact.label', { field: fieldText(ctx, list), number: index + 1 })}
      </label>
      <select id={id} name={id}>
        {labels.map((label) => (
          <option key={label} value={label} selected={label === row.label}>
            {label === '' ? ctx.words.t('contact.label.none') : labelText(ctx, label)}
          </option>
        ))}
      </select>
    </>
  );
}

interface TextProps {
  readonly ctx: PageContext;
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly type?: 'text' | 'tel' | 'email' | 'url';
  readonly hasFocus?: boolean;
}

/** `type` only chooses the keyboard of phones: what people have in their books is not always a good address. */
function Text({ id, label, value, type = 'text', hasFocus = false }: TextProps): JSX.Element {
  return (
    <>
      <label class="unseen" for={id}>
        {label}
      </label>
      <input
        id={id}
        name={id}
        type="text"
        inputMode={type}
        value={value}
        autocomplete="off"
        autofocus={hasFocus}
      />
    </>
  );
}

const KEYBOARDS = { phones: 'tel', emails: 'email', links: 'url' } as const;

interface ListProps extends Props {
  readonly list: 'phones' | 'emails' | 'links';
}

function ValueList({ ctx, data, list }: ListProps): JSX.Element {
  const { t } = ctx.words;
  const empty: LabelledValue = { at: null, label: list === 'phones' ? 'mobile' : '', value: '' };
  const rows = [...data.values[list], ...Array.from({ length: data.spare[list] }, () => empty)];
  return (
    <fieldset class="rows-of">
      <legend>{fieldText(ctx, list)}</legend>
      {rows.map((row, index) => (
        <div class="value-row" key={`${row.at ?? 'new'}-${index}`}>
          <LabelChoice ctx={ctx} list={list} index={index} row={row} />
          <Text
            ctx={ctx}
            id={`${list}-${index}-value`}
            label={t('contact.value', { field: fieldText(ctx, list), number: index + 1 })}
            value={row.value}
            type={KEYBOARDS[list]}
            hasFocus={data.added === list && index === rows.length - 1}
          />
        </div>
      ))}
      <AddRow ctx={ctx} list={list} />
    </fieldset>
  );
}

function AddRow({ ctx, list }: { readonly ctx: PageContext; readonly list: ListField }): JSX.Element {
  return (
    <div>
      <Button ctx={ctx} kind="quiet" icon="plus" name="add" value={list}>
        {ctx.words.t(`contact.add.${list}`)}
      </Button>
    </div>
  );
}

const ADDRESS_PARTS = ['street', 'postcode', 'city', 'region', 'country'] as const;

function AddressList({ ctx, data }: Props): JSX.Element {
  const empty: LabelledAddress = {
    at: null,
    label: 'home',
    ...{ street: '', postcode: '', city: '', region: '', country: '' },
  };
  const rows = [...data.values.addresses, ...Array.from({ length: data.spare.addresses }, () => empty)];
  return (
    <fieldset class="rows-of">
      <legend>{fieldText(ctx, 'addresses')}</legend>
      {rows.map((row, index) => (
        <div class="value-row address-row" key={`${row.at ?? 'new'}-${index}`}>
          <LabelChoice ctx={ctx} list="addresses" index={index} row={row} />
          {ADDRESS_PARTS.map((part) => (
            <div key={part} class={`field ${part}`}>
              <label for={`addresses-${index}-${part}`}>{ctx.words.t(`contact.address.${part}`)}</label>
              <input
                id={`addresses-${index}-${part}`}
                name={`addresses-${index}-${part}`}
                type="text"
                value={row[part]}
                autocomplete="off"
                autofocus={data.added === 'addresses' && index === rows.length - 1 && part === 'street'}
              />
            </div>
          ))}
        </div>
      ))}
      <AddRow ctx={ctx} list="addresses" />
    </fieldset>
  );
}

function NameFields({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { name, shownName, nickname } = data.values;
  const plain = { ctx, isNeeded: false };
  return (
    <Sheet id="form-name" title={t('contact.name')}>
      <div class="pair">
        <Field
          {...plain}
          name="given"
          label={t('contact.given')}
          value={name.given}
          hasFocus={data.contact === null && data.added === null && data.refused === null}
        />
        <Field {...plain} name="family" label={t('contact.family')} value={name.family} />
      </div>
      <details
        class="fold"
        open={[name.prefix, name.additional, name.suffix, nickname].some((part) => part !== '')}
      >
        <summary>
          {t('contact.name.more')}
          <Icon ctx={ctx} name="down" />
        </summary>
        <div class="form">
          <div class="pair">
            <Field {...plain} name="prefix" label={t('contact.prefix')} value={name.prefix} />
            <Field {...plain} name="additional" label={t('contact.additional')} value={name.additional} />
            <Field {...plain} name="suffix" label={t('contact.suffix')} value={name.suffix} />
            <Field {...plain} name="nickname" label={t('contact.nickname')} value={nickname} />
          </div>
          <Field
            {...plain}
            name="shown-name"
            label={t('contact.shown-name')}
            hint={t('contact.shown-name.hint')}
            value={shownName}
          />
        </div>
      </details>
      <div class="pair">
        <Field
          {...plain}
          name="organization"
          label={t('contact.organization')}
          value={data.values.organization}
        />
        <Field {...plain} name="department" label={t('contact.department')} value={data.values.department} />
        <Field {...plain} name="title" label={t('contact.job')} value={data.values.title} />
      </div>
    </Sheet>
  );
}

function Picture({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const isWrong = data.wrong === 'photo';
  return (
    <div class="field" data-bad={isWrong ? '' : undefined}>
      <label for="photo">
        {t(data.contact?.hasPhoto === true ? 'contact.photo.other' : 'contact.photo')}
      </label>
      <input
        id="photo"
        name="photo"
        type="file"
        accept="image/jpeg,image/png,image/gif,image/webp"
        aria-describedby={isWrong ? 'photo-wrong photo-hint' : 'photo-hint'}
      />
      {isWrong ? (
        <p class="wrong" id="photo-wrong">
          <Icon ctx={ctx} name="stop" />
          {data.refused}
        </p>
      ) : null}
      <p class="hint" id="photo-hint">
        {t('contact.photo.hint')}
      </p>
      {data.contact?.hasPhoto === true ? (
        <label class="check">
          <input type="checkbox" name="no-photo" value="yes" />
          {t('contact.photo.remove')}
        </label>
      ) : null}
    </div>
  );
}

function MoreFields({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const date = (name: 'birthday' | 'anniversary') => (
    <Field
      ctx={ctx}
      name={name}
      isNeeded={false}
      label={t(`contact.${name}`)}
      hint={t('contact.date.hint')}
      value={data.values[name].replace(/^--/, '')}
      wrong={data.wrong === name ? t('contact.date.wrong') : undefined}
      hasFocus={data.wrong === name}
    />
  );
  return (
    <Sheet id="form-more" title={t('contact.more')}>
      <div class="pair">
        {date('birthday')}
        {date('anniversary')}
      </div>
      <ValueList ctx={ctx} data={data} list="links" />
      <TextArea name="note" label={t('contact.note')} value={data.values.note} rows={5} />
      <Picture ctx={ctx} data={data} />
      {data.kept === 0 ? null : <p class="muted small">{n('contact.kept', data.kept)}</p>}
    </Sheet>
  );
}

/** The form of a new or a known contact. */
export function ContactFormPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  const { contact } = data;
  const title = contact === null ? t('contact.new') : t('contact.edit.title', { name: contact.title });
  return (
    <Shell ctx={ctx} title={title} nav="contacts">
      {data.refused === null || data.wrong !== null ? null : (
        <Notice ctx={ctx} kind="bad" fact={t('contact.not-saved')}>
          {data.refused}
        </Notice>
      )}
      <PostForm
        ctx={ctx}
        action={contact === null ? '/contacts/new' : `${contact.path}/edit`}
        class="form contact-form"
        hasFiles
        hidden={contact === null ? {} : { etag: contact.etag }}
      >
        {/* Enter sends the form by its first button, which is to save. */}
        <button type="submit" class="unseen" tabIndex={-1} aria-hidden="true">
          {t('save')}
        </button>
        <NameFields ctx={ctx} data={data} />
        <Sheet id="form-reach" title={t('contact.reach')}>
          <ValueList ctx={ctx} data={data} list="phones" />
          <ValueList ctx={ctx} data={data} list="emails" />
          <AddressList ctx={ctx} data={data} />
        </Sheet>
        <MoreFields ctx={ctx} data={data} />
        {contact !== null || data.books.length < 2 ? (
          <input type="hidden" name="book" value={data.book} />
        ) : (
          <Select
            name="book"
            label={t('contacts.book')}
            value={data.book}
            options={data.books.map((book) => ({ value: String(book.collection), label: book.displayName }))}
          />
        )}
        <div class="actions">
          <Button ctx={ctx} kind="primary">
            {t(contact === null ? 'contact.new.do' : 'contact.save')}
          </Button>
          <ButtonLink ctx={ctx} href={contact?.path ?? '/contacts'}>
            {t('cancel')}
          </ButtonLink>
        </div>
      </PostForm>
    </Shell>
  );
}

/** One field of a contact that was changed here and elsewhere. */
export interface ConflictField {
  readonly field: string;
  readonly yours: readonly string[];
  readonly theirs: readonly string[];
  /** The side that is offered first: the only one that changed it, else the person's own. */
  readonly use: 'yours' | 'theirs';
  /** Both sides changed it. */
  readonly isOpen: boolean;
}

/** What the choice between two states of a contact shows. */
export interface ConflictData {
  readonly path: string;
  readonly title: string;
  /** Of the state that is stored now. */
  readonly etag: string;
  readonly fields: readonly ConflictField[];
  /** Everything that was sent, to be sent again. */
  readonly sent: readonly (readonly [string, string])[];
  readonly hadPhoto: boolean;
}

interface SideProps {
  readonly ctx: PageContext;
  readonly field: ConflictField;
  readonly side: 'yours' | 'theirs';
}

function SideChoice({ ctx, field, side }: SideProps): JSX.Element {
  const texts = field[side];
  return (
    <label class="choice">
      <input type="radio" name={`use-${field.field}`} value={side} checked={side === field.use} />
      <span>
        {texts.length === 0 ? (
          <span class="muted">{ctx.words.t('contact.empty')}</span>
        ) : (
          texts.map((text) => <span key={text}>{dateText(ctx, text)}</span>)
        )}
      </span>
    </label>
  );
}

function Sides({
  ctx,
  fields,
}: {
  readonly ctx: PageContext;
  readonly fields: readonly ConflictField[];
}): JSX.Element {
  const { t } = ctx.words;
  return (
    <table class="table compare">
      <caption class="unseen">{t('contact.conflict')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('contact.field')}</th>
          <th scope="col">{t('contact.yours')}</th>
          <th scope="col">{t('contact.theirs')}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map((field) => (
          <tr key={field.field} class={field.isOpen ? 'differs' : undefined}>
            <th scope="row">{fieldText(ctx, field.field)}</th>
            <td data-l={t('contact.yours')}>
              <SideChoice ctx={ctx} field={field} side="yours" />
            </td>
            <td data-l={t('contact.theirs')}>
              <SideChoice ctx={ctx} field={field} side="theirs" />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Somebody else changed the contact meanwhile: both sides, field by field. */
export function ContactConflictPage(props: {
  readonly ctx: PageContext;
  readonly data: ConflictData;
}): JSX.Element {
  const { ctx, data } = props;
  const { t } = ctx.words;
  return (
    <Shell ctx={ctx} title={data.title} nav="contacts" lead={t('contact.conflict.lead')}>
      <Notice ctx={ctx} kind="warn" fact={t('contact.conflict')}>
        {t(data.hadPhoto ? 'contact.conflict.photo' : 'contact.conflict.next')}
      </Notice>
      <section class="sheet" aria-label={t('contact.conflict')}>
        <PostForm
          ctx={ctx}
          action={`${data.path}/edit`}
          class="form"
          hidden={{ etag: data.etag, conflict: 'yes' }}
        >
          {data.sent.map(([name, value], at) => (
            <input key={`${name}${at}`} type="hidden" name={name} value={value} />
          ))}
          <Sides ctx={ctx} fields={data.fields} />
          <div class="actions">
            <Button ctx={ctx} kind="primary">
              {t('contact.save')}
            </Button>
            <ButtonLink ctx={ctx} href={data.path}>
              {t('contact.conflict.leave')}
            </ButtonLink>
          </div>
        </PostForm>
      </section>
    </Shell>
  );
}
