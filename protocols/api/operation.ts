import type { Static, TObject, TSchema } from 'typebox';
import type { App } from '../../models/app.ts';
import type { UserActor } from '../../models/types.ts';
import type { WireRequest, WireResponse } from '../wire.ts';

/** A setting as an operation may show it. */
export interface SettingShown {
  readonly name: string;
  readonly value: string | null;
  readonly isSet: boolean;
  readonly source: 'default' | 'environment' | 'settings-page';
  readonly doc: string;
}

/** Who asks, and where the server stands. */
export interface ApiCall {
  readonly app: App;
  readonly actor: UserActor;
  /** Path prefix from `BASE_URL`, without trailing slash. */
  readonly base: string;
  readonly origin: string | null;
  /** Address of the server as people type it, without trailing slash. */
  readonly address: string;
  readonly remoteAddress: string;
  /** Folder for what is kept outside the database, such as uploads. */
  readonly dataDir: string;
  readonly settings: readonly SettingShown[];
  /**
   * Whether this is the password of the account that asks; for what needs it once more. Throws `Refusal` 429 and 503 as
   * sign-in does.
   */
  proves(password: string): Promise<boolean>;
}

/**
 * One action or question of the JSON API, and of the pages: both call `run`, so both give the same result for the same
 * input. `I` is the input as a plain object: path parameters, query and body fields together.
 */
export interface Operation<I extends object = object, O = unknown> {
  /** `removeDevice`: the operationId of OpenAPI. */
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, with `{name}` for path parameters, each a property of `input`. */
  readonly path: string;
  readonly who: 'signed-in' | 'administrator';
  /** Group in the description: devices, people, calendars, contacts, imports, trash, account, server. */
  readonly tag: string;
  /** One sentence in the imperative. */
  readonly summary: string;
  /** JSON Schema of the input, made with typebox; unknown fields are refused. */
  readonly input: TObject;
  /** JSON Schema of the answer; null: 204 without a body. */
  readonly output: TSchema | null;
  /** 200 unless told otherwise. */
  readonly status?: 200 | 201 | 202;
  run(call: ApiCall, input: I): Promise<O>;
  /**
   * Where the request or the answer is not JSON (an upload, a file): does the same with the request in hand. `consumes` and
   * `produces` name the media types.
   */
  readonly raw?: {
    readonly consumes?: string;
    readonly produces?: string;
    answer(call: ApiCall, input: I, request: WireRequest): Promise<WireResponse>;
  };
}

/** Builds a row whose `run` has the types of its schemas. */
export function operation<const I extends TObject, const O extends TSchema | null>(
  row: Omit<Operation<Static<I>, O extends TSchema ? Static<O> : void>, 'input' | 'output'> & {
    readonly input: I;
    readonly output: O;
  },
): Operation<Static<I>, O extends TSchema ? Static<O> : void> {
  return row;
}
