import type { Collection, Resource } from '../../models/types.ts';

/** What a path names. */
export type Found =
  /** A resource; `parent` is the collection or home that holds it, null above the homes. */
  | { readonly kind: 'resource'; readonly resource: Resource; readonly parent: Collection | null }
  /** Nothing yet, but its parent exists: where PUT, MKCOL, MKCALENDAR and MOVE create. */
  | { readonly kind: 'absent'; readonly parent: Collection; readonly name: string }
  /** Nothing, and nowhere to create it. */
  | { readonly kind: 'nowhere' };
