/**
 * Dates and times spelt as vCard does (RFC 6350 §4.3) and as jCard does (RFC 7095 §3.5.3 to §3.5.8): with hyphens and colons,
 * whole, reduced (`1985-04`, `10:22`) or truncated (`--04-12`, `-22:00`). Readers answer null for anything else.
 */

const FULL_DATE = /^(\d{4})-?(\d\d)-?(\d\d)$/;
const REDUCED_DATE = /^(?:\d{4}-\d\d|\d{4}|--\d\d|---\d\d)$/;
const NO_YEAR = /^--(\d\d)-?(\d\d)$/;
const TIME = /^(\d\d|-)(?::?(\d\d|-))?(?::?(\d\d))?(Z|[+-]\d\d(?::?\d\d)?)?$/;

/** Whether the spelling is that of jCard, with its separators, or that of vCard. */
export interface Spelling {
  readonly isExtended: boolean;
}

/** A date: whole, reduced or truncated. */
export function spellDate(text: string, { isExtended }: Spelling): string | null {
  const hyphen = isExtended ? '-' : '';
  const full = FULL_DATE.exec(text);
  if (full !== null) return full.slice(1).join(hyphen);
  const noYear = NO_YEAR.exec(text);
  if (noYear !== null) return `--${noYear[1]}${hyphen}${noYear[2]}`;
  return REDUCED_DATE.test(text) ? text : null;
}

/** A time of day, with or without an offset; `-` stands for an hour or a minute that is not told. */
export function spellTime(text: string, { isExtended }: Spelling): string | null {
  const [whole, hour = '', minute, second, zone = ''] = TIME.exec(text) ?? [];
  if (whole === undefined || !isTold(hour, minute, second)) return null;
  const colon = isExtended ? ':' : '';
  const offset = zone.length < 5 ? zone : `${zone.slice(0, 3)}${colon}${zone.slice(-2)}`;
  const told = [minute, second].filter((part) => part !== undefined);
  // `-MM`, `-MMSS` and `--SS`: nothing stands between the hyphens and the first number.
  const clock =
    hour !== '-' ? [hour, ...told].join(colon) : minute === '-' ? `--${second}` : `-${told.join(colon)}`;
  return clock + offset;
}

/** Truncation is from the left, reduction from the right; a part in the middle is never missing. */
function isTold(hour: string, minute: string | undefined, second: string | undefined): boolean {
  if (minute === '-') return hour === '-' && second !== undefined;
  return hour !== '-' || minute !== undefined;
}

/** A date and a time with a `T` between; the date may be truncated, but not reduced. */
export function spellDateTime(text: string, spelling: Spelling): string | null {
  const at = text.indexOf('T');
  if (at <= 0) return null;
  const day = text.slice(0, at);
  const isWhole = FULL_DATE.test(day) || NO_YEAR.test(day) || /^---\d\d$/.test(day);
  const date = isWhole ? spellDate(day, spelling) : null;
  const time = spellTime(text.slice(at + 1), spelling);
  return date === null || time === null || time.startsWith('-') ? null : `${date}T${time}`;
}

/** A date, a date with a time, or a time behind a `T`. */
export function spellDateAndOrTime(text: string, spelling: Spelling): string | null {
  if (!text.startsWith('T')) return spellDate(text, spelling) ?? spellDateTime(text, spelling);
  const time = spellTime(text.slice(1), spelling);
  return time === null ? null : `T${time}`;
}

/** A whole date with a whole time. */
export function spellTimestamp(text: string, spelling: Spelling): string | null {
  const isWhole = /^\d{4}-?\d\d-?\d\dT\d\d:?\d\d:?\d\d(?:Z|[+-]\d\d(?::?\d\d)?)?$/.test(text);
  return isWhole ? spellDateTime(text, spelling) : null;
}
