import {
  all,
  type Component,
  first,
  hasInstances,
  mainComponents,
  type Property,
  param,
} from './component.ts';
import type { ParsedCalendar } from './parse.ts';
import { parseRule } from './rules.ts';
import { parseDateTime, parsePeriod } from './values.ts';
import type { ObjectZones } from './zones.ts';

/**
 * Objects that mix times of a zone with times of none, so that which instances they have, or how long, depends on the zone
 * in which the latter are read. Clients make them by mistake; an index can only say that they may be anywhere.
 */

type Kind = 'date' | 'floating' | 'absolute';

/** Says whether the instances of an object depend on the zone floating times are read in, beyond moving with it. */
export function dependsOnZone({ root, zones }: ParsedCalendar): boolean {
  return mainComponents(root).some((component) => {
    if (!hasInstances(component)) return hasLocal(component, ['DTSTART', 'DTEND', 'FREEBUSY'], zones);
    const start = first(component, 'DTSTART') ?? first(component, 'DUE');
    if (start === undefined) return hasLocal(component, ['COMPLETED', 'CREATED'], zones);
    const [kind] = kindsOf(start, zones);
    if (endsOtherwise(component, kind, zones)) return true;
    return kind === 'floating' && recursByZone(component, root, zones);
  });
}

function kindsOf(property: Property, zones: ObjectZones): readonly Kind[] {
  const tzid = param(property, 'TZID');
  return property.value.split(',').map((text) => {
    const value = parsePeriod(text.trim())?.start ?? parseDateTime(text.trim());
    if (value?.isDate === true) return 'date';
    if (value?.isUtc === true) return 'absolute';
    return tzid === undefined || zones.find(tzid).kind === 'floating' ? 'floating' : 'absolute';
  });
}

/** These are UTC by their definition (RFC 5545 §3.8.2.1, §3.8.2.6, §3.8.7.1); others are read as floating. */
function hasLocal(component: Component, names: readonly string[], zones: ObjectZones): boolean {
  return names.some((name) =>
    all(component, name).some((property) => kindsOf(property, zones).some((kind) => kind !== 'absolute')),
  );
}

/** The exact length of what begins in no zone and ends in one is another in every zone. */
function endsOtherwise(component: Component, kind: Kind | undefined, zones: ObjectZones): boolean {
  const end = first(component, component.name === 'VTODO' ? 'DUE' : 'DTEND');
  if (end === undefined) return false;
  return (kindsOf(end, zones)[0] === 'absolute') !== (kind === 'absolute');
}

/** Moments of a zone that add, take away or replace instances of a series that lies in none; and its end. */
function recursByZone(master: Component, root: Component, zones: ObjectZones): boolean {
  const uid = first(master, 'UID')?.value;
  const others = mainComponents(root).filter((component) => first(component, 'UID')?.value === uid);
  const dates = [...all(master, 'RDATE'), ...all(master, 'EXDATE')];
  const ids = others.flatMap((component) => all(component, 'RECURRENCE-ID'));
  if ([...dates, ...ids].some((property) => kindsOf(property, zones).includes('absolute'))) return true;
  const rules = [...all(master, 'RRULE'), ...all(master, 'EXRULE')];
  return rules.some((rule) => parseRule(rule.value)?.until?.isUtc === true);
}
