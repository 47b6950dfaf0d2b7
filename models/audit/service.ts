import { createHash } from 'node:crypto';
import { requireAdmin } from '../access/service.ts';
import type { App } from '../app.ts';
import { networkOf } from '../credentials/brake.ts';
import type { Actor } from '../types.ts';
import {
  type AuditRow,
  appendAudit,
  auditDays,
  chainOf,
  deleteAuditBefore,
  holdDay,
  type StoredAudit,
} from './store.ts';

/** Days for which the log is kept. */
export const AUDIT_DAYS = 400;
const DAY_SECONDS = 86_400;
const MAX_FACTS = 20;
const MAX_FACT_CHARACTERS = 200;

/** What was done. Never contents, passwords or tokens. */
export interface AuditEntry {
  /** Noun and verb: `device.remove`. */
  readonly action: string;
  /** Plain facts: names, counts, ids. */
  readonly about?: Readonly<Record<string, string | number>>;
  /** `ok` unless told otherwise. */
  readonly verdict?: 'ok' | 'refused';
  /** Only its network is kept. */
  readonly remoteAddress?: string;
}

const dayOf = (utc: number) => new Date(utc * 1000).toISOString().slice(0, 10);

function whoOf(actor: Actor): Pick<AuditRow, 'actor_id' | 'actor_name' | 'via' | 'device_id'> {
  if (actor.kind !== 'user') return { actor_id: null, actor_name: '', via: actor.kind, device_id: null };
  return {
    actor_id: actor.principal,
    actor_name: actor.displayName === '' ? actor.login : actor.displayName,
    via: actor.via,
    device_id: actor.device,
  };
}

function factsOf(about: AuditEntry['about'] = {}): string {
  const kept = Object.entries(about)
    .slice(0, MAX_FACTS)
    .map(([key, value]) => [key, typeof value === 'string' ? value.slice(0, MAX_FACT_CHARACTERS) : value]);
  return JSON.stringify(Object.fromEntries(kept));
}

function hashOf(before: string, row: AuditRow): string {
  const covered = [
    before,
    row.at_utc,
    row.action,
    row.verdict,
    row.actor_id,
    row.actor_name,
    row.via,
    row.device_id,
    row.about,
    row.network,
  ];
  return createHash('sha256').update(JSON.stringify(covered)).digest('base64url');
}

/** Writes down who did what; called by services and pages after it was done. The log is only ever added to. */
export async function audit(app: Pick<App, 'db' | 'clock'>, actor: Actor, entry: AuditEntry): Promise<void> {
  const nowUtc = Math.floor(app.clock.nowMs() / 1000);
  const row: AuditRow = {
    at_utc: nowUtc,
    day: dayOf(nowUtc),
    action: entry.action.slice(0, 60),
    verdict: entry.verdict ?? 'ok',
    ...whoOf(actor),
    about: factsOf(entry.about),
    network: entry.remoteAddress === undefined ? null : networkOf(entry.remoteAddress),
  };
  await app.db.write(async (tx) => {
    const before = await holdDay(tx, row.day);
    await appendAudit(tx, row, hashOf(before, row));
  });
}

const plainRow = (row: StoredAudit): AuditRow => ({ ...row, at_utc: Number(row.at_utc) });

/**
 * Reads the chains of the newest days and gives the day on which a row was changed or taken out, null when all hold. It shows
 * tampering by hand; somebody who can write the whole database can also write new chains. For administrators.
 */
export async function findBrokenDay(app: Pick<App, 'db'>, actor: Actor, days = 7): Promise<string | null> {
  requireAdmin(actor);
  for (const day of await auditDays(app.db, days)) {
    const chain = await app.db.read((db) => chainOf(db, day));
    if (chain === null) continue;
    let before = '';
    for (const row of chain.rows) {
      if (row.hash !== hashOf(before, plainRow(row))) return day;
      before = row.hash;
    }
    if (before !== chain.end || chain.rows.length !== chain.count) return day;
  }
  return null;
}

/** Removes what is older than the log is kept; for the job. Gives how many rows. */
export function pruneAudit(app: Pick<App, 'db' | 'clock'>): Promise<number> {
  const cutUtc = Math.floor(app.clock.nowMs() / 1000) - AUDIT_DAYS * DAY_SECONDS;
  return app.db.write((tx) => deleteAuditBefore(tx, dayOf(cutUtc)));
}
