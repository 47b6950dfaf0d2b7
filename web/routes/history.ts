import { Refusal } from '../../models/errors.ts';
import { getObject } from '../../models/objects/service.ts';
import { limitsNow } from '../../models/server/service.ts';
import { type Difference, differences, titleOf } from '../../models/versions/difference.ts';
import {
  listVersions,
  ownCollection,
  toCollectionId,
  type Version,
  versionBody,
} from '../../models/versions/service.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { type CompareData, ComparePage, type HistoryEntry, HistoryPage } from '../pages/history.tsx';
import { contextOf, html } from '../render.ts';
import { actorOf } from '../session.ts';
import type { PageRequest, Route } from '../site.ts';
import { doerOf, namesOf } from './trash-data.ts';

/** Pages of the versions of one event, task or contact. */

const missing = (): Refusal => new Refusal(404, 'There is no such event, task or contact.');

type Names = Awaited<ReturnType<typeof namesOf>>;

function entryOf(version: Version, names: Names, changed: HistoryEntry['changed']): HistoryEntry {
  const { id, how, endedUtc, restoredUtc } = version;
  return { id, how, endedUtc, isRestored: restoredUtc !== null, changed, ...doerOf(names, version) };
}

/** What differs; null for bodies that cannot be read any more. */
function changedBetween(
  page: PageRequest,
  component: string,
  before: Uint8Array,
  after: Uint8Array,
): readonly Difference[] | null {
  try {
    return differences(page.site.app, component, before, after);
  } catch {
    return null;
  }
}

async function entriesOf(
  page: PageRequest,
  versions: readonly Version[],
  now: Uint8Array | null,
): Promise<{ readonly entries: readonly HistoryEntry[]; readonly newest: Uint8Array | null }> {
  const names = await namesOf(page, versions);
  const entries: HistoryEntry[] = [];
  let after = now;
  let newest = now;
  for (const version of versions) {
    const { body } = await versionBody(page.site.app, actorOf(page), version.id);
    newest ??= body;
    const isStep = version.how === 'update' && after !== null;
    const changed = isStep ? changedBetween(page, version.component, body, after ?? body) : null;
    entries.push(entryOf(version, names, changed));
    // A body that was put aside never was what came next.
    if (version.how !== 'refused') after = body;
  }
  return { entries, newest };
}

function placeOf(page: PageRequest): { readonly collection: number; readonly name: string } {
  const collection = Number(page.params['collection'] ?? '');
  const name = page.params['name'] ?? '';
  if (!Number.isSafeInteger(collection) || collection < 1) throw missing();
  return { collection, name };
}

async function history(page: PageRequest): Promise<WireResponse> {
  const { app } = page.site;
  const { collection, name } = placeOf(page);
  const id = toCollectionId(collection);
  const versions = await listVersions(app, actorOf(page), id, name);
  const now = await getObject(app.db, id, name);
  const component = now?.object.component ?? versions[0]?.component;
  if (component === undefined) throw missing();
  const { entries, newest } = await entriesOf(page, versions, now?.body ?? null);
  const { versionDays, trashDays } = await limitsNow(app);
  const where = component === 'VCARD' ? '/contacts' : '/calendar/event';
  const data = {
    ...{ collection, name, component, entries, trashDays },
    title: newest === null ? '' : titleOf(component, newest),
    days: versionDays,
    currentUtc: now?.object.modifiedUtc ?? null,
    href: now === null ? null : `${where}/${collection}/${encodeURIComponent(name)}`,
  };
  const compared = page.request.query.get('with');
  if (compared !== null) return compare(page, compared, { ...data, now: now?.body ?? null });
  return html(page, 200, HistoryPage({ ctx: contextOf(page), data }));
}

interface Comparing extends Omit<CompareData, 'entry' | 'differences' | 'isSame'> {
  readonly now: Uint8Array | null;
}

/** A version of the place that the address names. Throws `Refusal` 404. */
async function versionHere(page: PageRequest, text: string) {
  const { collection, name } = placeOf(page);
  if (!/^\d{1,15}$/.test(text)) throw missing();
  const found = await versionBody(page.site.app, actorOf(page), Number(text));
  if (found.version.collection !== collection || found.version.name !== name) throw missing();
  await ownCollection(page.site.app.db, actorOf(page), found.version.collection);
  return found;
}

async function compare(page: PageRequest, text: string, data: Comparing): Promise<WireResponse> {
  const { version, body } = await versionHere(page, text);
  const names = await namesOf(page, [version]);
  const { now } = data;
  const shown: CompareData = {
    ...data,
    entry: entryOf(version, names, null),
    differences: now === null ? null : changedBetween(page, version.component, body, now),
    isSame: now !== null && Buffer.compare(body, now) === 0,
  };
  return html(page, 200, ComparePage({ ctx: contextOf(page), data: shown }));
}

async function download(page: PageRequest): Promise<WireResponse> {
  const { version, body } = await versionHere(page, page.params['id'] ?? '');
  const isCard = version.component === 'VCARD';
  const at = new Date(version.endedUtc * 1000).toISOString().slice(0, 16).replace(/[-:]/g, '');
  return {
    status: 200,
    headers: {
      ...page.headers,
      'Content-Type': `text/${isCard ? 'vcard' : 'calendar'}; charset=utf-8`,
      'Content-Disposition': `attachment; filename="version-${at}.${isCard ? 'vcf' : 'ics'}"`,
      'Cache-Control': 'no-store',
    },
    body,
  };
}

/** Rows of the pages of versions. */
export const HISTORY_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/history/:collection/:name',
    who: 'signed-in',
    does: ['listVersions', 'compareVersions'],
    run: history,
  },
  {
    method: 'GET',
    path: '/history/:collection/:name/:id',
    who: 'signed-in',
    does: ['getVersion'],
    run: download,
  },
];
