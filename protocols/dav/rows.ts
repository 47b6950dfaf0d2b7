import type { Holds, Kind, Resource, ResourceOf } from '../../models/types.ts';
import type { Viewer, WireRequest, WireResponse } from '../wire.ts';
import type { XmlElement } from '../xml/element.ts';
import type { ReadXml } from '../xml/known.ts';
import type { QName } from '../xml/names.ts';
import type { Found } from './found.ts';
import type { Property } from './property.ts';

/** The `Depth` header; null when it was not sent. */
export type Depth = '0' | '1' | 'infinity' | null;

/** A row of the method table: one HTTP method of the DAV tree. */
export interface Method {
  readonly name: string;
  /** Answers for what the path names; throws `Precondition` or `Refusal`. */
  answer(v: Viewer, req: WireRequest, found: Found, tables: Tables): Promise<WireResponse>;
}

/** What a report gets beside its query. */
export interface ReportContext {
  readonly v: Viewer;
  readonly req: WireRequest;
  readonly depth: Depth;
  readonly tables: Tables;
}

/** A row of the report table. */
export interface Report {
  readonly name: QName;
  /** The kinds of resource it works on; `supported-report-set` is computed from this. */
  readonly on: readonly Kind[];
  /** Where homes or objects are among them: what those hold, or are; null: either. */
  readonly holds: Holds | null;
  answer(resource: Resource, root: XmlElement, c: ReportContext): Promise<WireResponse>;
}

/** The tables that say what the DAV side of the server is; joined in `protocols/tables.ts`. */
export interface Tables {
  readonly properties: ReadonlyMap<string, Property>;
  readonly reports: ReadonlyMap<string, Report>;
  readonly methods: ReadonlyMap<string, Method>;
  /** How bodies are read; a running server remembers what its clients repeat. */
  readonly readXml: ReadXml;
}

interface ReportDefinition<K extends Kind, Q> {
  /** Root element of the request body. */
  readonly name: QName;
  readonly on: readonly K[];
  readonly holds?: Holds;
  /** Makes the typed query; throws `Refusal` 400 or `Precondition`. */
  parse(root: XmlElement, c: ReportContext): Q;
  run(resource: ResourceOf<K>, query: Q, c: ReportContext): Promise<WireResponse>;
}

/** Makes a row of the report table (RFC 3253 §3.6). */
export function report<const K extends Kind, Q>(def: ReportDefinition<K, Q>): Report {
  return {
    name: def.name,
    on: def.on,
    holds: def.holds ?? null,
    answer: (resource, root, c) => def.run(resource as ResourceOf<K>, def.parse(root, c), c),
  };
}

/** True when the report is served on that resource. */
export function serves(row: Report, resource: Resource): boolean {
  if (!row.on.includes(resource.kind)) return false;
  return row.holds === null || !('holds' in resource) || resource.holds === row.holds;
}
