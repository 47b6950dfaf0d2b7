import type { Contact } from '../../models/contacts/service.ts';
import type { CardValues, LabelledAddress, LabelledValue } from '../../models/vcard/edit-values.ts';
import type { ConflictField, ListField } from '../pages/contact-form.tsx';

/** The fields of the form of a contact, read into values and compared. */

const MAX_ROWS = 200;

function rowsIn(form: URLSearchParams, list: ListField): readonly number[] {
  const numbers = new Set<number>();
  for (const name of form.keys()) {
    const found = /^(\w+)-(\d{1,3})-at$/.exec(name);
    if (found?.[1] === list) numbers.add(Number(found[2]));
  }
  return [...numbers].sort((a, b) => a - b).slice(0, MAX_ROWS);
}

function rowOf(form: URLSearchParams, list: ListField, index: number) {
  const text = (part: string): string => form.get(`${list}-${index}-${part}`) ?? '';
  const at = text('at');
  return { text, at: /^\d{1,6}$/.test(at) ? Number(at) : null, label: text('label').slice(0, 100) };
}

function valuesIn(form: URLSearchParams, list: ListField): readonly LabelledValue[] {
  return rowsIn(form, list).map((index) => {
    const { text, at, label } = rowOf(form, list, index);
    return { at, label, value: text('value').trim() };
  });
}

function addressesIn(form: URLSearchParams): readonly LabelledAddress[] {
  return rowsIn(form, 'addresses').map((index) => {
    const { text, at, label } = rowOf(form, 'addresses', index);
    const [street, city, region] = [text('street'), text('city'), text('region')];
    return { at, label, street, city, region, postcode: text('postcode'), country: text('country') };
  });
}

/** A date typed without its year has two hyphens in front in a card. */
function dateIn(text: string): string {
  return /^\d{1,2}-\d{1,2}$/.test(text.trim()) ? `--${text.trim()}` : text.trim();
}

/** Reads what was typed. Rows that are new and empty are left out. */
export function valuesOfForm(form: URLSearchParams): CardValues {
  const text = (name: string): string => (form.get(name) ?? '').trim();
  const filled = (rows: readonly LabelledValue[]) =>
    rows.filter((row) => row.at !== null || row.value !== '');
  const isSaid = (row: LabelledAddress) =>
    [row.street, row.city, row.region, row.postcode, row.country].some((part) => part.trim() !== '');
  return {
    name: {
      prefix: text('prefix'),
      given: text('given'),
      additional: text('additional'),
      family: text('family'),
      suffix: text('suffix'),
    },
    shownName: text('shown-name'),
    nickname: text('nickname'),
    organization: text('organization'),
    department: text('department'),
    title: text('title'),
    phones: filled(valuesIn(form, 'phones')),
    emails: filled(valuesIn(form, 'emails')),
    links: filled(valuesIn(form, 'links')),
    addresses: addressesIn(form).filter((row) => row.at !== null || isSaid(row)),
    birthday: dateIn(text('birthday')),
    anniversary: dateIn(text('anniversary')),
    note: form.get('note') ?? '',
  };
}

/** Everything of a form that is to be sent once more. */
export function sentFields(form: URLSearchParams): readonly (readonly [string, string])[] {
  const own = /^(form-token|etag|conflict|add|photo|use-.*)$/;
  return [...form].filter(([name]) => !own.test(name));
}

const FIELDS = [
  ...(['name', 'shownName', 'nickname', 'organization', 'department', 'title', 'phones', 'emails'] as const),
  ...(['addresses', 'links', 'birthday', 'anniversary', 'note'] as const),
];

function shown(values: CardValues, field: (typeof FIELDS)[number]): readonly string[] {
  if (field === 'name') {
    const { prefix, given, additional, family, suffix } = values.name;
    return [[prefix, given, additional, family, suffix].filter((part) => part !== '').join(' ')].filter(
      Boolean,
    );
  }
  if (field === 'addresses')
    return values.addresses.map(({ street, postcode, city, region, country }) =>
      [street, `${postcode} ${city}`.trim(), region, country].filter((part) => part !== '').join(', '),
    );
  if (field === 'phones' || field === 'emails' || field === 'links')
    return values[field].map((row) => row.value).filter((value) => value !== '');
  return values[field] === '' ? [] : [values[field]];
}

const normal = (texts: readonly string[]): string =>
  texts.map((text) => text.replace(/\s+/g, ' ').trim()).join('\n');

/** The fields that both sides changed, or where nobody knows any more what both began with, those that differ. */
export function conflictFields(
  yours: CardValues,
  theirs: CardValues,
  before: CardValues | null,
): readonly ConflictField[] {
  return FIELDS.flatMap((field) => {
    const [mine, other] = [shown(yours, field), shown(theirs, field)];
    if (normal(mine) === normal(other)) return [];
    const was = before === null ? null : normal(shown(before, field));
    const isMine = was !== null && normal(other) === was;
    const isTheirs = was !== null && normal(mine) === was;
    return [
      {
        field,
        yours: mine,
        theirs: other,
        use: isTheirs ? ('theirs' as const) : ('yours' as const),
        isOpen: !isMine && !isTheirs,
      },
    ];
  });
}

/** Rows of a form that was made for another state of the card, put on the lines of this one: by their values. */
function anchored<T extends { readonly at: number | null }>(
  rows: readonly T[],
  now: readonly T[],
  text: (row: T) => string,
): readonly T[] {
  const free = [...now];
  return rows.map((row) => {
    const found = free.findIndex((each) => text(each) === text(row));
    if (found < 0) return { ...row, at: null };
    const [line] = free.splice(found, 1);
    return { ...row, at: line?.at ?? null };
  });
}

/** What is to be stored after somebody chose between both sides, field by field. */
export function chosenValues(form: URLSearchParams, contact: Pick<Contact, 'values'>): CardValues {
  const now = contact.values;
  const typed = valuesOfForm(form);
  const value = (row: LabelledValue): string => row.value;
  const whole = ({ street, city, region, postcode, country }: LabelledAddress): string =>
    [street, city, region, postcode, country].map((part) => part.trim()).join('\n');
  const yours: CardValues = {
    ...typed,
    phones: anchored(typed.phones, now.phones, value),
    emails: anchored(typed.emails, now.emails, value),
    links: anchored(typed.links, now.links, value),
    addresses: anchored(typed.addresses, now.addresses, whole),
  };
  const theirs = FIELDS.filter((field) => form.get(`use-${field}`) !== 'yours');
  return { ...yours, ...Object.fromEntries(theirs.map((field) => [field, now[field]])) };
}
