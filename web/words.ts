import { EN, type WordKey } from './locales/en.ts';

type Values = Readonly<Record<string, string | number>>;
/** The first part of keys that have plural forms. */
type PluralKey = WordKey extends infer K ? (K extends `${infer Stem}#other` ? Stem : never) : never;

/** The texts of one language with the ways of writing its numbers, times and lists. */
export interface Words {
  /** For the `lang` attribute and `Intl`. */
  readonly language: string;
  t(key: WordKey, values?: Values): string;
  /** The plural form for a count, which is also its `{count}`. */
  n(key: PluralKey, count: number): string;
  number(value: number): string;
  /** "a, b and c". */
  list(parts: readonly string[]): string;
  /** "5 minutes ago". */
  ago(thenUtc: number, nowUtc: number): string;
  /** The exact time in UTC, for titles. */
  exact(utc: number): string;
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

/** English; other languages are tables of the same keys beside `locales/en.ts`. */
export function openWords(): Words {
  const language = 'en';
  const plural = new Intl.PluralRules(language);
  const numbers = new Intl.NumberFormat(language);
  const lists = new Intl.ListFormat(language, { type: 'conjunction' });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const exact = new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: 'UTC',
  });
  const t = (key: WordKey, values: Values = {}) => fill(EN[key], values);
  return {
    language,
    t,
    n: (key, count) =>
      t(plural.select(count) === 'one' ? `${key}#one` : `${key}#other`, { count: numbers.format(count) }),
    number: (value) => numbers.format(value),
    list: (parts) => lists.format(parts),
    ago(thenUtc, nowUtc) {
      const seconds = nowUtc - thenUtc;
      const found = UNITS.find((row) => Math.abs(seconds) >= row.seconds);
      if (found === undefined) return t('time.now');
      return relative.format(-Math.round(seconds / found.seconds), found.unit);
    },
    exact: (utc) => `${exact.format(new Date(utc * 1000))} UTC`,
  };
}
