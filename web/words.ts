import { DE } from './locales/de.ts';
import { EN, type WordKey } from './locales/en.ts';
import { pseudoWords } from './locales/pseudo.ts';

type Values = Readonly<Record<string, string | number>>;
/** The first part of keys that have plural forms. */
export type PluralKey = WordKey extends infer K ? (K extends `${infer Stem}#other` ? Stem : never) : never;
/** `qps` is English with accents and more length, for tests. */
export type Language = 'en' | 'de' | 'qps';

/** The texts of one language with the ways of writing its numbers, times and lists. */
export interface Words {
  /** For the `lang` attribute and `Intl`. */
  readonly language: Language;
  t(key: WordKey, values?: Values): string;
  /** The plural form for a count, which is also its `{count}`. */
  n(key: PluralKey, count: number, values?: Values): string;
  number(value: number): string;
  /** "214 MB": powers of ten. */
  size(bytes: number): string;
  /** "a, b and c". */
  list(parts: readonly string[]): string;
  /** "5 minutes ago". */
  ago(thenUtc: number, nowUtc: number): string;
  /** The exact time with its zone named, for titles; UTC unless a zone is given. */
  exact(utc: number, timeZone?: string): string;
  /** A time in a zone, in the form asked for. */
  when(utc: number, timeZone: string, options: Intl.DateTimeFormatOptions): string;
}

function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

const UNITS = [
  { unit: 'year', seconds: 31_557_600 },
  { unit: 'month', seconds: 2_629_800 },
  { unit: 'week', seconds: 604_800 },
  { unit: 'day', seconds: 86_400 },
  { unit: 'hour', seconds: 3600 },
  { unit: 'minute', seconds: 60 },
] as const;

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

function sizes(language: string): (bytes: number) => string {
  return (bytes) => {
    const step = bytes < 1000 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3));
    const value = bytes / 1000 ** step;
    const unit = SIZES[step] ?? 'byte';
    const maximumFractionDigits = value < 10 && step > 1 ? 1 : 0;
    return new Intl.NumberFormat(language, { style: 'unit', unit, maximumFractionDigits }).format(value);
  };
}

function times(language: string): Pick<Words, 'exact' | 'when'> {
  const made = new Map<string, Intl.DateTimeFormat>();
  const when: Words['when'] = (utc, timeZone, options) => {
    const key = `${timeZone}${JSON.stringify(options)}`;
    const format = made.get(key) ?? new Intl.DateTimeFormat(language, { ...options, timeZone });
    if (made.size < 1000) made.set(key, format);
    return format.format(new Date(utc * 1000));
  };
  const exact: Words['exact'] = (utc, timeZone = 'UTC') =>
    `${when(utc, timeZone, { dateStyle: 'medium', timeStyle: 'medium' })} ${timeZone}`;
  return { when, exact };
}

function tableOf(language: Language): Readonly<Record<WordKey, string>> {
  if (language === 'qps') return pseudoWords();
  return language === 'de' ? DE : EN;
}

/** The texts of a language. */
export function openWords(language: Language = 'en'): Words {
  const table = tableOf(language);
  const locale = language === 'qps' ? 'en' : language;
  const plural = new Intl.PluralRules(locale);
  const numbers = new Intl.NumberFormat(locale);
  const lists = new Intl.ListFormat(locale, { type: 'conjunction' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const t: Words['t'] = (key, values = {}) => fill(table[key], values);
  return {
    language,
    t,
    n: (key, count, values = {}) =>
      t(plural.select(count) === 'one' ? `${key}#one` : `${key}#other`, {
        count: numbers.format(count),
        ...values,
      }),
    number: (value) => numbers.format(value),
    size: sizes(locale),
    list: (parts) => lists.format(parts),
    ago(thenUtc, nowUtc) {
      const seconds = nowUtc - thenUtc;
      const found = UNITS.find((row) => Math.abs(seconds) >= row.seconds);
      if (found === undefined) return t('time.now');
      return relative.format(-Math.round(seconds / found.seconds), found.unit);
    },
    ...times(locale),
  };
}

/** All languages, opened once. */
export type Languages = Readonly<Record<Language, Words>>;

/** Opens every language there is. */
export function openLanguages(): Languages {
  return { en: openWords('en'), de: openWords('de'), qps: openWords('qps') };
}

/** The language a browser asks for first among ours (RFC 9110 §12.5.4, by order alone). */
export function languageOf(acceptLanguage: string | undefined, otherwise: 'en' | 'de' = 'en'): Language {
  for (const part of (acceptLanguage ?? '').split(',')) {
    const tag = (part.split(';')[0] ?? '').trim().toLowerCase();
    if (tag === 'qps' || tag.startsWith('qps-')) return 'qps';
    if (tag === 'de' || tag.startsWith('de-')) return 'de';
    if (tag === 'en' || tag.startsWith('en-')) return 'en';
  }
  return otherwise;
}
