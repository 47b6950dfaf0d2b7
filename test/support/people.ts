import type { PrincipalBase, Scope, UserActor } from '../../models/types.ts';

/** Somebody who signed in with a password. */
export function userActor(who: PrincipalBase, scope: Partial<Scope> = {}): UserActor {
  return {
    kind: 'user',
    principal: who.id,
    login: who.login,
    displayName: who.displayName,
    isAdmin: who.isAdmin,
    scope: { calendars: true, contacts: true, readOnly: false, ...scope },
    via: 'password',
    device: null,
  };
}
