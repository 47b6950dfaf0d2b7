import Type from 'typebox';

/** What many operations answer with. */

/** A moment, as RFC 3339 in UTC. */
export const Time = Type.String({ format: 'date-time' });
/** A moment, or none. */
export const TimeOrNull = Type.Union([Time, Type.Null()]);
/** A text, or none. */
export const TextOrNull = Type.Union([Type.String(), Type.Null()]);

/** Epoch seconds as RFC 3339 in UTC. */
export function time(utc: number): string {
  return new Date(utc * 1000).toISOString();
}

/** The same; null stays null. */
export function timeOrNull(utc: number | null): string | null {
  return utc === null ? null : time(utc);
}
