import { Precondition, type PreconditionCode, Refusal } from '../../models/errors.ts';
import type { StoredObject } from '../../models/objects/service.ts';
import type { ObjectCollection } from '../../models/types.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';
import type { XmlElement } from '../xml/element.ts';
import type { Xml } from '../xml/write.ts';
import { readPreferences } from './headers.ts';
import { collectionHref, encodeName } from './hrefs.ts';
import { type Entry, gather, multistatus } from './multistatus.ts';
import { asResource } from './propfind.ts';
import { type PropRequest, propstats, readPropRequest } from './propstat.ts';
import type { ReportContext, Tables } from './rows.ts';

/** How an answer shows the content of objects. */
export interface ContentView {
  /** Makes what is shown from the stored bytes. */
  show(body: Uint8Array): Promise<Uint8Array | string> | Uint8Array | string;
  /** True when `show` may run out of its budget: the answer is made whole before its status is sent. */
  readonly isBounded: boolean;
}

/** What an answer shows of the members of one collection. */
export interface MemberView {
  readonly collection: ObjectCollection;
  readonly request: PropRequest;
  /** Null: content is not asked for. */
  readonly content: ContentView | null;
}

/** Reads the properties a report asks for; one that names none gets just the hrefs. */
export function readReportProps(root: XmlElement, req: WireRequest): PropRequest {
  const { isMinimal } = readPreferences(req);
  return readPropRequest(root, isMinimal) ?? { kind: 'prop', asked: [], isMinimal };
}

/** The element a request names a property by; undefined when it does not. */
export function askedElement(request: PropRequest, name: string): XmlElement | undefined {
  if (request.kind === 'propname') return undefined;
  return request.asked.find((asked) => asked.name === name)?.element ?? undefined;
}

/** Renders a page of objects as entries of an answer. */
export async function memberEntries(
  v: Viewer,
  tables: Tables,
  view: MemberView,
  page: readonly StoredObject[],
): Promise<readonly Entry[]> {
  const prefix = collectionHref(v.base, view.collection);
  const { shown, failed } = await showAll(v, view, page);
  const resources = page.map((stored) => asResource(view.collection, stored));
  const render = await propstats(v, resources, view.request, tables, { body: shown });
  return resources.map((object): Entry => {
    const href = prefix + encodeName(object.name);
    const failure = failed.get(object.name);
    return failure === undefined ? { href, propstats: render(object) } : { href, ...failure };
  });
}

/** What stands in the place of an object that cannot be shown as asked. */
type Failure = { readonly status: number; readonly condition?: PreconditionCode };

const BUG: Failure = { status: 500 };
/** What views throw for stored content that cannot be turned into what was asked for (RFC 6352 §5.1.1). */
const CONVERSIONS: ReadonlySet<PreconditionCode> = new Set([
  'supported-calendar-data',
  'supported-address-data-conversion',
]);

function failureOf(error: unknown): Failure {
  const isConversion = error instanceof Precondition && CONVERSIONS.has(error.code);
  return isConversion ? { status: 403, condition: error.code } : BUG;
}

/** Shows the content of a page; an object that cannot be shown fails alone, an exhausted budget fails the answer. */
async function showAll(
  v: Viewer,
  { content, collection }: MemberView,
  page: readonly StoredObject[],
): Promise<{
  readonly shown: ReadonlyMap<string, Uint8Array | string>;
  readonly failed: ReadonlyMap<string, Failure>;
}> {
  const shown = new Map<string, Uint8Array | string>();
  const failed = new Map<string, Failure>();
  if (content === null) return { shown, failed };
  for (const { name, body } of page) {
    if (body === null) continue;
    try {
      shown.set(name, await content.show(body));
    } catch (error) {
      if (error instanceof Refusal || (error instanceof Precondition && isBudget(error))) throw error;
      v.app.log.error('object cannot be shown', { collection: collection.id, name, error });
      failed.set(name, failureOf(error));
    }
  }
  return { shown, failed };
}

function isBudget(error: Precondition): boolean {
  return error.code === 'max-instances' || error.code === 'number-of-matches-within-limits';
}

/**
 * Answers with pages of entries: in one piece while they are few, streamed when they are many. A bounded answer is
 * made whole, so that running out of budget is its status.
 */
export async function answerPages(
  c: ReportContext,
  pages: AsyncGenerator<readonly Entry[]>,
  options: { readonly isBounded?: boolean; readonly tail?: () => Xml } = {},
): Promise<WireResponse> {
  const { isBounded = false, ...tail } = options;
  return multistatus(await gather([], pages, isBounded), { headers: preferenceHeaders(c.req), ...tail });
}

/** `Preference-Applied` where one of the request's preferences was honoured. */
export function preferenceHeaders(req: WireRequest): Readonly<Record<string, string>> {
  const applied = readPreferences(req).applied('return=minimal');
  return applied === null ? {} : { 'Preference-Applied': applied };
}
