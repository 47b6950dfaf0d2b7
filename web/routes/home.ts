import { findHome, listCollections, objectCountsOf } from '../../models/collections/service.ts';
import type { Collection, ObjectCollection, UserActor } from '../../models/types.ts';
import { collectionHref } from '../../protocols/dav/hrefs.ts';
import type { WireResponse } from '../../protocols/wire.ts';
import { addressOf, httpsState } from '../address.ts';
import { HomePage, type ListedCollection } from '../pages/home.tsx';
import { contextOf, html, redirect } from '../render.ts';
import type { PageRequest, Route } from '../site.ts';

const GROUPS = ['calendars', 'lists', 'books'] as const;
type Group = (typeof GROUPS)[number];
const ITEM_KEYS = ['count.events', 'count.tasks', 'count.entries', 'count.contacts'] as const;
const PLACE_KEYS = { calendars: 'count.calendars', lists: 'count.lists', books: 'count.books' } as const;

interface Counted {
  readonly collection: ObjectCollection;
  readonly count: number;
}

function groupOf(collection: ObjectCollection): Group {
  if (collection.kind === 'addressbook') return 'books';
  return collection.components.includes('VEVENT') || !collection.components.includes('VTODO')
    ? 'calendars'
    : 'lists';
}

/** What the items of a collection are called. */
function itemKey(collection: ObjectCollection): (typeof ITEM_KEYS)[number] {
  const group = groupOf(collection);
  if (group === 'books') return 'count.contacts';
  if (group === 'lists') return 'count.tasks';
  return collection.kind === 'calendar' && collection.components.every((name) => name === 'VJOURNAL')
    ? 'count.entries'
    : 'count.events';
}

const holdsObjects = (c: Collection): c is ObjectCollection =>
  c.kind === 'calendar' || c.kind === 'addressbook';

async function collectionsOf(page: PageRequest, actor: UserActor): Promise<readonly Counted[]> {
  const { db } = page.site.app;
  const found: ObjectCollection[] = [];
  for (const holds of ['calendar', 'addressbook'] as const) {
    const home = await findHome(db, actor.principal, holds);
    if (home !== null) found.push(...(await listCollections(db, home.id)).filter(holdsObjects));
  }
  const counts = await objectCountsOf(
    db,
    found.map((collection) => collection.id),
  );
  return found.map((collection) => ({ collection, count: counts.get(collection.id) ?? 0 }));
}

function listed(page: PageRequest, { collection, count }: Counted): ListedCollection {
  const color = /^#[0-9A-Fa-f]{6}/.exec(collection.color ?? '');
  return {
    displayName: collection.displayName === '' ? collection.name : collection.displayName,
    color: color === null ? null : color[0],
    isDefault: collection.isDefault,
    items: page.words.n(itemKey(collection), count),
    changedUtc: collection.modifiedUtc,
    address: addressOf(page) + collectionHref('', collection),
  };
}

/** The figures of the page in one line, and where they are kept. */
function headline(
  page: PageRequest,
  all: readonly Counted[],
): { readonly title: string; readonly lead: string } {
  const { t, n, list } = page.words;
  const sum = (members: readonly Counted[]) => members.reduce((total, { count }) => total + count, 0);
  const items = ITEM_KEYS.flatMap((key) => {
    const total = sum(all.filter(({ collection }) => itemKey(collection) === key));
    return total === 0 ? [] : [n(key, total)];
  });
  const places = GROUPS.flatMap((group) => {
    const { length } = all.filter(({ collection }) => groupOf(collection) === group);
    return length === 0 ? [] : [n(PLACE_KEYS[group], length)];
  });
  if (items.length === 0) return { title: t('home.title.empty'), lead: t('home.lead.empty') };
  return { title: list(items), lead: t('home.lead', { places: list(places) }) };
}

async function home(page: PageRequest): Promise<WireResponse> {
  const actor = page.session?.actor;
  if (actor === undefined) return redirect(page, '/sign-in');
  const all = await collectionsOf(page, actor);
  const rows = (group: Group) =>
    all.filter(({ collection }) => groupOf(collection) === group).map((counted) => listed(page, counted));
  const data = {
    ...headline(page, all),
    isNew: page.request.query.has('new'),
    address: `${addressOf(page)}/`,
    https: httpsState(page),
    login: actor.login,
    nowUtc: Math.floor(page.site.app.clock.nowMs() / 1000),
    calendars: rows('calendars'),
    lists: rows('lists'),
    books: rows('books'),
  };
  return html(page, 200, HomePage({ ctx: contextOf(page), data }));
}

/** The first page of somebody who is signed in. */
export const HOME_ROUTES: readonly Route[] = [{ method: 'GET', path: '/', who: 'signed-in', run: home }];
