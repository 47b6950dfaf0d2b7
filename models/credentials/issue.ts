import type { App } from '../app.ts';
import type { Database, Tx } from '../db/database.ts';
import { Refusal } from '../errors.ts';
import { bumpVersion } from '../principals/store.ts';
import type { PrincipalId, Scope } from '../types.ts';
import { secretHash, writeAppPassword } from './hash.ts';
import { appPasswords, FULL_SCOPE, insertCredential, renewAppPassword } from './store.ts';
import type { CredentialRow } from './table.ts';

const MAX_APP_PASSWORDS = 100;
const MAX_LABEL = 100;

/** An app password that is about to be stored; the secret is known here only. */
export interface Issue {
  readonly secret: string;
  readonly row: CredentialRow;
}

/** Makes the parts of an app password, to be stored together with what it is made for. */
export function prepareIssue(
  app: Pick<App, 'clock' | 'random'>,
  input: { readonly principal: PrincipalId; readonly label: string; readonly scope?: Scope },
): Issue {
  const secret = writeAppPassword(app.random.bytes(20));
  const row = {
    id: app.random.uuid(),
    principal_id: input.principal,
    kind: 'app-password',
    hash: secretHash(secret.replaceAll('-', '')),
    label: input.label.trim().slice(0, MAX_LABEL),
    scope: JSON.stringify(input.scope ?? FULL_SCOPE),
    created_utc: Math.floor(app.clock.nowMs() / 1000),
    last_used_utc: null,
    expires_utc: null,
  };
  return { secret, row };
}

/** Throws `Refusal` 409 when somebody has as many app passwords as anybody may have. */
export async function requireRoom(db: Database, principal: PrincipalId): Promise<void> {
  if ((await appPasswords(db, principal)).length >= MAX_APP_PASSWORDS)
    throw new Refusal(409, `There are ${MAX_APP_PASSWORDS} app passwords already. Remove one first.`);
}

/** Stores an app password in the transaction of its caller. */
export async function storeIssue(app: Pick<App, 'db'>, tx: Tx, issue: Issue): Promise<void> {
  await insertCredential(app.db, tx, issue.row);
}

/**
 * Gives an app password a new secret, so that the device keeps its name, rights and history; the old secret ends at once,
 * and one that was taken back works again. Throws `Refusal` 404 when there is none of that id.
 */
export async function renewIssue(tx: Tx, principal: PrincipalId, id: string, issue: Issue): Promise<void> {
  if (!(await renewAppPassword(tx, principal, id, issue.row.hash)))
    throw new Refusal(404, 'The device this code was made for is gone.');
  await bumpVersion(tx, principal);
}
