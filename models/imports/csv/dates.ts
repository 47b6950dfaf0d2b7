/** Which of the first two numbers of a date with slashes is the month. */
export type DateOrder = 'month-first' | 'day-first';

const two = (value: string): string => value.padStart(2, '0');

function year(value: string): string {
  if (value.length !== 2) return value.padStart(4, '0');
  return Number(value) < 40 ? `20${value}` : `19${value}`;
}

const isDay = (y: string, m: string, d: string): boolean =>
  Number(y) >= 1 && Number(m) >= 1 && Number(m) <= 12 && Number(d) >= 1 && Number(d) <= 31;

/** A date of a table as `YYYY-MM-DD`, or `--MM-DD` where no year is told; null when it is none. */
export function dateOf(value: string, order: DateOrder): string | null {
  const written = value.trim();
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?$/.exec(written);
  if (iso !== null) return dated(iso[1] ?? '', iso[2] ?? '', iso[3] ?? '');
  const yearless = /^--(\d{2})-?(\d{2})$/.exec(written);
  if (yearless !== null)
    return isDay('1', yearless[1] ?? '', yearless[2] ?? '') ? `--${yearless[1]}-${yearless[2]}` : null;
  const dotted = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{2,4})(?: .*)?$/.exec(written);
  if (dotted !== null) return dated(dotted[3] ?? '', dotted[2] ?? '', dotted[1] ?? '');
  const slashed = /^(\d{1,2})[/-](\d{1,2})[/-](\d{2,4})(?: .*)?$/.exec(written);
  if (slashed === null) return null;
  const [, a = '', b = '', y = ''] = slashed;
  return order === 'month-first' ? dated(y, a, b) : dated(y, b, a);
}

function dated(y: string, m: string, d: string): string | null {
  const full = year(y);
  // Outlook writes 0/0/00 for no date.
  return isDay(full, m, d) && Number(y) + Number(m) > 0 ? `${full}-${two(m)}-${two(d)}` : null;
}

/** A time of a table as `HHMMSS`; null when it is none. */
export function timeOf(value: string): string | null {
  const match = /^(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?(?: uhr)?$/i.exec(
    value.trim(),
  );
  if (match === null) return null;
  const [, h = '', m = '', s = '00', half = ''] = match;
  let hour = Number(h);
  if (/^p/i.test(half) && hour < 12) hour += 12;
  if (/^a/i.test(half) && hour === 12) hour = 0;
  return hour > 23 || Number(m) > 59 || Number(s) > 59 ? null : `${two(String(hour))}${m}${s}`;
}

/** The order of dates with slashes in these cells: a number over 12 gives it away. */
export function orderOf(cells: Iterable<string>): DateOrder {
  for (const cell of cells) {
    const match = /^(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}/.exec(cell.trim());
    if (match === null) continue;
    if (Number(match[1]) > 12) return 'day-first';
    if (Number(match[2]) > 12) return 'month-first';
  }
  return 'month-first';
}
