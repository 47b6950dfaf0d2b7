import type { Window } from '../../models/ical/project.ts';
import type { XmlElement } from '../xml/element.ts';

const UTC_TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Reads a `date with UTC time` (RFC 5545 §3.3.5 form 2) into epoch seconds; null when it is none or names no day. */
export function readUtc(value: string): number | null {
  const parts = UTC_TIME.exec(value.trim());
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second === '60' ? '59' : second}Z`);
  if (Number.isNaN(ms) || new Date(ms).getUTCDate() !== Number(day)) return null;
  return ms / 1000;
}

/** Reads the window of `expand`, `limit-…-set` and `free-busy-query`: both ends are there, in order; null when they are not. */
export function readWindow(element: XmlElement): Window | null {
  const startUtc = readUtc(element.attributes.get('start') ?? '');
  const endUtc = readUtc(element.attributes.get('end') ?? '');
  if (startUtc === null || endUtc === null || endUtc <= startUtc) return null;
  return { startUtc, endUtc };
}
