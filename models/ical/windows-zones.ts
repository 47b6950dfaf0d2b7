import { findIana } from 'windows-iana';

/** Names of zones that are not IANA's: Windows ids, and the texts that Outlook and Exchange show for them. */

/** Display texts without a city in them that ICU could know. */
const DISPLAY_NAMES: Readonly<Record<string, string>> = {
  'eastern time': 'America/New_York',
  'central time': 'America/Chicago',
  'mountain time': 'America/Denver',
  'pacific time': 'America/Los_Angeles',
  'atlantic time': 'America/Halifax',
  alaska: 'America/Anchorage',
  hawaii: 'Pacific/Honolulu',
  arizona: 'America/Phoenix',
  'indiana (east)': 'America/Indianapolis',
  newfoundland: 'America/St_Johns',
  saskatchewan: 'America/Regina',
  'central america': 'America/Guatemala',
  'coordinated universal time': 'UTC',
  'universal coordinated time': 'UTC',
  'greenwich mean time': 'Europe/London',
  'central european time': 'Europe/Berlin',
  'w. europe': 'Europe/Berlin',
  'west central africa': 'Africa/Lagos',
  utc: 'UTC',
  gmt: 'UTC',
  z: 'UTC',
  est: 'America/New_York',
  edt: 'America/New_York',
  cst: 'America/Chicago',
  cdt: 'America/Chicago',
  mdt: 'America/Denver',
  pst: 'America/Los_Angeles',
  pdt: 'America/Los_Angeles',
  cest: 'Europe/Berlin',
  jst: 'Asia/Tokyo',
};

/** What a foreign zone name means: an IANA id, or an offset where the name says no more. */
export type ForeignZone = { readonly iana: string } | { readonly offset: number };

/**
 * Reads a Windows zone name (`W. Europe Standard Time`), a display text (`(UTC+01:00) Amsterdam, Berlin, Bern`) or a
 * bare offset (`GMT+0100`). `cities` gives the IANA id for a lower-case city.
 */
export function foreignZone(name: string, cities: ReadonlyMap<string, string>): ForeignZone | null {
  if (name.length > 200) return null;
  const plain = name.replace(/^tzone:\/\/Microsoft\//i, '').trim();
  const windows = windowsName(plain);
  if (windows !== null) return { iana: windows };
  const { label, offset } = splitDisplay(plain);
  const known = lookUp(label.toLowerCase());
  if (known !== null) return { iana: known };
  for (const city of label.split(/[,/;]/)) {
    const iana = cities.get(city.trim().toLowerCase());
    if (iana !== undefined) return { iana };
  }
  return offset === null ? null : { offset };
}

/** Looks a text up as it is, then without what is said in brackets behind it: `Eastern Time (US & Canada)`. */
function lookUp(label: string): string | null {
  const bracket = label.lastIndexOf('(');
  const short = bracket > 0 ? label.slice(0, bracket).trim() : label;
  for (const key of [label, short]) if (Object.hasOwn(DISPLAY_NAMES, key)) return DISPLAY_NAMES[key] ?? null;
  return null;
}

/** Outlook numbers a name that it has already used (`Romance Standard Time 1`) and has names for summer too. */
function windowsName(name: string): string | null {
  const base = name.replace(/ \d{1,2}$/, '').replace(/ Daylight Time$/, ' Standard Time');
  for (const candidate of [name, base, `${base} Standard Time`]) {
    const iana = findIana(candidate)[0];
    if (iana !== undefined) return iana;
  }
  return null;
}

/** Takes `(UTC+01:00)`, `GMT-5` and the like off the front. */
function splitDisplay(text: string): { label: string; offset: number | null } {
  const match = /^\(?(?:UTC|GMT)\s?(?:([+-])(\d{1,2})(?:[:.]?(\d{2}))?)?\)?(?![A-Za-z])/i.exec(text);
  if (match === null) return { label: text, offset: null };
  const [whole, sign, hours, minutes] = match;
  const size = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60;
  const label = text.slice(whole.length).trim();
  return { label: label === '' ? text : label, offset: sign === '-' ? -size : size };
}
