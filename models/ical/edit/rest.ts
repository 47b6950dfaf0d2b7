import { all, type Component, param, rawValue } from '../component.ts';
import { unescapeText } from '../values.ts';
import { readAlarms } from './alarms.ts';

/** What an event or task holds that forms do not show: pages name it, edits keep it. */

/** Somebody who takes part. */
export interface Participant {
  readonly name: string;
  /** Empty when the address is none that people know. */
  readonly email: string;
  readonly answer: 'accepted' | 'declined' | 'tentative' | 'delegated' | 'waiting';
  readonly isOrganizer: boolean;
}

/** Counts of what stays as it is. */
export interface Rest {
  readonly attachments: number;
  readonly people: number;
  readonly otherAlarms: number;
  /** Added and removed dates. */
  readonly extraDates: number;
  readonly categories: readonly string[];
  readonly url: string | null;
  readonly status: 'tentative' | 'cancelled' | null;
  readonly isPrivate: boolean;
}

const ANSWERS: ReadonlyMap<string, Participant['answer']> = new Map([
  ['ACCEPTED', 'accepted'],
  ['DECLINED', 'declined'],
  ['TENTATIVE', 'tentative'],
  ['DELEGATED', 'delegated'],
  ['COMPLETED', 'accepted'],
]);

/** Reads organizer and attendees; one who is both stands once. */
export function readPeople(component: Component): readonly Participant[] {
  const people = new Map<string, Participant>();
  for (const property of [...all(component, 'ORGANIZER'), ...all(component, 'ATTENDEE')]) {
    const address = property.value.trim();
    const isOrganizer = property.name === 'ORGANIZER';
    const email = /^mailto:/i.test(address) ? address.slice(7) : '';
    const answer = ANSWERS.get(param(property, 'PARTSTAT')?.toUpperCase() ?? '') ?? 'waiting';
    const name = param(property, 'CN')?.trim() || email || address;
    const before = people.get(address.toLowerCase());
    people.set(address.toLowerCase(), {
      name,
      email,
      answer: isOrganizer ? 'accepted' : answer,
      isOrganizer: isOrganizer || before?.isOrganizer === true,
    });
  }
  return [...people.values()];
}

/** Counts what forms do not show. */
export function readRest(component: Component): Rest {
  const status = rawValue(component, 'STATUS')?.trim().toUpperCase();
  const { minutes, others } = readAlarms(component);
  const access = rawValue(component, 'CLASS')?.trim().toUpperCase();
  const url = rawValue(component, 'URL')?.trim() ?? '';
  return {
    attachments: all(component, 'ATTACH').length,
    people: readPeople(component).length,
    otherAlarms: others + Math.max(0, minutes.length - 1),
    extraDates: all(component, 'RDATE').reduce((sum, one) => sum + one.value.split(',').length, 0),
    categories: all(component, 'CATEGORIES').flatMap((one) => one.value.split(',').map(unescapeText)),
    url: /^https?:\/\//i.test(url) ? url : null,
    status: status === 'TENTATIVE' ? 'tentative' : status === 'CANCELLED' ? 'cancelled' : null,
    isPrivate: access === 'PRIVATE' || access === 'CONFIDENTIAL',
  };
}
