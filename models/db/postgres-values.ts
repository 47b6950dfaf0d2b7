import pg from 'pg';
import type { Bind } from './database.ts';

const INT8 = 20;
const NUMERIC = 1700;
const MAX_TEXTS = 2000;

/** A text in the words of `pg`, with the name under which each connection keeps it prepared. */
export interface Prepared {
  readonly name: string;
  readonly text: string;
}

/** Turns `?` into `$1`, `$2`, …; quoted text, quoted names and comments keep theirs. */
export function numberBinds(sql: string): string {
  let count = 0;
  return sql.replace(/'[^']*'|"[^"]*"|--[^\n]*|\/\*.*?\*\/|\?/gs, (found) =>
    found === '?' ? `$${++count}` : found,
  );
}

/** Translates each text once. */
export class PreparedTexts {
  readonly #texts = new Map<string, Prepared>();
  #count = 0;

  of(sql: string): Prepared {
    const kept = this.#texts.get(sql);
    if (kept !== undefined) return kept;
    // Names go on counting: a connection may still hold a forgotten one.
    if (this.#texts.size >= MAX_TEXTS) this.#texts.clear();
    const made = { name: `d${++this.#count}`, text: numberBinds(sql) };
    this.#texts.set(sql, made);
    return made;
  }
}

function safeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new RangeError(`${text} is beyond the integers a number can hold`);
  return value;
}

/** How `pg` reads values: BIGINT, and the NUMERIC that a sum of it gives, as numbers; the rest its own way. */
export const POSTGRES_TYPES: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8 || oid === NUMERIC) return safeNumber;
    return format === 'binary' ? pg.types.getTypeParser(oid, 'binary') : pg.types.getTypeParser(oid, 'text');
  },
};

/** Binds as `pg` wants them: big integers as text, bytes without a copy. */
export function postgresBinds(binds: readonly Bind[]): unknown[] {
  return binds.map((bind) => {
    if (typeof bind === 'bigint') return bind.toString();
    return bind instanceof Uint8Array ? Buffer.from(bind.buffer, bind.byteOffset, bind.byteLength) : bind;
  });
}
