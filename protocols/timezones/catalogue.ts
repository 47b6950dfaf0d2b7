import { listZones, zoneDataVersion } from '../../models/ical/zone-names.ts';
import { createZones, type Zone } from '../../models/ical/zones.ts';
import { etagOf } from '../../models/objects/etag.ts';
import type { ETag } from '../../models/types.ts';
import { TimezoneProblem } from './problems.ts';

/** What the service knows about its surroundings. */
export interface TimezoneFacts {
  /** Version of the program, which writes the VTIMEZONEs. */
  readonly version: string;
  /** Seconds of the moment at which the time zone data came to this machine. */
  readonly changedUtc: number;
}

/** One zone of the list. */
export interface Entry {
  readonly tzid: string;
  readonly aliases: readonly string[];
  readonly etag: ETag;
}

/** A name that was asked for. */
export interface Named {
  readonly name: string;
  readonly entry: Entry;
  readonly etag: ETag;
  readonly zone: Zone;
}

/** All zones of the service. */
export interface Catalogue {
  readonly entries: readonly Entry[];
  /** Changes whenever anything in the list does: data come all at once, with a new Node (RFC 7808 §3.10). */
  readonly synctoken: string;
  /** Finds a zone by one of its names in any letter case; throws TimezoneProblem `tzid-not-found`. */
  find(tzid: string): Named;
  /** Does one piece of work after the other: slices of many at once would be as long as all of them. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** A zone that was looked at over all its years takes some ten kilobytes. */
const MAX_ZONES_KEPT = 60;

/** Makes the catalogue; the list is found anew with each program and each version of the data. */
export async function openCatalogue(facts: TimezoneFacts): Promise<Catalogue> {
  const origin = `${facts.version} ${zoneDataVersion()} ${process.versions['icu'] ?? ''}`;
  const tagOf = (name: string): ETag => etagOf(Buffer.from(`${origin}\n${name}`));
  const entries = (await listZones()).map(({ id, aliases }) => ({ tzid: id, aliases, etag: tagOf(id) }));
  const known = new Map<string, { readonly name: string; readonly entry: Entry }>();
  for (const entry of entries)
    for (const name of [entry.tzid, ...entry.aliases]) known.set(name.toLowerCase(), { name, entry });
  const zones = createZones(MAX_ZONES_KEPT);
  let last: Promise<unknown> = Promise.resolve();
  return {
    entries,
    synctoken: tagOf(`${entries.length} zones, ${facts.changedUtc}`),
    find(tzid) {
      const found = known.get(tzid.toLowerCase());
      const zone = found === undefined ? null : zones.iana(found.name);
      if (found === undefined || zone === null)
        throw new TimezoneProblem('tzid-not-found', `There is no time zone "${tzid.slice(0, 80)}" here.`);
      return { ...found, zone, etag: tagOf(found.name) };
    },
    alone(work) {
      const done = last.then(work, work);
      last = done.catch(() => {});
      return done;
    },
  };
}
