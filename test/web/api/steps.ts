import type { Operation } from '../../../protocols/api/operation.ts';
import { OPERATIONS } from '../../../protocols/api/routes/index.ts';
import type { Family } from '../../shots/family.ts';
import { type Answer, call, dig, type Input, type Who } from '../../support/api.ts';
import type { TestClock } from '../../support/app.ts';
import type { TestServer } from '../../support/server.ts';
import type { Visitor } from '../../support/web.ts';

/** What steps work on: a family's server, and what earlier steps kept by name. */
export class World {
  readonly server: TestServer;
  readonly clock: TestClock;
  readonly family: Family;
  /** Mara's token. */
  readonly mara: Who;
  /** A page that Mara has open. */
  readonly page: Who;
  readonly visitor: Visitor;
  readonly #kept = new Map<string, unknown>();

  constructor(parts: Pick<World, 'server' | 'clock' | 'family' | 'mara' | 'page' | 'visitor'>) {
    this.server = parts.server;
    this.clock = parts.clock;
    this.family = parts.family;
    this.mara = parts.mara;
    this.page = parts.page;
    this.visitor = parts.visitor;
  }

  keep(name: string, value: unknown): void {
    this.#kept.set(name, value);
  }

  get(name: string): unknown {
    if (!this.#kept.has(name)) throw new Error(`no step has kept ${name}`);
    return this.#kept.get(name);
  }

  text(name: string): string {
    return String(this.get(name));
  }

  /** Another operation in between, as Mara. */
  async call(id: string, input: Input = {}): Promise<unknown> {
    const { status, text, json } = await call(this.server, this.mara, operationOf(id), input);
    if (status >= 300) throw new Error(`${id}: ${status} ${text}`);
    return json;
  }

  /** Waits until an import is in a state. */
  async untilImport(id: unknown, ...states: readonly string[]): Promise<void> {
    for (let i = 0; i < 400; i += 1) {
      const state = dig(await this.call('getImport', { id }), 'state');
      if (states.includes(String(state))) return;
      if (state === 'failed') throw new Error('the import failed');
      await new Promise((done) => setTimeout(done, 25));
    }
    throw new Error(`the import did not become ${states.join(' or ')}`);
  }
}

/** One operation of the row: how it is asked for and what comes of it. */
export interface Step {
  readonly id: string;
  input?(world: World): Input;
  /** The body, where it is a file. */
  file?(world: World): string;
  /** What must have happened before, not by the API. */
  before?(world: World): Promise<void>;
  after?(world: World, answer: Answer): void | Promise<void>;
  /** Asked from a page in place of with a token. */
  readonly isFromPage?: boolean;
  /**
   * What somebody else gets with the same input, another administrator too; null: not asked, since it is their own that
   * would change. 404 unless told otherwise, where the path names something.
   */
  readonly others?: number | null;
  /** The same for administrators, where it is not the same. */
  readonly administrators?: number | null;
}

/** The row of the table. */
export function operationOf(id: string): Operation {
  const found = OPERATIONS.find((operation) => operation.id === id);
  if (found === undefined) throw new Error(`there is no operation ${id}`);
  return found;
}
