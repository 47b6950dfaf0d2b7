import type { SyncEntry } from '../../models/journal/service.ts';
import type { ETag, ObjectCollection } from '../../models/types.ts';
import { stored, text, type Xml } from '../xml/write.ts';
import { collectionHref, encodeName } from './hrefs.ts';
import { type Entry, renderEntry, STATUS_LINES } from './multistatus.ts';
import { contentTypeOf } from './properties.ts';
import type { PropRequest } from './propstat.ts';

/** An object that is there. */
export type LiveEntry = SyncEntry & { readonly etag: ETag };

/** Tells what is there from what was removed. */
export function isLive(entry: SyncEntry): entry is LiveEntry {
  return entry.etag !== null;
}

const OPEN = '<D:propstat><D:prop>';
const CLOSE = `</D:prop><D:status>${STATUS_LINES[200]}</D:status></D:propstat>`;

const CONTENT_TYPES: ReadonlyMap<string, Xml> = new Map(
  ['VEVENT', 'VTODO', 'VJOURNAL', 'VCARD'].map((component) => [component, contentType(component)]),
);

function contentType(component: string): Xml {
  return stored(`<D:getcontenttype>${text(contentTypeOf(component))}</D:getcontenttype>`);
}

const QUICK: ReadonlyMap<string, (entry: LiveEntry) => string> = new Map([
  ['{DAV:}getetag', (entry: LiveEntry) => `<D:getetag>"${entry.etag}"</D:getetag>`],
  [
    '{DAV:}getcontenttype',
    ({ component }: LiveEntry) => CONTENT_TYPES.get(component ?? '') ?? contentType(component ?? ''),
  ],
  ['{DAV:}resourcetype', () => '<D:resourcetype/>'],
]);

/**
 * Renders what nearly every client asks for without looking at the objects: the journal's entries suffice. Must say the
 * same as the property rows. Null when something else is asked for.
 */
function quickPropstats(request: PropRequest): ((entry: LiveEntry) => string) | null {
  if (request.kind !== 'prop') return null;
  const parts: ((entry: LiveEntry) => string)[] = [];
  for (const { name } of request.asked) {
    const part = QUICK.get(name);
    if (part === undefined) return null;
    parts.push(part);
  }
  return (entry) => {
    let prop = OPEN;
    for (const part of parts) prop += part(entry);
    return prop + CLOSE;
  };
}

/** Renders a batch of the journal's entries at once, for the requests that need nothing else; null for all others. */
export function quickResponses(
  base: string,
  collection: ObjectCollection,
  request: PropRequest,
): ((batch: readonly SyncEntry[]) => Entry) | null {
  const propstats = quickPropstats(request);
  if (propstats === null) return null;
  const prefix = collectionHref(base, collection);
  const open = `<D:response><D:href>${text(prefix)}`;
  return (batch) => {
    let responses = '';
    for (const entry of batch) {
      const name = encodeName(entry.name);
      responses += isLive(entry)
        ? `${open}${text(name)}</D:href>${propstats(entry)}</D:response>\n`
        : renderEntry({ href: prefix + name, status: 404 });
    }
    return { responses: stored(responses) };
  };
}
