import type { ComponentChildren, JSX } from 'preact';
import type { CardValues, OtherField } from '../../models/vcard/edit-values.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Time } from '../parts/page.tsx';
import { Icon } from '../parts/parts.tsx';
import { Qr } from '../parts/qr.tsx';
import type { PageContext } from '../site.ts';
import { cardPath, dateText, Face, fieldText, labelText, placeText } from './contact-parts.tsx';

/** What the card of a contact shows. */
export interface CardData {
  readonly collection: number;
  readonly name: string;
  readonly etag: string;
  readonly book: string;
  readonly values: CardValues;
  readonly others: readonly OtherField[];
  readonly hasPhoto: boolean;
  readonly isGroup: boolean;
  readonly modifiedUtc: number;
  /** The device that changed it last; null when nobody noted it. */
  readonly changedBy: string | null;
  /** The vCard as it is stored, without its picture. */
  readonly raw: string;
  /** The card as a code holds it, short; null when there is nothing to say. */
  readonly qr: string | null;
  /** Other books it can be moved to. */
  readonly targets: readonly { readonly collection: number; readonly displayName: string }[];
}

interface Props {
  readonly ctx: PageContext;
  readonly data: CardData;
}

interface LineProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

function Line({ label, children }: LineProps): JSX.Element {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** Only what is plainly an address becomes a link; everything else stays text. */
function Linked({
  kind,
  value,
}: {
  readonly kind: 'tel' | 'email' | 'url';
  readonly value: string;
}): JSX.Element {
  if (kind === 'tel' && /^\+?[\d\s()/.-]{3,40}$/.test(value))
    return <a href={`tel:${value.replace(/[^\d+]/g, '')}`}>{value}</a>;
  if (kind === 'email' && /^[\w.+-]+@[\w.-]+$/.test(value)) return <a href={`mailto:${value}`}>{value}</a>;
  if (kind === 'url' && /^https?:\/\/[^\s"'<>\\]+$/i.test(value))
    return (
      <a href={value} rel="noopener noreferrer nofollow">
        {value}
      </a>
    );
  return <>{value}</>;
}

function Lines({ ctx, data }: Props): JSX.Element {
  const { values } = data;
  const { t } = ctx.words;
  const said = (label: string, field: string) => labelText(ctx, label) || fieldText(ctx, field);
  return (
    <dl class="card-lines">
      {values.phones.map((row) => (
        <Line key={row.at} label={said(row.label, 'phones')}>
          <Linked kind="tel" value={row.value} />
        </Line>
      ))}
      {values.emails.map((row) => (
        <Line key={row.at} label={said(row.label, 'emails')}>
          <Linked kind="email" value={row.value} />
        </Line>
      ))}
      {values.addresses.map((row) => (
        <Line key={row.at} label={said(row.label, 'addresses')}>
          <address>
            {[row.street, `${row.postcode} ${row.city}`.trim(), row.region, row.country]
              .filter((part) => part !== '')
              .map((part) => (
                <span key={part}>{part}</span>
              ))}
          </address>
        </Line>
      ))}
      {values.birthday === '' ? null : (
        <Line label={t('contact.birthday')}>{dateText(ctx, values.birthday)}</Line>
      )}
      {values.anniversary === '' ? null : (
        <Line label={t('contact.anniversary')}>{dateText(ctx, values.anniversary)}</Line>
      )}
      {values.links.map((row) => (
        <Line key={row.at} label={said(row.label, 'links')}>
          <Linked kind="url" value={row.value} />
        </Line>
      ))}
      {values.nickname === '' ? null : <Line label={t('contact.nickname')}>{values.nickname}</Line>}
      {data.others.map((field) => (
        <Line
          key={`${field.name}${field.value}`}
          label={labelText(ctx, field.label) || fieldText(ctx, field.name.toLowerCase())}
        >
          {field.value}
        </Line>
      ))}
      {values.note === '' ? null : (
        <Line label={t('contact.note')}>
          <span class="prose">{values.note}</span>
        </Line>
      )}
    </dl>
  );
}

function Fold(props: {
  readonly ctx: PageContext;
  readonly icon: string;
  readonly title: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <details class="fold">
      <summary>
        <Icon ctx={props.ctx} name={props.icon} />
        {props.title}
        <Icon ctx={props.ctx} name="down" />
      </summary>
      {props.children}
    </details>
  );
}

function MoveFold({ ctx, data }: Props): JSX.Element | null {
  const { t } = ctx.words;
  if (data.targets.length === 0) return null;
  return (
    <Fold ctx={ctx} icon="move" title={t('contact.move')}>
      <PostForm ctx={ctx} action={`${cardPath(data)}/move`} class="actions">
        <label class="unseen" for="move-target">
          {t('contact.move.to')}
        </label>
        <select id="move-target" name="target">
          {data.targets.map((book) => (
            <option key={book.collection} value={book.collection}>
              {book.displayName}
            </option>
          ))}
        </select>
        <Button ctx={ctx}>{t('contact.move')}</Button>
      </PostForm>
    </Fold>
  );
}

function Folds({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <div>
      <MoveFold ctx={ctx} data={data} />
      {data.qr === null ? null : (
        <Fold ctx={ctx} icon="qr" title={t('contact.qr')}>
          <p class="muted small">{t('contact.qr.hint')}</p>
          <Qr text={data.qr} label={t('contact.qr.alt')} />
        </Fold>
      )}
      <Fold ctx={ctx} icon="script" title={t('contact.raw')}>
        <pre class="copyable raw">{data.raw}</pre>
      </Fold>
    </div>
  );
}

function Heading({ data, ctx, level }: Props & { readonly level: 1 | 2 }): JSX.Element {
  const name = data.values.shownName || data.values.organization || ctx.words.t('contact.unnamed');
  const { title, organization, department } = data.values;
  const face = { ...data, shownName: name };
  return (
    <div class="card-head">
      <Face ctx={ctx} contact={face} size={72} />
      <div>
        {level === 1 ? null : <h2 id="card-name">{name}</h2>}
        <p class="muted">
          {[title, department, organization === name ? '' : organization]
            .filter((part) => part !== '')
            .join(' · ')}
        </p>
        <p class="muted small">
          {data.book} · <Time ctx={ctx} utc={data.modifiedUtc} />
          {data.changedBy === null
            ? null
            : ` · ${ctx.words.t('contact.changed-by', { device: data.changedBy })}`}
        </p>
      </div>
    </div>
  );
}

/** A card with all its fields and what can be done with it. */
export function CardSheet({ ctx, data, level }: Props & { readonly level: 1 | 2 }): JSX.Element {
  const { t } = ctx.words;
  const path = cardPath(data);
  return (
    <section class="sheet card" aria-label={data.values.shownName || t('contact.unnamed')}>
      <Heading ctx={ctx} data={data} level={level} />
      <div class="actions">
        <ButtonLink ctx={ctx} href={`${path}/edit`} icon="edit" shortcut="e">
          {t('contact.edit')}
        </ButtonLink>
        <ButtonLink ctx={ctx} href={`/history${path.slice('/contacts'.length)}`} icon="history" kind="quiet">
          {t('contact.history')}
        </ButtonLink>
        <ButtonLink ctx={ctx} href={`${path}/download`} icon="download" kind="quiet">
          {t('contact.download')}
        </ButtonLink>
      </div>
      {data.isGroup ? <p class="muted">{t('contact.group')}</p> : null}
      <Lines ctx={ctx} data={data} />
      <Folds ctx={ctx} data={data} />
      <details class="confirm">
        <summary class="button danger">{t('contact.delete')}</summary>
        <p>{t('contact.delete.sure', { name: data.values.shownName || t('contact.unnamed') })}</p>
        <PostForm ctx={ctx} action={`${path}/delete`} hidden={{ card: placeText(data) }}>
          <Button ctx={ctx} kind="danger" icon="trash">
            {t('contact.delete.do', { name: data.values.shownName || t('contact.unnamed') })}
          </Button>
        </PostForm>
      </details>
    </section>
  );
}

/** A contact on a page of its own. */
export function ContactPage({ ctx, data }: Props): JSX.Element {
  const { t } = ctx.words;
  return (
    <Shell
      ctx={ctx}
      title={data.values.shownName || data.values.organization || t('contact.unnamed')}
      nav="contacts"
      actions={
        <ButtonLink ctx={ctx} href="/contacts" icon="chevron-left" kind="quiet">
          {t('contacts.back')}
        </ButtonLink>
      }
    >
      <CardSheet ctx={ctx} data={data} level={1} />
    </Shell>
  );
}
