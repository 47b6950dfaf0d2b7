import type { TObject } from 'typebox';
import { Check, Convert, Errors } from 'typebox/value';
import { Refusal } from '../../models/errors.ts';
import type { WireRequest } from '../wire.ts';
import { BadInput, type FieldError } from './errors.ts';
import type { Operation } from './operation.ts';

/** A photo in base64 fits. */
const MAX_BODY_BYTES = 12 * 1024 * 1024;

type Fields = Record<string, unknown>;

/** Values of the query: a name that is sent more than once, or that the schema wants as a list, is a list. */
function queryFields(query: URLSearchParams, schema: TObject): Fields {
  const fields: Fields = {};
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    const wanted: unknown = schema.properties[name];
    const isList = typeof wanted === 'object' && wanted !== null && Reflect.get(wanted, 'type') === 'array';
    fields[name] = isList || values.length > 1 ? values : values[0];
  }
  return fields;
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
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(400, 'The body must be a JSON object.');
  return { ...value };
}

function errorsOf(schema: TObject, value: Fields): readonly FieldError[] {
  const unknown = Object.keys(value).filter((name) => !Object.hasOwn(schema.properties, name));
  if (unknown.length > 0)
    return unknown
      .slice(0, 20)
      .map((name) => ({ pointer: `/${name.slice(0, 100)}`, detail: 'is not a field of this operation' }));
  return [...Errors(schema, value)]
    .slice(0, 20)
    .map((error) => ({ pointer: error.instancePath, detail: error.message }));
}

/**
 * The input of an operation: path parameters, query and JSON body as one object. Texts of path and query become the numbers
 * and booleans the schema asks for. Throws `BadInput` where it does not fit, `Refusal` 400, 413 and 415 for the body.
 */
export async function readInput(
  operation: Operation,
  request: WireRequest,
  params: Readonly<Record<string, string>>,
): Promise<object> {
  const { input } = operation;
  const body = operation.raw?.consumes === undefined ? await bodyFields(request) : {};
  const texts: unknown = Convert(input, { ...queryFields(request.query, input), ...params });
  const value: Fields = { ...body, ...(typeof texts === 'object' ? texts : {}) };
  const errors = errorsOf(input, value);
  if (errors.length > 0 || !Check(input, value)) throw new BadInput(errors);
  return value;
}
