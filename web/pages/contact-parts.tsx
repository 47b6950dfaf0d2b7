import type { JSX } from 'preact';
import type { Strength } from '../../models/contacts/duplicates.ts';
import type { MatchReason } from '../../models/contacts/match.ts';
import type { PageContext, WordKey } from '../site.ts';

/** Parts that the pages of contacts share. */

/** The address of a card's page below the base path. */
export function cardPath(place: { readonly collection: number; readonly name: string }): string {
  return `/contacts/${place.collection}/${encodeURIComponent(place.name)}`;
}

/** How forms and addresses name a card: `12/name`. */
export function placeText(place: { readonly collection: number; readonly name: string }): string {
  return `${place.collection}/${place.name}`;
}

/** Up to two letters that stand for a name. */
function initials(name: string): string {
  const words = name.split(/[\s,]+/).filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const picked = words.length > 1 ? [words[0], words.at(-1)] : words;
  return picked
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
    .toLocaleUpperCase();
}

/** The picture of a contact, or its initials. The name stands beside it, so both are silent. */
export function Face(props: {
  readonly ctx: PageContext;
  readonly contact: {
    readonly collection: number;
    readonly name: string;
    readonly etag: string;
    readonly hasPhoto: boolean;
    readonly shownName: string;
  };
  readonly size: 36 | 72;
}): JSX.Element {
  const { ctx, contact, size } = props;
  const letters = initials(contact.shownName);
  if (!contact.hasPhoto)
    return (
      <span class={`initials face${size}`} aria-hidden="true">
        {letters}
      </span>
    );
  const source = { src: `${ctx.base}${cardPath(contact)}/photo?v=${contact.etag}`, 'data-initials': letters };
  return <img class={`face face${size}`} {...source} alt="" width={size} height={size} loading="lazy" />;
}

const LABEL_WORDS: Readonly<Record<string, WordKey>> = {
  home: 'contact.label.home',
  work: 'contact.label.work',
  mobile: 'contact.label.mobile',
  main: 'contact.label.main',
  fax: 'contact.label.fax',
  'home-fax': 'contact.label.home-fax',
  'work-fax': 'contact.label.work-fax',
  pager: 'contact.label.pager',
  homepage: 'contact.label.homepage',
  other: 'contact.label.other',
};

/** A label in the viewer's language; people's own labels as they wrote them. */
export function labelText(ctx: PageContext, label: string): string {
  if (label.startsWith('x:')) return label.slice(2);
  const key = LABEL_WORDS[label];
  return key === undefined ? '' : ctx.words.t(key);
}

/** `1980-02-29` or `--02-29` as a date in words; anything else as it is. */
export function dateText(ctx: PageContext, date: string): string {
  const found = /^(?:(\d{4})|-)-(\d\d)-(\d\d)$/.exec(date);
  if (found === null) return date;
  const [, year, month, day] = found;
  const utc = Date.UTC(year === undefined ? 2000 : Number(year), Number(month) - 1, Number(day)) / 1000;
  const options = { day: 'numeric', month: 'long' } as const;
  return ctx.words.when(utc, 'UTC', year === undefined ? options : { ...options, year: 'numeric' });
}

const FIELD_WORDS: Readonly<Record<string, WordKey>> = {
  name: 'contact.name',
  shownName: 'contact.shown-name',
  nickname: 'contact.nickname',
  organization: 'contact.organization',
  org: 'contact.organization',
  department: 'contact.department',
  title: 'contact.job',
  role: 'contact.role',
  phones: 'contact.phones',
  tel: 'contact.phones',
  emails: 'contact.emails',
  email: 'contact.emails',
  links: 'contact.links',
  url: 'contact.links',
  addresses: 'contact.addresses',
  adr: 'contact.addresses',
  birthday: 'contact.birthday',
  bday: 'contact.birthday',
  anniversary: 'contact.anniversary',
  'x-anniversary': 'contact.anniversary',
  note: 'contact.note',
  photo: 'contact.photo',
  categories: 'contact.categories',
  impp: 'contact.chat',
  'x-socialprofile': 'contact.social',
  socialprofile: 'contact.social',
};

/** The name of a field; properties without words of ours keep their own. */
export function fieldText(ctx: PageContext, field: string): string {
  const key = FIELD_WORDS[field];
  return key === undefined ? field.replace(/^x-/i, '').toUpperCase() : ctx.words.t(key);
}

const REASONS: Readonly<Record<MatchReason, WordKey>> = {
  email: 'duplicates.reason.email',
  phone: 'duplicates.reason.phone',
  birthday: 'duplicates.reason.birthday',
};

/** Why two cards may be of one person, in words. */
export function reasonText(ctx: PageContext, reasons: readonly MatchReason[]): string {
  return ctx.words.list(reasons.map((reason) => ctx.words.t(REASONS[reason])));
}

/** How sure that is, in words. */
export function strengthText(ctx: PageContext, strength: Strength): string {
  return ctx.words.t(`duplicates.strength.${strength}`);
}
