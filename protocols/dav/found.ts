import type { Collection, Resource } from '../../models/types.ts';

/** What a path names. */
export type Found =
  /** A resource; `parent` is the collection that holds an object, null for everything else. */
  | { readonly kind: 'resource'; readonly resource: Resource; readonly parent: Collection | null }
  /** Nothing yet, but its parent exists: where PUT, MKCOL, MKCALENDAR and MOVE create. */
  | { readonly kind: 'absent'; readonly parent: Collection; readonly name: string }
  /** Nothing, and nowhere to create it. `creating` is the status of an attempt to: 409 where a parent of one's own is missing, 403 where nobody creates, 404 in places that are not for this actor's eyes. */
  | { readonly kind: 'nowhere'; readonly creating: 403 | 404 | 409 };
