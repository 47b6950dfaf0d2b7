import { authorize } from '../access/service.ts';
import type { App } from '../app.ts';
import { findHome, getCollection, listCollections, objectCountsOf } from '../collections/service.ts';
import { Refusal } from '../errors.ts';
import type { CollectionId, ResourceOf, UserActor } from '../types.ts';

/** A calendar or task list. */
export type Calendar = ResourceOf<'calendar'>;

/** The person's own calendars and task lists, the default one first. */
export async function listCalendars(app: Pick<App, 'db'>, actor: UserActor): Promise<readonly Calendar[]> {
  const home = await findHome(app.db, actor.principal, 'calendar');
  if (home === null) return [];
  authorize(actor, 'read', home);
  return (await listCollections(app.db, home.id)).filter((each) => each.kind === 'calendar');
}

/** The same with how many events and tasks each holds. */
export async function countCalendars(
  app: Pick<App, 'db'>,
  actor: UserActor,
): Promise<readonly { readonly calendar: Calendar; readonly items: number }[]> {
  const calendars = await listCalendars(app, actor);
  const counts = await objectCountsOf(
    app.db,
    calendars.map(({ id }) => id),
  );
  return calendars.map((calendar) => ({ calendar, items: counts.get(calendar.id) ?? 0 }));
}

/** A calendar of the person. Throws `Refusal` 404 for what is none or belongs to somebody else. */
export async function findCalendar(
  app: Pick<App, 'db'>,
  actor: UserActor,
  id: CollectionId,
): Promise<Calendar> {
  const missing = new Refusal(404, 'There is no such calendar.');
  if (!Number.isSafeInteger(id) || id <= 0) throw missing;
  const found = await getCollection(app.db, id);
  if (found === null || found.kind !== 'calendar') throw missing;
  authorize(actor, 'read', found);
  return found;
}

/** True when events can be put into it. */
export function holdsEvents(calendar: Calendar): boolean {
  return calendar.components.includes('VEVENT');
}

/** True when tasks can be put into it. */
export function holdsTasks(calendar: Calendar): boolean {
  return calendar.components.includes('VTODO');
}
