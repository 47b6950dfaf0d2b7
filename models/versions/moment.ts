import { audit } from '../audit/service.ts';
import {
  findHome,
  listCollections,
  listDeletedCollections,
  restoreCollection,
} from '../collections/service.ts';
import { Refusal } from '../errors.ts';
import { deleteObject, importObjects, listObjects, type StoredObject } from '../objects/service.ts';
import { limitsNow } from '../server/service.ts';
import type { Actor, CollectionId, ObjectCollection, PrincipalId } from '../types.ts';
import { nowUtc, ownCollection, requireOwner, type Uses, versionBody } from './service.ts';
import { heldAt, type ThenRow } from './store.ts';

/** What going back to a moment does to a collection. */
export interface MomentPlan {
  readonly collection: CollectionId;
  readonly displayName: string;
  /** Deleted since, and back again. */
  readonly back: number;
  /** Changed since, and as they were. */
  readonly changed: number;
  /** Came since, and go to the trash. */
  readonly gone: number;
}

/** What going back has done to a collection. */
export interface MomentDone extends MomentPlan {
  /** Why others are not as they were, by message. */
  readonly refused: readonly string[];
  /** Going back to this moment takes it back, epoch seconds. */
  readonly undoUtc: number;
}

const BATCH = 200;
const AT_ONCE = 16;

interface Steps {
  readonly drop: readonly string[];
  readonly put: readonly ThenRow[];
  readonly back: number;
  readonly changed: number;
}

async function stepsTo(app: Uses, collection: ObjectCollection, momentUtc: number): Promise<Steps> {
  const then = new Map((await heldAt(app.db, collection.id, momentUtc)).map((row) => [row.name, row]));
  const drop: string[] = [];
  const put = new Map<string, ThenRow>();
  let changed = 0;
  for (const row of then.values()) if (row.version !== null) put.set(row.name, row);
  for await (const page of listObjects(app.db, collection.id, { wantBody: false }))
    for (const live of page) judgeLive(live, then, { put, drop });
  for (const row of put.values()) if (drop.includes(row.name)) changed += 1;
  const kept = new Set<string>();
  for await (const page of listObjects(app.db, collection.id, { wantBody: false }))
    for (const live of page) if (put.has(live.name) && !drop.includes(live.name)) kept.add(live.name);
  return { drop, put: [...put.values()], changed: kept.size + changed, back: put.size - kept.size - changed };
}

/** What lives and was not there goes; what lives under its name with another UID must make room first. */
function judgeLive(
  live: StoredObject,
  then: ReadonlyMap<string, ThenRow>,
  steps: { readonly put: Map<string, ThenRow>; readonly drop: string[] },
): void {
  const row = then.get(live.name);
  if (row === undefined || row.uid !== live.uid) steps.drop.push(live.name);
  else if (row.etag === live.etag) steps.put.delete(live.name);
}

/** How far back the trash and the versions reach, epoch seconds. */
export async function oldestMoment(app: Pick<Uses, 'db' | 'clock' | 'limits'>): Promise<number> {
  const { versionDays, trashDays } = await limitsNow(app);
  return nowUtc(app) - Math.min(versionDays, trashDays) * 86_400;
}

async function checkMoment(app: Uses, momentUtc: number): Promise<void> {
  const oldest = await oldestMoment(app);
  if (momentUtc > nowUtc(app)) throw new Refusal(400, 'The moment is in the future.');
  if (momentUtc < oldest) throw new Refusal(400, 'The moment is further back than former versions are kept.');
}

const labelOf = (collection: ObjectCollection): string =>
  collection.displayName === '' ? collection.name : collection.displayName;

/** Says what going back would do to a collection, and does nothing. Throws `Refusal` 400 for a moment that is not kept. */
export async function planMoment(
  app: Uses,
  actor: Actor,
  id: CollectionId,
  momentUtc: number,
): Promise<MomentPlan> {
  await checkMoment(app, momentUtc);
  const collection = await ownCollection(app.db, actor, id);
  const { drop, changed, back } = await stepsTo(app, collection, momentUtc);
  const gone = drop.length;
  return { collection: id, displayName: labelOf(collection), back, changed, gone };
}

/**
 * The writes of going back count as of the next second: the second before them is a moment of its own, which going back
 * again leads to.
 */
const nextSecond = (app: Uses): Uses => ({ ...app, clock: { nowMs: () => app.clock.nowMs() + 1000 } });

/** Makes a collection hold what it held at a moment (epoch seconds), names and bytes; what it holds now stays as versions. */
export async function restoreMoment(
  app: Uses,
  actor: Actor,
  id: CollectionId,
  momentUtc: number,
): Promise<MomentDone> {
  await checkMoment(app, momentUtc);
  const undoUtc = nowUtc(app);
  const collection = await ownCollection(app.db, actor, id);
  const { drop, put, changed, back } = await stepsTo(app, collection, momentUtc);
  const later = nextSecond(app);
  for (let at = 0; at < drop.length; at += AT_ONCE)
    await Promise.all(
      drop.slice(at, at + AT_ONCE).map((name) => deleteObject(later, actor, collection, name, null)),
    );
  const refused: string[] = [];
  for (let at = 0; at < put.length; at += BATCH) {
    const items: { readonly name: string; readonly body: Uint8Array }[] = [];
    for (const { name, version } of put.slice(at, at + BATCH))
      if (version !== null) items.push({ name, body: (await versionBody(app, actor, version)).body });
    const results = await importObjects(later, actor, collection, items);
    for (const result of results) if ('error' in result) refused.push(result.error.message);
  }
  await audit(app, actor, { action: 'collection.go-back', about: { collection: id, moment: momentUtc } });
  const displayName = labelOf(collection);
  return { collection: id, displayName, back, changed, gone: drop.length, refused, undoUtc };
}

async function collectionsOf(app: Uses, owner: PrincipalId): Promise<readonly ObjectCollection[]> {
  const found: ObjectCollection[] = [];
  for (const holds of ['calendar', 'addressbook'] as const) {
    const home = await findHome(app.db, owner, holds);
    if (home === null) continue;
    for (const one of await listCollections(app.db, home.id))
      if (one.kind === 'calendar' || one.kind === 'addressbook') found.push(one);
  }
  return found;
}

/** The same plan for everything a person has; collections that came since stay, without what came into them. */
export async function planAccountMoment(
  app: Uses,
  actor: Actor,
  owner: PrincipalId,
  momentUtc: number,
): Promise<readonly MomentPlan[]> {
  requireOwner(actor, owner);
  await checkMoment(app, momentUtc);
  const plans: MomentPlan[] = [];
  for (const { id } of await collectionsOf(app, owner))
    plans.push(await planMoment(app, actor, id, momentUtc));
  return plans;
}

/** Takes everything a person has back to a moment; calendars and books deleted since come back first. */
export async function restoreAccountMoment(
  app: Uses,
  actor: Actor,
  owner: PrincipalId,
  momentUtc: number,
): Promise<readonly MomentDone[]> {
  requireOwner(actor, owner);
  await checkMoment(app, momentUtc);
  for (const { collection, deletedUtc } of await listDeletedCollections(app, actor, owner))
    if (deletedUtc > momentUtc && collection.createdUtc <= momentUtc)
      await restoreCollection(app, actor, collection.id);
  const done: MomentDone[] = [];
  const undoUtc = nowUtc(app);
  for (const { id } of await collectionsOf(app, owner))
    done.push({ ...(await restoreMoment(app, actor, id, momentUtc)), undoUtc });
  return done;
}
