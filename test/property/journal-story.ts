import fc from 'fast-check';

/** One step of a story: three clients, six names, whoever writes, prunes and restores. */
export type Step =
  | { readonly kind: 'put' | 'delete'; readonly name: number }
  | { readonly kind: 'prune'; readonly keep: number }
  | { readonly kind: 'backup' }
  | { readonly kind: 'restore'; readonly isRenewed: boolean }
  | { readonly kind: 'keep'; readonly client: number }
  | { readonly kind: 'go-back'; readonly client: number; readonly to: number }
  | { readonly kind: 'sync'; readonly client: number; readonly limit: number };

export type Outcome = 'ok' | 'more' | 'refused';

const CLIENTS = 3;
const NAMES = 6;

const nameOf = fc.nat(NAMES - 1);
const clientOf = fc.nat(CLIENTS - 1);

/** Stories with the weights of real life, but for restores and old states, which come far too often. */
export const STORIES: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 35, arbitrary: fc.record({ kind: fc.constant('put' as const), name: nameOf }) },
    { weight: 20, arbitrary: fc.record({ kind: fc.constant('delete' as const), name: nameOf }) },
    { weight: 7, arbitrary: fc.record({ kind: fc.constant('prune' as const), keep: fc.nat(5) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('backup' as const) }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('restore' as const), isRenewed: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('keep' as const), client: clientOf }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('go-back' as const), client: clientOf, to: fc.nat(7) }),
    },
    {
      weight: 24,
      arbitrary: fc.record({
        kind: fc.constant('sync' as const),
        client: clientOf,
        limit: fc.integer({ min: 1, max: 3 }),
      }),
    },
  ),
  { minLength: 5, maxLength: 60, size: 'max' },
);

/** A client as a world keeps it: what it holds, and its token in that world's form. */
export interface Client<Token> {
  token: Token | null;
  /** Name to body. */
  mirror: Map<string, string>;
}

/** A server that a story can be told to. */
export interface World<Token> {
  put(name: string, body: string): Promise<void> | void;
  remove(name: string): Promise<void> | void;
  prune(keep: number): Promise<void> | void;
  backup(): Promise<void> | void;
  restore(isRenewed: boolean): Promise<void> | void;
  /** Fetches one page into the client; a refused client holds nothing afterwards. */
  sync(client: Client<Token>, limit: number): Promise<Outcome> | Outcome;
  /** Name to body, as it is now. */
  live(): Promise<ReadonlyMap<string, string>> | ReadonlyMap<string, string>;
}

/** A story that is being told to one world. */
export class Telling<Token> {
  readonly world: World<Token>;
  readonly clients: readonly Client<Token>[];
  readonly #kept: Client<Token>[] = [];
  #hasBackup: boolean = false;
  #bodies = 0;

  constructor(world: World<Token>) {
    this.world = world;
    this.clients = Array.from({ length: CLIENTS }, () => ({
      token: null,
      mirror: new Map<string, string>(),
    }));
  }

  /** Does one step; gives what a sync came to. */
  async tell(step: Step): Promise<Outcome | null> {
    switch (step.kind) {
      case 'put':
        await this.world.put(`n${step.name}`, `body ${++this.#bodies}`);
        return null;
      case 'delete':
        await this.world.remove(`n${step.name}`);
        return null;
      case 'prune':
        await this.world.prune(step.keep);
        return null;
      case 'backup':
        await this.world.backup();
        this.#hasBackup = true;
        return null;
      case 'restore':
        if (this.#hasBackup) await this.world.restore(step.isRenewed);
        return null;
      case 'keep':
        this.#kept.push(copyOf(this.client(step.client)));
        return null;
      case 'go-back':
        return this.#goBack(step.client, step.to);
      case 'sync':
        return this.world.sync(this.client(step.client), step.limit);
      default:
        return step satisfies never;
    }
  }

  /** Every client syncs until nothing follows; null when all hold what the server holds, else what went wrong. */
  async end(limit: number): Promise<string | null> {
    for (const [at, client] of this.clients.entries()) {
      let rounds = 0;
      while ((await this.world.sync(client, limit)) !== 'ok') {
        rounds += 1;
        if (rounds > 100) return `client ${at} is never told that it is done`;
      }
      const holds = shown(client.mirror);
      const should = shown(await this.world.live());
      if (holds !== should) return `client ${at} holds ${holds}, should hold ${should}`;
    }
    return null;
  }

  client(at: number): Client<Token> {
    const found = this.clients[at];
    if (found === undefined) throw new RangeError(`no client ${at}`);
    return found;
  }

  #goBack(at: number, to: number): null {
    const old = this.#kept[to % Math.max(1, this.#kept.length)];
    if (old !== undefined) Object.assign(this.client(at), copyOf(old));
    return null;
  }
}

const copyOf = <Token>(client: Client<Token>): Client<Token> => ({
  token: client.token,
  mirror: new Map(client.mirror),
});

/** A map as text, in the order of its names. */
export function shown(map: ReadonlyMap<string, string>): string {
  return [...map]
    .map(([name, body]) => `${name}=${body}`)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .join(', ');
}
