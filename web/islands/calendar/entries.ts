/** Asks the JSON API for what a grid shows. */

/** An occurrence as the API gives it. */
export interface ApiEntry {
  readonly calendar: number;
  readonly name: string;
  readonly at: string | null;
  readonly title: string;
  readonly start: string;
  readonly end: string;
  readonly isAllDay: boolean;
  readonly isCancelled: boolean;
}

/** What is asked: first day, the day after the last one, and what is left out. */
export interface Asked {
  readonly base: string;
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  readonly hidden: readonly string[];
}

const PAGES = 30;

function textOf(value: object, name: string): string {
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' ? found : '';
}

function readEntry(value: unknown): readonly ApiEntry[] {
  if (typeof value !== 'object' || value === null) return [];
  const at: unknown = Reflect.get(value, 'at');
  return [
    {
      calendar: Number(Reflect.get(value, 'calendar')),
      name: textOf(value, 'name'),
      at: typeof at === 'string' ? at : null,
      title: textOf(value, 'title'),
      start: textOf(value, 'start'),
      end: textOf(value, 'end'),
      isAllDay: Reflect.get(value, 'isAllDay') === true,
      isCancelled: Reflect.get(value, 'isCancelled') === true,
    },
  ];
}

/** All occurrences of a period; null when they could not be had, and the page stays as it is. */
export async function fetchEntries(asked: Asked): Promise<readonly ApiEntry[] | null> {
  const entries: ApiEntry[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < PAGES; page += 1) {
    const query = new URLSearchParams({ from: asked.from, to: asked.to, timeZone: asked.zone, limit: '200' });
    for (const id of asked.hidden) query.append('hide', id);
    if (cursor !== null) query.set('cursor', cursor);
    const answer = await fetch(`${asked.base}/api/v1/events?${query}`);
    if (!answer.ok) return null;
    const body: unknown = await answer.json();
    if (typeof body !== 'object' || body === null) return null;
    const items: unknown = Reflect.get(body, 'items');
    if (Array.isArray(items)) entries.push(...items.flatMap(readEntry));
    const next: unknown = Reflect.get(body, 'next');
    if (typeof next !== 'string') return entries;
    cursor = next;
  }
  return entries;
}
