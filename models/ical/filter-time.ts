import { type Component, first } from './component.ts';

/** When a component lies in a time range: the tables of RFC 4791 §9.9. All times are UTC epoch seconds. */

/** Says whether something from `s` to `e` lies in the range from `start` to `end`; open ends are infinite. */
export type RangeTest = (s: number, e: number, start: number, end: number) => boolean;

/** The ordinary rule: half-open spans that share a moment; a span without length lies where it begins. */
export const overlaps: RangeTest = (s, e, start, end) => s < end && (e > start || (e <= s && s >= start));

/** VTODO with DTSTART and DURATION: `start <= S+D AND (end > S OR end >= S+D)`. */
const todoWithDuration: RangeTest = (s, e, start, end) => start <= e && (end > s || end >= e);

/** VTODO with DTSTART and DUE: `(start < DUE OR start <= S) AND (end > S OR end >= DUE)`. */
const todoWithDue: RangeTest = (s, e, start, end) => (start < e || start <= s) && (end > s || end >= e);

/** VTODO with DUE alone: `start < DUE AND end >= DUE`. */
const todoDueOnly: RangeTest = (_, e, start, end) => start < e && end >= e;

/** VTODO with COMPLETED and CREATED, or COMPLETED alone: `(start <= CREATED OR start <= COMPLETED) AND (end >= …)`. */
const todoCompleted: RangeTest = (s, e, start, end) => start <= e && end >= s;

/** VTODO with CREATED alone: `end > CREATED`. */
const todoCreated: RangeTest = (s, _e, _start, end) => end > s;

const always: RangeTest = () => true;

/** VFREEBUSY with DTSTART and DTEND: `start <= DTEND AND end > DTSTART`. */
const freeBusySpan: RangeTest = (s, e, start, end) => start <= e && end > s;

/** Chooses the row of the table that a component falls under. */
export function rangeTest(component: Component): RangeTest {
  switch (component.name) {
    case 'VTODO':
      return todoTest(component);
    case 'VFREEBUSY':
      return hasSpan(component) ? freeBusySpan : overlaps;
    default:
      return overlaps;
  }
}

function todoTest(todo: Component): RangeTest {
  const has = (name: string): boolean => first(todo, name) !== undefined;
  if (has('DTSTART')) {
    if (has('DUE')) return todoWithDue;
    return has('DURATION') ? todoWithDuration : overlaps;
  }
  if (has('DUE')) return todoDueOnly;
  if (has('COMPLETED')) return todoCompleted;
  return has('CREATED') ? todoCreated : always;
}

/** Says whether a VFREEBUSY is judged by its own span rather than by its periods. */
export function hasSpan(component: Component): boolean {
  return first(component, 'DTSTART') !== undefined && first(component, 'DTEND') !== undefined;
}

/** Says whether the ordinary rule over the span of an occurrence is the whole truth about the component. */
export function isExactSpan(component: Component): boolean {
  return rangeTest(component) === overlaps;
}
