import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import type { Limits } from '../../models/app.ts';
import { findCollection, findHome, makeCollection } from '../../models/collections/service.ts';
import { DEFAULT_LIMITS } from '../../models/limits.ts';
import { type PutResult, putObject } from '../../models/objects/service.ts';
import { createUser } from '../../models/principals/service.ts';
import type { Actor, ObjectCollection, PrincipalBase, ResourceOf } from '../../models/types.ts';
import { type TestApp, testApp } from './app.ts';
import { type Dialect, openTestDb } from './db.ts';
import { userActor } from './people.ts';

/** An app with one person, her mixed calendar and her address book. */
export interface Stage {
  readonly app: TestApp;
  readonly ann: PrincipalBase;
  readonly actor: Actor;
  readonly home: ResourceOf<'home'>;
  readonly calendar: ResourceOf<'calendar'>;
  readonly book: ResourceOf<'addressbook'>;
}

/** Opens an empty database and puts a person into it; closed with the test. */
export async function openStage(
  t: { after(close: () => Promise<void>): void },
  dialect: Dialect,
  limits: Partial<Limits> = {},
): Promise<Stage> {
  const opened = await openTestDb(dialect);
  const app = testApp(opened.db, { limits: { ...DEFAULT_LIMITS, ...limits } });
  t.after(async () => {
    await app.rules.close();
    await opened.close();
  });
  const ann = await createUser(app, SYSTEM_ACTOR, { login: 'ann' });
  const home = await findHome(app.db, ann.id, 'calendar');
  const book = await findCollection(app.db, ann.id, 'addressbook', 'contacts');
  if (home === null || book?.kind !== 'addressbook') throw new Error('The stage is not complete.');
  const calendar = await addCalendar(app, userActor(ann), home, 'mixed');
  return { app, ann, actor: userActor(ann), home, calendar, book };
}

/** Makes one more calendar for everything. */
export async function addCalendar(
  app: TestApp,
  actor: Actor,
  home: ResourceOf<'home'>,
  name: string,
): Promise<ResourceOf<'calendar'>> {
  const made = await makeCollection(app, actor, home, { name, kind: 'calendar' });
  if (made.kind !== 'calendar') throw new Error('Not a calendar.');
  return made;
}

/** A calendar object with one component. */
export function ics(component: string, uid: string, ...lines: readonly string[]): Buffer {
  return Buffer.from(
    [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Test//EN',
      `BEGIN:${component}`,
      `UID:${uid}`,
      'DTSTAMP:20260101T000000Z',
      ...lines,
      `END:${component}`,
      'END:VCALENDAR',
      '',
    ].join('\r\n'),
  );
}

/** An event from one UTC time to another, as `20260302T090000Z`. */
export function event(uid: string, start: string, end: string, ...lines: readonly string[]): Buffer {
  return ics('VEVENT', uid, `DTSTART:${start}`, `DTEND:${end}`, `SUMMARY:${uid}`, ...lines);
}

/** A card with more lines. */
export function vcf(uid: string, name: string, ...lines: readonly string[]): Buffer {
  return Buffer.from(
    [
      'BEGIN:VCARD',
      'VERSION:3.0',
      `UID:${uid}`,
      `FN:${name}`,
      `N:${name};;;;`,
      ...lines,
      'END:VCARD',
      '',
    ].join('\r\n'),
  );
}

/** Puts a body without conditions. */
export function put(
  stage: Pick<Stage, 'app' | 'actor'>,
  collection: ObjectCollection,
  name: string,
  body: Uint8Array,
): Promise<PutResult> {
  return putObject(stage.app, stage.actor, { collection, name, body, contentType: null, condition: null });
}
