import { KNOWN_FROM_UTC, KNOWN_TO_UTC, observancesOf, zoneCalendar } from '../../models/ical/zone-data.ts';
import { zoneDataVersion } from '../../models/ical/zone-names.ts';
import { isWanted } from '../dav/accept.ts';
import { namesCurrent } from '../dav/headers.ts';
import type { WireRequest, WireResponse } from '../wire.ts';
import type { Catalogue, Entry, Named, TimezoneFacts } from './catalogue.ts';
import { readPattern } from './pattern.ts';
import { TimezoneProblem, type TimezoneProblemCode } from './problems.ts';

/** What an action is given. */
export interface ActionCall {
  readonly facts: TimezoneFacts;
  readonly catalogue: Catalogue;
  readonly request: WireRequest;
  /** Path of the service, without trailing slash. */
  readonly contextPath: string;
  /** The zone its path names; empty where it names none. */
  readonly tzid: string;
}

interface Parameter {
  readonly name: 'changedsince' | 'pattern' | 'start' | 'end';
  readonly required: boolean;
}

/** One action of the service (RFC 7808 §5). */
export interface Action {
  readonly name: string;
  /** Below the context path, as a URI template. */
  readonly template: string;
  readonly parameters: readonly Parameter[];
  run(call: ActionCall): Promise<WireResponse>;
}

/** Clients are asked to look once a day at least (RFC 7808 §4.1.4). */
const FRESH = { 'Cache-Control': 'public, max-age=3600' };

const rfc3339 = (utc: number): string => new Date(utc * 1000).toISOString().replace('.000Z', 'Z');

function json(body: unknown, headers: Readonly<Record<string, string>> = {}): WireResponse {
  return {
    status: 200,
    headers: { 'Content-Type': 'application/json', ...FRESH, ...headers },
    body: JSON.stringify(body),
  };
}

/** What a client that names the current tag gets in the place of the content; null for any other. */
function unchanged(request: WireRequest, { etag }: Named): WireResponse | null {
  const header = request.headers['if-none-match'];
  if (header === undefined || !namesCurrent(header, etag)) return null;
  return { status: 304, headers: { ETag: `"${etag}"`, ...FRESH }, body: null };
}

/** Reads a parameter that may stand once; null when it is absent. Throws the problem when it stands twice or is missing. */
function once(request: WireRequest, { name, required }: Parameter): string | null {
  const values = request.query.getAll(name);
  if (values.length > 1) throw new TimezoneProblem(`invalid-${name}`, `There is more than one "${name}".`);
  if (required && values.length === 0)
    throw new TimezoneProblem(`invalid-${name}`, `The parameter "${name}" is missing.`);
  return values[0] ?? null;
}

/** Reads a UTC date-time of RFC 3339 in seconds; undefined when it is absent. */
function moment(request: WireRequest, parameter: Parameter): number | undefined {
  const text = once(request, parameter);
  if (text === null) return undefined;
  const match = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)Z$/i.exec(text);
  const ms = match === null ? Number.NaN : Date.parse(`${match[1]}T${match[2]}Z`);
  // The thirtieth of February is read as a day in March.
  if (match === null || Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(match[1] ?? ''))
    throw invalid(
      `invalid-${parameter.name}`,
      `"${parameter.name}" is a time in UTC, as in 2026-01-01T00:00:00Z.`,
    );
  return ms / 1000;
}

function invalid(code: TimezoneProblemCode, message: string): TimezoneProblem {
  return new TimezoneProblem(code, message);
}

/** A range that has an order and touches what is known; either end may be open. */
function checkRange(start: number | undefined, end: number | undefined): void {
  if (start !== undefined && end !== undefined && end <= start)
    throw invalid('invalid-end', 'The end comes after the start.');
  if (start !== undefined && start >= KNOWN_TO_UTC)
    throw invalid('invalid-start', `The start is before ${rfc3339(KNOWN_TO_UTC)}.`);
  if (end !== undefined && end <= KNOWN_FROM_UTC)
    throw invalid('invalid-end', `The end is after ${rfc3339(KNOWN_FROM_UTC)}.`);
}

function metadata({ tzid, aliases, etag }: Entry, facts: TimezoneFacts) {
  return {
    tzid,
    etag,
    'last-modified': rfc3339(facts.changedUtc),
    publisher: 'IANA',
    version: zoneDataVersion(),
    ...(aliases.length === 0 ? {} : { aliases }),
  };
}

function listed({ facts, catalogue }: ActionCall, entries: readonly Entry[]): WireResponse {
  const { synctoken } = catalogue;
  return json({ synctoken, timezones: entries.map((entry) => metadata(entry, facts)) });
}

const START: Parameter = { name: 'start', required: false };
const END: Parameter = { name: 'end', required: false };
const CHANGED_SINCE: Parameter = { name: 'changedsince', required: false };
const PATTERN: Parameter = { name: 'pattern', required: true };
const NEEDED_START: Parameter = { name: 'start', required: true };
const NEEDED_END: Parameter = { name: 'end', required: true };

/** `capabilities` (RFC 7808 §5.1). */
const CAPABILITIES: Action = {
  name: 'capabilities',
  template: '/capabilities',
  parameters: [],
  run: async ({ contextPath }) =>
    json({
      version: 1,
      info: {
        'primary-source': `IANA time zone database ${zoneDataVersion()}`,
        formats: ['text/calendar'],
        truncated: { any: true, untruncated: true },
      },
      actions: ACTIONS.map(({ name, template, parameters }) => ({
        name,
        'uri-template': `${contextPath}${template}`,
        parameters: parameters.map((parameter) => ({ ...parameter, multi: false })),
      })),
    }),
};

/** `list` (RFC 7808 §5.2): nothing for the present token, everything for any other. */
const LIST: Action = {
  name: 'list',
  template: '/zones{?changedsince}',
  parameters: [CHANGED_SINCE],
  async run(call) {
    const { catalogue, request } = call;
    const isCurrent = once(request, CHANGED_SINCE) === catalogue.synctoken;
    return listed(call, isCurrent ? [] : catalogue.entries);
  },
};

/** `get` (RFC 7808 §5.3). */
const GET: Action = {
  name: 'get',
  template: '/zones{/tzid}{?start,end}',
  parameters: [START, END],
  async run({ catalogue, request, tzid }) {
    const named = catalogue.find(tzid);
    if (!isWanted(request.headers['accept'], ['text/calendar']))
      throw invalid('invalid-format', 'Time zones are told as text/calendar.');
    const startUtc = moment(request, START);
    const endUtc = moment(request, END);
    checkRange(startUtc, endUtc);
    const same = unchanged(request, named);
    if (same !== null) return same;
    const options = {
      ...(startUtc === undefined ? {} : { startUtc }),
      ...(endUtc === undefined ? {} : { endUtc }),
      ...(named.name === named.entry.tzid ? {} : { aliasOf: named.entry.tzid }),
    };
    const body = await catalogue.alone(() => zoneCalendar(named.zone, named.name, options));
    const headers = { 'Content-Type': 'text/calendar; charset=utf-8', ETag: `"${named.etag}"`, ...FRESH };
    return { status: 200, headers, body };
  },
};

/** `expand` (RFC 7808 §5.4): of what is asked, as much as is known. */
const EXPAND: Action = {
  name: 'expand',
  template: '/zones{/tzid}/observances{?start,end}',
  parameters: [NEEDED_START, NEEDED_END],
  async run({ catalogue, request, tzid }) {
    const named = catalogue.find(tzid);
    const asked = { start: moment(request, NEEDED_START) ?? 0, end: moment(request, NEEDED_END) ?? 0 };
    checkRange(asked.start, asked.end);
    const same = unchanged(request, named);
    if (same !== null) return same;
    const start = Math.max(asked.start, KNOWN_FROM_UTC);
    const end = Math.min(asked.end, KNOWN_TO_UTC);
    const observances = await catalogue.alone(() => observancesOf(named.zone, start, end));
    const body = {
      tzid: named.name,
      ...(start === asked.start ? {} : { start: rfc3339(start) }),
      ...(end === asked.end ? {} : { end: rfc3339(end) }),
      observances: observances.map(({ name, onsetUtc, from, to }) => ({
        name,
        onset: rfc3339(onsetUtc),
        'utc-offset-from': from,
        'utc-offset-to': to,
      })),
    };
    return json(body, { ETag: `"${named.etag}"` });
  },
};

/** `find` (RFC 7808 §5.5). */
const FIND: Action = {
  name: 'find',
  template: '/zones{?pattern}',
  parameters: [PATTERN],
  async run(call) {
    const isMeant = readPattern(once(call.request, PATTERN) ?? '');
    const { entries } = call.catalogue;
    return listed(
      call,
      entries.filter(({ tzid, aliases }) => [tzid, ...aliases].some(isMeant)),
    );
  },
};

/** Every action of the service: what it announces is what it runs. Leap seconds are no part of Node's data. */
export const ACTIONS: readonly Action[] = [CAPABILITIES, LIST, GET, EXPAND, FIND];

/** Finds the action a path below the context path means, with the zone it names; null for none. */
export function actionAt(
  segments: readonly string[],
  query: URLSearchParams,
): { readonly action: Action; readonly tzid: string } | null {
  const [first, ...rest] = segments;
  if (first === 'capabilities' && rest.length === 0) return { action: CAPABILITIES, tzid: '' };
  if (first !== 'zones') return null;
  if (rest.length === 0) return { action: query.has('pattern') ? FIND : LIST, tzid: '' };
  if (rest.length > 1 && rest.at(-1) === 'observances')
    return { action: EXPAND, tzid: rest.slice(0, -1).join('/') };
  return { action: GET, tzid: rest.join('/') };
}
