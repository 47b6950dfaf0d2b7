import type { Operation } from '../../protocols/api/operation.ts';
import type { Visitor } from './web.ts';

/** Asks the JSON API as a script does, or as a script of the pages. */

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Null when the answer is no JSON. */
  readonly json: unknown;
}

export type Input = Readonly<Record<string, unknown>>;

/** Headers that say who asks. */
export type Who = () => Promise<Readonly<Record<string, string>>>;

/** A script with a token. */
export const withToken =
  (token: string): Who =>
  async () => ({ Authorization: `Bearer ${token}` });

/** Nobody. */
export const nobody: Who = async () => ({});

/** A script of a page that somebody has open. */
export const withPage =
  (server: { readonly origin: string }, visitor: Visitor): Who =>
  async () => ({
    'X-CSRF': await visitor.formToken(),
    Cookie: visitor.cookies(),
    Origin: server.origin,
    'Sec-Fetch-Site': 'same-origin',
  });

function queryOf(input: Input): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(input))
    for (const one of Array.isArray(value) ? value : [value])
      if (one !== undefined) query.append(name, String(one));
  return query.size === 0 ? '' : `?${query}`;
}

/** The request an operation and its input make, below `/api/v1`, as its description says. */
export function requestOf(
  operation: Operation,
  input: Input,
  file?: string,
): { readonly path: string; readonly init: RequestInit } {
  const rest = { ...input };
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  const { method, raw } = operation;
  if (raw?.consumes !== undefined) {
    const headers = { 'Content-Type': raw.consumes };
    return { path: path + queryOf(rest), init: { method, headers, body: file ?? '' } };
  }
  if (method === 'GET' || method === 'DELETE') return { path: path + queryOf(rest), init: { method } };
  const headers = { 'Content-Type': 'application/json' };
  return { path, init: { method, headers, body: JSON.stringify(rest) } };
}

/** One request below `/api/v1`. */
export async function ask(
  server: { readonly origin: string; readonly base: string },
  who: Who,
  path: string,
  init: RequestInit = {},
): Promise<Answer> {
  const headers = { ...Object.fromEntries(new Headers(init.headers)), ...(await who()) };
  const response = await fetch(`${server.origin}${server.base}/api/v1${path}`, { ...init, headers });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  const json: unknown = isJson && text !== '' ? JSON.parse(text) : null;
  return { status: response.status, headers: response.headers, text, json };
}

/** One operation. */
export function call(
  server: { readonly origin: string; readonly base: string },
  who: Who,
  operation: Operation,
  input: Input,
  file?: string,
): Promise<Answer> {
  const { path, init } = requestOf(operation, input, file);
  return ask(server, who, path, init);
}

/** What stands at a place of a JSON value; throws when nothing does. */
export function dig(json: unknown, ...path: readonly (string | number)[]): unknown {
  let at = json;
  for (const key of path) {
    const next: unknown = typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined;
    if (next === undefined)
      throw new Error(`nothing at ${path.join('/')} of ${JSON.stringify(json)?.slice(0, 400)}`);
    at = next;
  }
  return at;
}

/** The list at a place of a JSON value. */
export function list(json: unknown, ...path: readonly (string | number)[]): readonly unknown[] {
  const found = dig(json, ...path);
  if (!Array.isArray(found)) throw new Error(`no list at ${path.join('/')}`);
  return found;
}

/** The item of a list whose field has this value. */
export function pick(items: readonly unknown[], field: string, value: unknown): unknown {
  const found = items.find(
    (item) => typeof item === 'object' && item !== null && Reflect.get(item, field) === value,
  );
  if (found === undefined) throw new Error(`no ${field} ${value} in ${JSON.stringify(items).slice(0, 400)}`);
  return found;
}
