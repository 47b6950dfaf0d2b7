import type { App } from '../app.ts';
import { DEFAULT_COMPONENTS } from '../collections/store.ts';
import { Precondition } from '../errors.ts';
import { OBJECT_COMPONENTS } from '../ical/component.ts';
import { validateObject } from '../ical/validate.ts';
import { indexCalendar, indexCard, type ObjectIndex } from '../indexes/service.ts';
import type { ETag, ObjectCollection, ResourceOf } from '../types.ts';
import { keepUnknown } from '../vcard/keep.ts';
import { parseCard } from '../vcard/parse.ts';
import { validateCard } from '../vcard/validate.ts';
import { etagOf } from './etag.ts';

/** An object that may be stored: everything that costs time is done before the write. */
export interface PreparedObject {
  readonly body: Uint8Array;
  readonly etag: ETag;
  readonly uid: string;
  readonly component: string;
  readonly index: ObjectIndex;
}

type Uses = Pick<App, 'clock' | 'limits' | 'rules'>;

/** Whether a calendar takes a component; VFREEBUSY and VAVAILABILITY go where all the usual ones go. */
export function takesComponent(
  calendar: Pick<ResourceOf<'calendar'>, 'components'>,
  component: string,
): boolean {
  const { components } = calendar;
  if (components.includes(component)) return true;
  return OBJECT_COMPONENTS.has(component) && DEFAULT_COMPONENTS.every((each) => components.includes(each));
}

/** Throws Precondition `supported-calendar-component` when a calendar does not take the component. */
export function checkComponent(collection: ObjectCollection, component: string): void {
  if (collection.kind !== 'calendar' || takesComponent(collection, component)) return;
  throw new Precondition(
    'supported-calendar-component',
    `This calendar takes ${collection.components.join(', ')}; found ${component.slice(0, 40) || 'no component'}.`,
  );
}

/** Reads, checks and indexes a body for a collection. Throws the preconditions of RFC 4791 §5.3.2.1 and RFC 6352 §6.3.2.1. */
export async function prepareObject(
  app: Uses,
  collection: ObjectCollection,
  body: Uint8Array,
  etag: ETag = etagOf(body),
): Promise<PreparedObject> {
  if (collection.kind === 'addressbook') {
    const card = parseCard(body, app.limits);
    validateCard(card, app.limits);
    return { body, etag, uid: card.uid, component: 'VCARD', index: indexCard(card) };
  }
  const most = app.limits.maxCalendarObjectBytes;
  if (body.byteLength > most)
    throw new Precondition(
      'calendar-max-resource-size',
      `The object has ${body.byteLength} bytes; at most ${most} are kept.`,
    );
  const parsed = app.rules.parse(body);
  validateObject(parsed, app.limits);
  checkComponent(collection, parsed.component);
  const index = await indexCalendar(app, parsed);
  return { body, etag, uid: parsed.uid, component: parsed.component, index };
}

/** Cards are read whatever the limit on new ones is now. */
const STORED_CARDS = { maxCardBytes: Number.MAX_SAFE_INTEGER };

/**
 * The card to store for an upload that stands in another version than the stored card and lost what only that version knew;
 * null when the upload is stored as it is: nothing is lost, or no card that may be stored would come of it.
 */
export async function prepareMerged(
  app: Uses,
  collection: ObjectCollection,
  stored: Uint8Array,
  upload: Uint8Array,
): Promise<PreparedObject | null> {
  if (versionIn(stored) === versionIn(upload)) return null;
  try {
    const merged = keepUnknown(parseCard(stored, STORED_CARDS), parseCard(upload, app.limits));
    return merged === null ? null : await prepareObject(app, collection, Buffer.from(merged, 'utf8'));
  } catch (error) {
    if (error instanceof Precondition) return null;
    throw error;
  }
}

/** What VERSION says, without reading the card. */
function versionIn(body: Uint8Array): string | undefined {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  return /^VERSION:[ \t]*([\d.]+)/im.exec(text)?.[1];
}
