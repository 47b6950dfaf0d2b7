import type { SyncToken } from '../types.ts';

/** What a sync token says; ARCHITECTURE section 6 rule 5. */
export interface Position {
  /** History of the whole database; another one after a restore. */
  readonly epoch: string;
  /** Life of the collection. */
  readonly incarnation: string;
  /** Changes up to this revision are known to the client. */
  readonly after: number;
  /** The counter at the moment the page was read. */
  readonly seen: number;
  /** Nonce of the change numbered `seen`; the incarnation when `seen` is 0. */
  readonly nonce: string;
  /** The counter at the first page, only while a first sync is being paged. */
  readonly base: number | null;
}

const FORM =
  /^data:,s1\.([\w-]{1,24})\.([\w-]{1,24})\.(\d{1,16})\.(\d{1,16})\.([\w-]{1,24})(?:\.(\d{1,16}))?$/;

/** Writes a token: an absolute URI of at most 96 bytes (RFC 6578 §3.2). */
export function writeToken(p: Position): SyncToken {
  const base = p.base === null ? '' : `.${p.base}`;
  return `data:,s1.${p.epoch}.${p.incarnation}.${p.after}.${p.seen}.${p.nonce}${base}` as SyncToken;
}

/** Reads a token; null when it is not one of ours. */
export function readToken(token: string): Position | null {
  const found = FORM.exec(token);
  if (found === null) return null;
  const [, epoch = '', incarnation = '', after, seen, nonce = '', base] = found;
  const position = {
    epoch,
    incarnation,
    after: Number(after),
    seen: Number(seen),
    nonce,
    base: base === undefined ? null : Number(base),
  };
  const isOrdered =
    position.after <= (position.base ?? position.seen) && (position.base ?? 0) <= position.seen;
  return isOrdered && Number.isSafeInteger(position.seen) ? position : null;
}
