import type { JSX } from 'preact';
import type { Strength } from '../../models/contacts/duplicates.ts';
import type { MatchReason } from '../../models/contacts/match.ts';
import type { Compared } from '../../models/vcard/edit-merge.ts';
import { Shell } from '../layout.tsx';
import { Button, ButtonLink, PostForm } from '../parts/form.tsx';
import { Empty, Tag } from '../parts/page.tsx';
import { Icon } from '../parts/parts.tsx';
import type { PageContext } from '../site.ts';
import {
  cardPath,
  dateText,
  Face,
  fieldText,
  placeText,
  reasonText,
  strengthText,
} from './contact-parts.tsx';

/** One of the two cards side by side. */
export interface Side {
  readonly collection: number;
  readonly name: string;
  readonly etag: string;
  readonly shownName: string;
  readonly hasPhoto: boolean;
  readonly book: string;
  readonly modifiedUtc: number;
}

/** Two cards that may become one. */
export interface PairData {
  readonly keep: Side;
  readonly other: Side;
  readonly fields: readonly Compared[];
  /** Null where somebody chose the two by hand. */
  readonly reason: { readonly reasons: readonly MatchReason[]; readonly strength: Strength } | null;
}

/** What the page of duplicates shows. */
export interface DuplicatesData {
  /** Null when there is none (left). */
  readonly pair: PairData | null;
  /** Place of the pair among all, from 0. */
  readonly at: number;
  readonly total: number;
  readonly certain: number;
}

interface Props {
  readonly ctx: PageContext;
  readonly data: DuplicatesData;
}

interface PairProps {
  readonly ctx: PageContext;
  readonly pair: PairData;
}

const STRENGTH_KIND = { certain: 'ok', likely: 'info', possible: 'warn' } as const;

function Head({
  ctx,
  side,
  label,
}: {
  readonly ctx: PageContext;
  readonly side: Side;
  readonly label: string;
}): JSX.Element {
  return (
    <div class="named">
      <Face ctx={ctx} contact={side} size={36} />
      <span>
        <a href={ctx.base + cardPath(side)}>{side.shownName || ctx.words.t('contact.unnamed')}</a>
        <span class="muted small">
          {label} · {side.book} · {ctx.words.ago(side.modifiedUtc, ctx.nowUtc)}
        </span>
      </span>
    </div>
  );
}

function Values({
  ctx,
  field,
  side,
  values,
}: {
  readonly ctx: PageContext;
  readonly field: string;
  readonly side: Side;
  readonly values: readonly string[];
}): JSX.Element {
  if (values.length === 0) return <span class="muted">{ctx.words.t('contact.empty')}</span>;
  if (field === 'photo')
    return side.hasPhoto ? (
      <Face ctx={ctx} contact={side} size={72} />
    ) : (
      <span class="muted">{ctx.words.t('contact.photo.elsewhere')}</span>
    );
  return (
    <span class="lines">
      {values.map((value) => (
        <span key={value}>{dateText(ctx, isoDate(field, value)).slice(0, 300)}</span>
      ))}
    </span>
  );
}

/** Dates stand in cards with and without hyphens. */
function isoDate(field: string, value: string): string {
  if (!/^(bday|anniversary|x-anniversary)$/.test(field)) return value;
  return value.replace(/^(\d{4}|-)-?(\d\d)-?(\d\d)$/, '$1-$2-$3');
}

function Row({ ctx, pair, row }: PairProps & { readonly row: Compared }): JSX.Element {
  const { t } = ctx.words;
  const name = `choice-${row.field}`;
  const cell = (side: 'keep' | 'other') => {
    const values = <Values ctx={ctx} field={row.field} side={pair[side]} values={row[side]} />;
    if (row.outcome !== 'choose') return values;
    return (
      <label class="choice">
        <input
          type="radio"
          name={name}
          value={side}
          checked={side === 'keep'}
          aria-label={t(`duplicates.use.${side}`, { field: fieldText(ctx, row.field) })}
        />
        {values}
      </label>
    );
  };
  return (
    <tr class={row.outcome === 'choose' ? 'differs' : undefined}>
      <th scope="row">
        {fieldText(ctx, row.field)}
        {row.outcome === 'choose' ? <span class="small warn-text">{t('duplicates.differs')}</span> : null}
        {row.outcome === 'both' && row.keep.length > 0 && row.other.length > 0 ? (
          <span class="small muted">{t('duplicates.both')}</span>
        ) : null}
      </th>
      <td data-l={t('duplicates.keep')}>{cell('keep')}</td>
      <td data-l={t('duplicates.other')}>{cell('other')}</td>
    </tr>
  );
}

const ORDER: Readonly<Record<Compared['outcome'], number>> = { choose: 0, both: 1, same: 2 };

function Pair({ ctx, pair }: PairProps): JSX.Element {
  const { t } = ctx.words;
  const rank = (row: Compared): number => ORDER[row.outcome] - (row.field === 'photo' ? 0.5 : 0);
  const rows = pair.fields.toSorted((a, b) => rank(a) - rank(b));
  return (
    <table class="table compare">
      <caption class="unseen">{t('duplicates.table')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('contact.field')}</th>
          <th scope="col">
            <Head ctx={ctx} side={pair.keep} label={t('duplicates.keep')} />
          </th>
          <th scope="col">
            <Head ctx={ctx} side={pair.other} label={t('duplicates.other')} />
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.field} ctx={ctx} pair={pair} row={row} />
        ))}
      </tbody>
    </table>
  );
}

interface ActionProps extends PairProps {
  /** Where the answer leads back to. */
  readonly at: number;
  readonly skip: string | null;
}

function Keyed(props: {
  readonly ctx: PageContext;
  readonly shortcut: string;
  readonly class: string;
  readonly icon: string;
  readonly formaction?: string;
  readonly text: string;
}): JSX.Element {
  return (
    <button type="submit" class={props.class} data-key={props.shortcut} formaction={props.formaction}>
      <Icon ctx={props.ctx} name={props.icon} />
      {props.text}
    </button>
  );
}

function PairForm({ ctx, pair, at, skip }: ActionProps): JSX.Element {
  const { t } = ctx.words;
  const hidden = {
    keep: placeText(pair.keep),
    other: placeText(pair.other),
    'seen-keep': pair.keep.etag,
    'seen-other': pair.other.etag,
    at: pair.reason === null ? '' : String(at),
  };
  return (
    <section class="sheet" aria-label={t('duplicates.table')}>
      {pair.reason === null ? null : (
        <p class="reason">
          <Tag kind={STRENGTH_KIND[pair.reason.strength]}>{strengthText(ctx, pair.reason.strength)}</Tag>
          {reasonText(ctx, pair.reason.reasons)}
        </p>
      )}
      <PostForm ctx={ctx} action="/contacts/duplicates/merge" hidden={hidden} class="form">
        <Pair ctx={ctx} pair={pair} />
        <p class="muted small">{t('duplicates.kept')}</p>
        <div class="actions">
          <Keyed ctx={ctx} shortcut="y" class="button primary" icon="merge" text={t('duplicates.merge')} />
          {pair.reason === null ? null : (
            <Keyed
              ctx={ctx}
              shortcut="n"
              class="button"
              icon="close"
              formaction={`${ctx.base}/contacts/duplicates/distinct`}
              text={t('duplicates.distinct')}
            />
          )}
          {skip === null ? null : (
            <ButtonLink ctx={ctx} href={skip} shortcut="s">
              {t('duplicates.skip')}
            </ButtonLink>
          )}
        </div>
      </PostForm>
    </section>
  );
}

/** Cards that may be of one person, one pair after the other. */
export function DuplicatesPage({ ctx, data }: Props): JSX.Element {
  const { t, n } = ctx.words;
  const { pair, at, total, certain } = data;
  const skip = total < 2 ? null : `/contacts/duplicates?at=${at + 1 < total ? at + 1 : 0}`;
  return (
    <Shell
      ctx={ctx}
      title={total === 0 ? t('duplicates.none.title') : n('duplicates.title', total)}
      nav="contacts"
      lead={
        pair === null
          ? undefined
          : t('duplicates.place', { number: ctx.words.number(at + 1), total: ctx.words.number(total) })
      }
      actions={
        certain < 2 ? undefined : (
          <PostForm ctx={ctx} action="/contacts/duplicates/merge-certain">
            <Button ctx={ctx} icon="merge">
              {n('duplicates.merge-certain', certain)}
            </Button>
          </PostForm>
        )
      }
    >
      {pair === null ? (
        <Empty text={t('duplicates.none')}>
          <ButtonLink ctx={ctx} href="/contacts">
            {t('contacts.back')}
          </ButtonLink>
        </Empty>
      ) : (
        <PairForm ctx={ctx} pair={pair} at={at} skip={skip} />
      )}
    </Shell>
  );
}

/** Two cards that somebody chose to merge. */
export function MergePage({ ctx, pair }: PairProps): JSX.Element {
  return (
    <Shell ctx={ctx} title={ctx.words.t('duplicates.merge.title')} nav="contacts">
      <PairForm ctx={ctx} pair={pair} at={0} skip={null} />
    </Shell>
  );
}
