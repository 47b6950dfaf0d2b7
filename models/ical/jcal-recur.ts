import { asArray, asEntries } from '../json.ts';
import type { ValueCodec } from '../json-values.ts';
import { dateTimeToBasic, dateTimeToExtended } from './jcal-times.ts';

/** RECUR as an object of its parts (RFC 7265 §3.6.10, RFC 7529 §7): `{"freq":"YEARLY","byday":["-1SU","2MO"],"bymonth":10}`. */

/** Parts of numbers; a month of other calendars may be no number (`5L`). */
const NUMBERS: ReadonlySet<string> = new Set(
  'count interval bysecond byminute byhour bymonthday byyearday byweekno bymonth bysetpos'.split(' '),
);
const ONE_ONLY: ReadonlySet<string> = new Set('freq until count interval wkst rscale skip'.split(' '));
const PART = /^([A-Z0-9-]+)=([^=;]*)$/i;
const NAME = /^[a-z0-9-]{1,100}$/i;

export const RECUR: ValueCodec = {
  toJson(raw) {
    const parts = new Map<string, unknown>();
    for (const part of raw.trim().replace(/;$/, '').split(';')) {
      const [, name = '', value = ''] = PART.exec(part) ?? [];
      const key = name.toLowerCase();
      const json = partToJson(key, value);
      if (key === '' || json === undefined || parts.has(key)) return undefined;
      parts.set(key, json);
    }
    return parts.has('freq') ? Object.fromEntries(parts) : undefined;
  },
  toRaw(json) {
    const entries = asEntries(json);
    if (entries === null) return null;
    const written: string[] = [];
    for (const [name, value] of entries) {
      const text = NAME.test(name) ? partToRaw(name.toLowerCase(), value) : null;
      if (text === null) return null;
      const line = `${name.toUpperCase()}=${text}`;
      // Old readers look for the frequency first (RFC 5545 §3.3.10); the members of an object have no order.
      if (name.toLowerCase() === 'freq') written.unshift(line);
      else written.push(line);
    }
    return written.length === 0 ? null : written.join(';');
  },
};

function partToJson(key: string, value: string): unknown {
  if (key === 'until') return dateTimeToExtended(value) ?? undefined;
  if (value === '') return undefined;
  if (ONE_ONLY.has(key)) return NUMBERS.has(key) ? (numberOf(value) ?? undefined) : value;
  const list = value.split(',').map((one) => (NUMBERS.has(key) ? (numberOf(one) ?? one) : one));
  if (NUMBERS.has(key) && key !== 'bymonth' && list.some((one) => typeof one === 'string')) return undefined;
  return list.length === 1 ? list[0] : list;
}

function numberOf(text: string): number | null {
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : null;
}

function partToRaw(key: string, value: unknown): string | null {
  if (key === 'until') return typeof value === 'string' ? dateTimeToBasic(value) : null;
  const list = asArray(value) ?? [value];
  if (list.length === 0 || (list.length > 1 && ONE_ONLY.has(key))) return null;
  const written = list.map((one) => {
    const text = Number.isSafeInteger(one) ? String(one) : one;
    return typeof text === 'string' && /^[^=;,\x00-\x1f]{1,100}$/.test(text) ? text : null;
  });
  return written.includes(null) ? null : written.join(',');
}
