import { Precondition, Refusal } from '../errors.ts';
import type { Actor, Collection, Privilege, Resource, UserActor } from '../types.ts';

/** The actor of jobs and the command line: may do everything. */
export const SYSTEM_ACTOR: Actor = { kind: 'system' };

const READ: readonly Privilege[] = ['read'];
const NONE: readonly Privilege[] = [];
const EVERYTHING: readonly Privilege[] = ['read', 'write-content', 'write-properties', 'bind', 'unbind'];
const WRITE_PROPERTIES: readonly Privilege[] = ['read', 'write-properties'];
const HOME: readonly Privilege[] = ['read', 'write-properties', 'bind', 'unbind'];
const INBOX: readonly Privilege[] = ['read', 'write-properties', 'unbind'];

function ownPrivileges(resource: Resource): readonly Privilege[] {
  switch (resource.kind) {
    case 'root':
    case 'principals':
      return READ;
    case 'principal':
    case 'outbox':
      return WRITE_PROPERTIES;
    case 'home':
      return HOME;
    case 'inbox':
      return INBOX;
    case 'calendar':
    case 'addressbook':
    case 'object':
      return EVERYTHING;
  }
}

/** What a collection holds, whatever kind it is; inbox and outbox belong to calendars. */
export function holdsOf(collection: Collection): 'calendar' | 'addressbook' {
  if (collection.kind === 'home') return collection.holds;
  return collection.kind === 'addressbook' ? 'addressbook' : 'calendar';
}

function isOwn(actor: UserActor, resource: Resource): boolean {
  switch (resource.kind) {
    case 'root':
    case 'principals':
      return true;
    case 'principal':
      return resource.id === actor.principal;
    default:
      return resource.owner === actor.principal;
  }
}

/** Whether the credential reaches this kind of data at all. */
function isInScope(actor: UserActor, resource: Resource): boolean {
  switch (resource.kind) {
    case 'root':
    case 'principals':
    case 'principal':
      return true;
    case 'object':
      return resource.holds === 'calendar' ? actor.scope.calendars : actor.scope.contacts;
    default:
      return holdsOf(resource) === 'calendar' ? actor.scope.calendars : actor.scope.contacts;
  }
}

/** Whether the actor may know that the resource exists. */
export function canSee(actor: Actor, resource: Resource): boolean {
  switch (actor.kind) {
    case 'system':
      return true;
    case 'anonymous':
      return resource.kind === 'root';
    case 'user':
      return isOwn(actor, resource);
  }
}

/** The privileges the actor has on the resource (RFC 3744 §5.4); none where it may not be seen. */
export function privilegesOn(actor: Actor, resource: Resource): readonly Privilege[] {
  if (!canSee(actor, resource)) return NONE;
  if (actor.kind === 'system') return EVERYTHING;
  if (actor.kind === 'anonymous') return NONE;
  if (!isInScope(actor, resource)) return NONE;
  return actor.scope.readOnly ? READ : ownPrivileges(resource);
}

/**
 * Lets the actor pass or throws: `Refusal` 404 for what it may not know of, `Precondition` `need-privileges` for what
 * it sees but may not do so with (RFC 3744 §7.1.1).
 */
export function authorize(actor: Actor, privilege: Privilege, resource: Resource): void {
  if (!canSee(actor, resource)) throw new Refusal(404, 'There is nothing here.');
  if (privilegesOn(actor, resource).includes(privilege)) return;
  throw new Precondition('need-privileges', `This needs the privilege "${privilege}".`, [resource]);
}

/** Lets administrators and the system pass; throws `Refusal` 403. App passwords never administer. */
export function requireAdmin(actor: Actor): void {
  if (actor.kind === 'system') return;
  if (actor.kind === 'user' && actor.isAdmin && actor.via !== 'app-password') return;
  throw new Refusal(403, 'Only an administrator may do this.');
}

/** Lets a person act on their own account, and administrators and the system on any; throws `Refusal` 403. */
export function requireSelfOrAdmin(actor: Actor, id: string): void {
  if (actor.kind === 'user' && actor.principal === id && actor.via !== 'app-password') return;
  requireAdmin(actor);
}
