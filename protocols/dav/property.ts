import type { CollectionPatch } from '../../models/collections/service.ts';
import type {
  Collection,
  CollectionId,
  Kind,
  PrincipalId,
  Resource,
  ResourceOf,
  SyncToken,
} from '../../models/types.ts';
import type { Viewer } from '../wire.ts';
import type { XmlElement } from '../xml/element.ts';
import type { QName } from '../xml/names.ts';
import type { Xml } from '../xml/write.ts';
import type { Tables } from './rows.ts';

/** What a property may need beside its resource; loaded once per page of resources, never per resource. */
export interface Loaded {
  /** Content of objects as the answer shows it, by name; only reports that were asked for content provide it. */
  readonly body: ReadonlyMap<string, Uint8Array | string>;
  /** Of the owner of the page's resources. */
  readonly quota: { readonly usedBytes: number; readonly availableBytes: number };
  /** Sync tokens of the page's collections, and of the collections of its homes. */
  readonly tokens: ReadonlyMap<CollectionId, SyncToken>;
  /** Everything in the page's homes, by home: default collections first. */
  readonly collectionsOf: ReadonlyMap<CollectionId, readonly Collection[]>;
  /** Calendar homes by owner, of the page's principals. */
  readonly homes: ReadonlyMap<PrincipalId, Collection>;
  readonly tables: Tables;
}

export type Need = keyof Loaded;

/** Where a property of every resource stands. */
export const EVERYTHING = [
  'root',
  'principals',
  'principal',
  'home',
  'calendar',
  'addressbook',
  'inbox',
  'outbox',
  'object',
] as const satisfies readonly Kind[];

/** The property cannot be set by clients (RFC 4918 §15). */
export const PROTECTED = 'protected';

/** How PROPPATCH, MKCOL and MKCALENDAR write a live property into a column. */
export interface ColumnWrite {
  /** Reads the element; throws `Precondition`, or `Refusal` 409, on a bad value. */
  set(element: XmlElement): CollectionPatch;
  /** What removing the property does. */
  readonly unset: CollectionPatch;
  /** The element itself is kept beside the column where it bears attributes or a language. */
  readonly keepsElement: boolean;
}

interface PropertyDefinition<K extends Kind, N extends Need> {
  readonly name: QName;
  /** The kinds of resource that have it. */
  readonly on: readonly K[];
  /** Part of an allprop answer (RFC 4918 §14.2). */
  readonly allprop: boolean;
  readonly needs?: readonly N[];
  /** The content of the property element; undefined where this resource lacks it. Synchronous and pure. `asked` is the request's own element, for parameters such as `C:calendar-data`. */
  read(resource: ResourceOf<K>, x: Viewer & Pick<Loaded, N>, asked: XmlElement | null): Xml | undefined;
  /** Attributes of the property element in an answer, where the request's element decides about them. */
  attributes?(asked: XmlElement | null): Readonly<Record<string, string>>;
  readonly write: typeof PROTECTED | ColumnWrite;
}

/** A row of the property tables, its types widened for the reader. */
export interface Property {
  readonly name: QName;
  readonly on: readonly Kind[];
  readonly allprop: boolean;
  readonly needs: readonly Need[];
  read(resource: Resource, x: Viewer & Loaded, asked: XmlElement | null): Xml | undefined;
  attributes?(asked: XmlElement | null): Readonly<Record<string, string>>;
  readonly write: typeof PROTECTED | ColumnWrite;
}

/** Makes a row of the property tables; the resource's type follows `on`, the loaded values follow `needs`. */
export function property<const K extends Kind, const N extends Need = never>(
  def: PropertyDefinition<K, N>,
): Property {
  return {
    ...def,
    needs: def.needs ?? [],
    read: (resource, x, asked) => def.read(resource as ResourceOf<K>, x, asked),
  };
}
