import { Refusal } from '../../models/errors.ts';
import { currentToken } from '../../models/journal/service.ts';
import type { ETag } from '../../models/types.ts';
import type { Viewer, WireRequest } from '../wire.ts';
import type { Found } from './found.ts';
import { bareETag, dateOf, type Judge, readMatch, stateTag } from './headers.ts';
import { resolveHref } from './hrefs.ts';

/** One test of a list: a state token or an entity tag, maybe negated. */
interface Test {
  readonly isNegated: boolean;
  readonly kind: 'token' | 'etag';
  readonly value: string;
}

/** One list in parentheses: true when all of its tests are. */
interface TestList {
  /** Href the list is about; null for the request's own resource. */
  readonly about: string | null;
  readonly tests: readonly Test[];
}

const MAX_LISTS = 64;
const NEXT = /\s*(?:<([^<>\s]*)>|\(((?:[^()"]|"[^"]*")*)\))/y;
const NEXT_TEST = /\s*(not\s+|not(?=[<[]))?(?:<([^<>\s]+)>|\[((?:W\/)?\\?"[^"]*"|[^\]\s]+)\])/iy;

const garbled = (): Refusal => new Refusal(400, 'The If header cannot be read.');

/** Takes an `If` header apart (RFC 4918 §10.4.2); throws `Refusal` 400. */
export function parseIf(header: string): readonly TestList[] {
  const lists: TestList[] = [];
  let about: string | null = null;
  let at = 0;
  while (header.slice(at).trim() !== '') {
    NEXT.lastIndex = at;
    const [whole, tag, list] = NEXT.exec(header) ?? [];
    if (whole === undefined || lists.length >= MAX_LISTS) throw garbled();
    at += whole.length;
    if (tag !== undefined) about = tag;
    if (list !== undefined) lists.push({ about, tests: parseTests(list) });
  }
  if (lists.length === 0) throw garbled();
  return lists;
}

function parseTests(list: string): readonly Test[] {
  const tests: Test[] = [];
  let at = 0;
  while (list.slice(at).trim() !== '') {
    NEXT_TEST.lastIndex = at;
    const [whole, negation, token, etag] = NEXT_TEST.exec(list) ?? [];
    if (whole === undefined) throw garbled();
    at += whole.length;
    const isNegated = negation !== undefined;
    if (token !== undefined) tests.push({ isNegated, kind: 'token', value: token });
    else tests.push({ isNegated, kind: 'etag', value: stateTag(bareETag(etag ?? '')) });
  }
  if (tests.length === 0) throw garbled();
  return tests;
}

/** What is known of a resource some list is about. */
interface State {
  /** True for the resource of the request: its tag is judged inside the write. */
  readonly isOwn: boolean;
  readonly etag: ETag | null;
  readonly tokens: readonly string[];
}

async function stateOf(v: Viewer, found: Found, isOwn: boolean, wantsToken: boolean): Promise<State> {
  if (found.kind !== 'resource') return { isOwn, etag: null, tokens: [] };
  const { resource } = found;
  if (resource.kind === 'object') return { isOwn, etag: resource.etag, tokens: [] };
  const hasToken = resource.kind === 'calendar' || resource.kind === 'addressbook';
  // A sync token is the state token of its collection (RFC 6578 §5).
  const tokens = hasToken && wantsToken ? [await currentToken(v.app.db, resource.id)] : [];
  return { isOwn, etag: null, tokens };
}

function isSame(one: Found, other: Found): boolean {
  if (one.kind === 'absent' && other.kind === 'absent')
    return one.parent.id === other.parent.id && one.name === other.name;
  if (one.kind !== 'resource' || other.kind !== 'resource') return false;
  const [a, b] = [one.resource, other.resource];
  if (a.kind === 'object' && b.kind === 'object') return a.collection === b.collection && a.name === b.name;
  return a.kind === b.kind && 'id' in a && 'id' in b && a.id === b.id;
}

/** Reads the `If` header into a judgement over the request's own resource; null when there is none. */
async function readIf(v: Viewer, req: WireRequest, found: Found): Promise<Judge | null> {
  const header = req.headers['if'];
  if (header === undefined) return null;
  const judged: { readonly state: State; readonly tests: readonly Test[] }[] = [];
  for (const list of parseIf(header)) {
    const about = list.about === null ? found : await resolveHref(v, req, list.about);
    const isOwn = list.about === null || isSame(found, about);
    const wantsToken = list.tests.some((test) => test.kind === 'token');
    judged.push({ state: await stateOf(v, about, isOwn, wantsToken), tests: list.tests });
  }
  return (current) =>
    judged.some(({ state, tests }) =>
      tests.every((test) => {
        const etag: string | null = state.isOwn ? current : state.etag;
        const holds = test.kind === 'etag' ? etag === test.value : state.tokens.includes(test.value);
        return holds !== test.isNegated;
      }),
    );
}

/**
 * Reads `If-Unmodified-Since` of a write (RFC 9110 §13.1.4): where it holds now, what stands there must stay the same until
 * the write. Null where there is nothing to judge: no date, no object, or an `If-Match`, which says it better.
 */
function readUnmodified(req: WireRequest, found: Found): Judge | null {
  const since = dateOf(req.headers['if-unmodified-since']);
  if (since === null || req.headers['if-match'] !== undefined) return null;
  if (found.kind !== 'resource' || found.resource.kind !== 'object') return null;
  const { etag, modifiedUtc } = found.resource;
  return (current) => modifiedUtc <= since && current === etag;
}

/** Joins `If-Match`, `If-None-Match`, `If-Unmodified-Since` and `If` into the condition of a write on what the path names; null when none was sent. */
export async function readCondition(v: Viewer, req: WireRequest, found: Found): Promise<Judge | null> {
  const match = readMatch(req);
  const listed = await readIf(v, req, found);
  const judges = [match, readUnmodified(req, found), listed].filter((judge) => judge !== null);
  return judges.length === 0 ? null : (current) => judges.every((judge) => judge(current));
}
