import type { Client, Outcome, World } from './journal-story.ts';

/** Clauses of the rules that can be left out, to show that they are needed. */
export const VARIANTS = [
  'no-nonce',
  'no-floor',
  'always-omit',
  'list-seen-base',
  'page-seen-last',
  'base-moves',
] as const;
export type Variant = (typeof VARIANTS)[number];

interface ModelChange {
  readonly revision: number;
  readonly name: string;
  readonly op: 'create' | 'update' | 'delete';
  readonly nonce: number;
}

interface State {
  revision: number;
  floor: number;
  epoch: number;
  readonly objects: Map<string, { readonly body: string; readonly revision: number }>;
  changes: ModelChange[];
}

/** What a token says, in the clear. */
export interface ModelToken {
  readonly epoch: number;
  readonly base: number | null;
  readonly after: number;
  readonly seen: number;
  readonly nonce: number | undefined;
}

const copyOf = (state: State): State => ({
  ...state,
  objects: new Map(state.objects),
  changes: [...state.changes],
});

/** The journal as rules 4 to 8 describe it, in memory and in the fewest words; a variant leaves one clause out. */
export class ModelWorld implements World<ModelToken> {
  readonly #variant: Variant | null;
  #state: State = { revision: 0, floor: 0, epoch: 1, objects: new Map(), changes: [] };
  #backup: State | null = null;
  #nonces = 0;
  #epochs = 1;

  constructor(variant: Variant | null = null) {
    this.#variant = variant;
  }

  put(name: string, body: string): void {
    const revision = this.#advance(name, this.#state.objects.has(name) ? 'update' : 'create');
    this.#state.objects.set(name, { body, revision });
  }

  remove(name: string): void {
    if (this.#state.objects.delete(name)) this.#advance(name, 'delete');
  }

  prune(keep: number): void {
    const state = this.#state;
    state.floor = Math.max(state.floor, state.revision - keep);
    // The change at the floor stays: its nonce is still asked for.
    state.changes = state.changes.filter((change) => change.revision >= state.floor);
  }

  backup(): void {
    this.#backup = copyOf(this.#state);
  }

  restore(isRenewed: boolean): void {
    if (this.#backup === null) return;
    this.#state = copyOf(this.#backup);
    if (isRenewed) this.#state.epoch = ++this.#epochs;
  }

  live(): ReadonlyMap<string, string> {
    return new Map([...this.#state.objects].map(([name, object]) => [name, object.body]));
  }

  sync(client: Client<ModelToken>, limit: number): Outcome {
    if (client.token !== null && !this.#isValid(client.token)) {
      client.token = null;
      client.mirror = new Map();
      return 'refused';
    }
    return client.token === null || client.token.base !== null
      ? this.#firstSync(client, client.token, limit)
      : this.#delta(client, client.token, limit);
  }

  #advance(name: string, op: ModelChange['op']): number {
    this.#state.revision += 1;
    this.#state.changes.push({ revision: this.#state.revision, name, op, nonce: ++this.#nonces });
    return this.#state.revision;
  }

  #nonceOf(revision: number): number | undefined {
    return revision === 0 ? 0 : this.#state.changes.find((change) => change.revision === revision)?.nonce;
  }

  #token(base: number | null, after: number, seen: number): ModelToken {
    return { epoch: this.#state.epoch, base, after, seen, nonce: this.#nonceOf(seen) };
  }

  #isValid(token: ModelToken): boolean {
    return (
      token.epoch === this.#state.epoch &&
      (this.#variant === 'no-floor' || this.#state.floor <= (token.base ?? token.after)) &&
      token.seen <= this.#state.revision &&
      (this.#variant === 'no-nonce' || this.#nonceOf(token.seen) === token.nonce)
    );
  }

  #firstSync(client: Client<ModelToken>, token: ModelToken | null, limit: number): Outcome {
    if (token === null) client.mirror = new Map();
    const counter = this.#state.revision;
    const base = this.#variant === 'base-moves' ? counter : (token?.base ?? counter);
    const live = [...this.#state.objects]
      .filter(([, object]) => object.revision > (token?.after ?? 0) && object.revision <= base)
      .toSorted((a, b) => a[1].revision - b[1].revision);
    const page = live.slice(0, limit);
    for (const [name, object] of page) client.mirror.set(name, object.body);
    const last = page.at(-1)?.[1].revision ?? base;
    if (live.length > limit) {
      client.token = this.#token(base, last, counter);
      return 'more';
    }
    client.token = this.#token(null, base, this.#variant === 'list-seen-base' ? base : counter);
    return counter > base ? 'more' : 'ok';
  }

  #delta(client: Client<ModelToken>, token: ModelToken, limit: number): Outcome {
    const firsts = new Map<string, ModelChange>();
    let last = token.after;
    let more = false;
    for (const change of this.#state.changes.filter((each) => each.revision > token.after)) {
      more = !firsts.has(change.name) && firsts.size >= limit;
      if (more) break;
      if (!firsts.has(change.name)) firsts.set(change.name, change);
      last = change.revision;
    }
    for (const [name, first] of firsts) {
      const object = this.#state.objects.get(name);
      const isOmitted =
        first.op === 'create' && (this.#variant === 'always-omit' || first.revision > token.seen);
      if (object !== undefined) client.mirror.set(name, object.body);
      else if (!isOmitted) client.mirror.delete(name);
    }
    const counter = this.#state.revision;
    if (!more) client.token = this.#token(null, counter, counter);
    else client.token = this.#token(null, last, this.#variant === 'page-seen-last' ? last : counter);
    return more ? 'more' : 'ok';
  }
}
