import { Check, Errors } from 'typebox/schema';
import { Refusal } from '../../models/errors.ts';
import type { WireRequest } from '../wire.ts';
import { BadInput, type FieldError } from './errors.ts';
import type { Operation } from './operation.ts';
import { strict } from './strict.ts';

/** A photo in base64 fits. */
const MAX_BODY_BYTES = 12 * 1024 * 1024;
const MAX_ERRORS = 20;
const MAX_POINTER = 200;

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const token = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Names of the JSON types that a schema allows. */
function typesOf(schema: unknown): readonly unknown[] {
  if (!isFields(schema)) return [];
  const { type, anyOf } = schema;
  return [type, ...(Array.isArray(anyOf) ? anyOf.flatMap(typesOf) : [])];
}

/** What a text of path or query stands for: texts that are no number or boolean stay, and the check refuses them. */
function readText(schema: unknown, text: string): unknown {
  const types = typesOf(schema);
  if (types.includes('string')) return text;
  const isNumber = types.includes('integer') || types.includes('number');
  if (isNumber && /^-?(?:0|[1-9]\d{0,15})$/.test(text)) return Number(text);
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** Values of the query: a name that is sent more than once, or that the schema wants as a list, is a list. */
function queryFields(query: URLSearchParams, properties: Fields): Fields {
  const fields = [...new Set(query.keys())].map((name): [string, unknown] => {
    const values = query.getAll(name);
    const wanted = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isFields(wanted) && wanted['type'] === 'array')
      return [name, values.map((text) => readText(wanted['items'], text))];
    return [name, values.length > 1 ? values : readText(wanted, values[0] ?? '')];
  });
  return Object.fromEntries(fields);
}

function pathFields(params: Readonly<Record<string, string>>, properties: Fields): Fields {
  return Object.fromEntries(
    Object.entries(params).map(([name, text]) => [name, readText(properties[name], text)]),
  );
}

async function bodyFields(request: WireRequest): Promise<Fields> {
  if (request.method === 'GET' || request.method === 'HEAD') return {};
  const bytes = await request.readBody(MAX_BODY_BYTES);
  if (bytes.byteLength === 0) return {};
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new Refusal(415, 'The body must be application/json.');
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal(400, 'The body is not JSON in UTF-8.');
  }
  if (!isFields(value)) throw new Refusal(400, 'The body must be a JSON object.');
  return value;
}

/** Fields that come by two ways at once: nobody can know which one was meant. */
function requireOnce(ways: readonly Fields[]): void {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const name of ways.flatMap((way) => Object.keys(way))) (seen.has(name) ? twice : seen).add(name);
  if (twice.size === 0) return;
  throw new BadInput(
    [...twice].map((name) => ({
      pointer: token(name),
      detail: 'is given more than once: in path, query or body',
    })),
  );
}

function errorsOf(schema: object, value: Fields): readonly FieldError[] {
  const [, found] = Errors(schema, value);
  // NOTE: an unknown field is named twice, by its own pointer and by the object around it; the first is for people.
  const told = found
    .filter(({ keyword }) => keyword !== 'additionalProperties')
    .map(({ keyword, instancePath, message }) => ({
      pointer: instancePath.slice(0, MAX_POINTER),
      detail: keyword === 'boolean' ? 'is not a field of this operation' : message,
    }));
  return told.slice(0, MAX_ERRORS);
}

/** Texts and numbers that JSON can write and a database cannot keep. */
function* unkept(value: unknown, pointer: string): Generator<FieldError> {
  if (typeof value === 'string' && value.includes('\0'))
    yield { pointer, detail: 'holds the character U+0000' };
  else if (typeof value === 'string' && /\p{Surrogate}/u.test(value))
    yield { pointer, detail: 'holds half of a surrogate pair' };
  else if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    yield { pointer, detail: 'is too large' };
  else if (typeof value === 'object' && value !== null)
    for (const [name, one] of Object.entries(value)) {
      if (!Array.isArray(value)) yield* unkept(name, pointer);
      yield* unkept(one, pointer + token(name));
    }
}

/** The input of an operation that is to be read: its schema, strict at every depth. */
export interface Reader {
  read(request: WireRequest, params: Readonly<Record<string, string>>): Promise<object>;
}

/**
 * Reads the input of an operation: path parameters, query and JSON body as one object. Texts of path and query become the
 * numbers and booleans the schema asks for. `read` throws `BadInput` where it does not fit, `Refusal` 400, 413 and 415 for
 * the body.
 */
export function readerOf({ input, raw }: Pick<Operation, 'input' | 'raw'>): Reader {
  const schema = strict(input);
  const { properties } = input;
  return {
    async read(request, params) {
      const body = raw?.consumes === undefined ? await bodyFields(request) : {};
      const ways = [body, queryFields(request.query, properties), pathFields(params, properties)];
      requireOnce(ways);
      const value: Fields = Object.fromEntries(ways.flatMap((way) => Object.entries(way)));
      if (!Check(schema, value)) throw new BadInput(errorsOf(schema, value));
      const wrong = unkept(value, '').next();
      if (wrong.done !== true) throw new BadInput([wrong.value]);
      return value;
    },
  };
}
