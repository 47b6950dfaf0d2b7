import type { ApiFacts } from './handler.ts';
import type { Operation } from './operation.ts';
import { strict } from './strict.ts';

type Json = Readonly<Record<string, unknown>>;

const PROBLEM = { $ref: '#/components/responses/Problem' };
const isParameter = (operation: Operation, name: string) => operation.path.includes(`{${name}}`);
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const requiredOf = (operation: Operation): readonly string[] => operation.input.required ?? [];

/** What fields of these names are, in every operation whose schema does not say it itself. */
const PARAMETERS: Readonly<Record<string, string>> = {
  cursor: '`next` of the page before; absent for the first page. It is opaque.',
  limit: 'Most items of one page.',
  id: 'Id as lists give it.',
  collection: 'Id of the calendar or address book.',
  name: 'Last part of the address, as lists give it.',
  batch: 'Id as merging gave it.',
  table: 'Number of the table in the import.',
  timeZone: 'IANA name such as Europe/Berlin; UTC when absent.',
  person: 'Id of a person.',
  device: 'Id of a device.',
  since: 'Not before this time.',
  until: 'Before this time.',
  moment: 'The time to go back to.',
  at: 'One date of a series, as lists give it.',
  hide: 'Ids of calendars to leave out.',
  query: 'Words of names, addresses, phone numbers and notes.',
  search: 'A part of the name, login or e-mail address.',
  text: 'A part of the address, client or reason.',
  book: 'Id of an address book.',
  letter: 'First letter of the names, as `letters` gives it.',
  verdict: 'What the review says of the items.',
  outcome: 'What became of the items.',
  with: 'Id of the other version.',
};
const ANSWERS: Readonly<Record<string, string>> = {
  items: 'One page of the list.',
  next: 'The cursor of the next page; null on the last one.',
};

/** `schema` with a description where it has none and its name is one of those everybody knows. */
function described(name: string, schema: unknown, known: Readonly<Record<string, string>>): unknown {
  const text = Object.hasOwn(known, name) ? known[name] : undefined;
  return isJson(schema) && schema['description'] === undefined && text !== undefined
    ? { ...schema, description: text }
    : schema;
}

function parameter(operation: Operation, name: string, place: 'path' | 'query', whole: unknown): Json {
  const { description, ...schema } = isJson(whole) ? whole : {};
  const known = described(name, {}, PARAMETERS);
  const text = description ?? (isJson(known) ? known['description'] : undefined);
  return {
    name,
    in: place,
    required: place === 'path' || requiredOf(operation).includes(name),
    ...(text === undefined ? {} : { description: text }),
    ...(schema['type'] === 'array' ? { style: 'form', explode: true } : {}),
    schema,
  };
}

/** A body of DELETE is lost on some ways, so its fields are described for the query. */
const asksByQuery = ({ method, raw }: Operation) =>
  method === 'GET' || method === 'DELETE' || raw?.consumes !== undefined;

function parameters(operation: Operation): readonly Json[] {
  return Object.entries(operation.input.properties).flatMap(([name, schema]) => {
    if (isParameter(operation, name)) return [parameter(operation, name, 'path', schema)];
    return asksByQuery(operation) ? [parameter(operation, name, 'query', schema)] : [];
  });
}

function requestBody(operation: Operation): Json | null {
  const consumes = operation.raw?.consumes;
  if (consumes !== undefined)
    return { required: true, content: { [consumes]: { schema: { type: 'string', format: 'binary' } } } };
  if (asksByQuery(operation)) return null;
  const { properties } = operation.input;
  const required = requiredOf(operation);
  const names = Object.keys(properties).filter((name) => !isParameter(operation, name));
  if (names.length === 0) return null;
  const needed = required.filter((name) => names.includes(name));
  const schema = strict({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, properties[name]])),
    ...(needed.length === 0 ? {} : { required: needed }),
  });
  return { required: needed.length > 0, content: { 'application/json': { schema } } };
}

/** The schema of an answer; the two fields of a page are described in all of them. */
function answerSchema(output: object): Json {
  const schema: Json = { ...output };
  const properties = schema['properties'];
  if (!isJson(properties) || !Object.hasOwn(properties, 'next')) return schema;
  const entries = Object.entries(properties).map(([name, value]) => [name, described(name, value, ANSWERS)]);
  return { ...schema, properties: Object.fromEntries(entries) };
}

function success({ output, status, raw }: Operation): Json {
  if (raw?.produces !== undefined)
    return {
      200: {
        description: 'The file.',
        content: { [raw.produces]: { schema: { type: 'string', format: 'binary' } } },
      },
    };
  if (output === null) return { 204: { description: 'Done.' } };
  const content = { 'application/json': { schema: answerSchema(output) } };
  return { [status ?? 200]: { description: status === 201 ? 'It was made.' : 'The answer.', content } };
}

/** Refusals that come from what every operation of this kind does; others are told by `default`. */
function refusals({ who, path, input }: Operation): Json {
  return {
    401: PROBLEM,
    ...(who === 'administrator' ? { 403: PROBLEM } : {}),
    ...(path.includes('{') ? { 404: PROBLEM } : {}),
    ...(Object.keys(input.properties).length > 0 ? { 422: PROBLEM } : {}),
    default: PROBLEM,
  };
}

function describe(operation: Operation): Json {
  const body = requestBody(operation);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.who === 'administrator' ? { description: 'For administrators.' } : {}),
    parameters: parameters(operation),
    ...(body === null ? {} : { requestBody: body }),
    responses: { ...success(operation), ...refusals(operation) },
  };
}

const TEXT = { type: 'string' };

const COMPONENTS: Json = {
  securitySchemes: {
    token: {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'daybook_…',
      description: 'A token made in the account, for scripts. It acts as its person, or reads only.',
    },
    session: {
      type: 'apiKey',
      in: 'cookie',
      name: 'sid',
      description: 'Signed in to the pages; every change also needs the header X-CSRF with the form token.',
    },
  },
  responses: {
    Problem: {
      description: 'What went wrong (RFC 9457).',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  },
  schemas: {
    Problem: {
      type: 'object',
      required: ['type', 'title', 'status', 'detail'],
      properties: {
        type: { ...TEXT, description: 'Always about:blank: the status says what kind it is.' },
        title: TEXT,
        status: { type: 'integer' },
        detail: { ...TEXT, description: 'What was found, what was expected and what to do, for people.' },
        code: { ...TEXT, description: 'Name of the WebDAV precondition, where one was not met.' },
        about: { type: 'array', items: TEXT, description: 'Paths of the resources it is about.' },
        id: { ...TEXT, description: 'Under this id the log has the details.' },
        errors: {
          type: 'array',
          description: 'With 422: what is wrong with which field.',
          items: {
            type: 'object',
            required: ['pointer', 'detail'],
            properties: { pointer: { ...TEXT, description: 'JSON Pointer into the input.' }, detail: TEXT },
          },
        },
      },
    },
  },
};

const ABOUT = `What the pages do, for scripts: every action of a page is one operation here and gives the same result.

Send a token as \`Authorization: Bearer daybook_…\`. Input is JSON; a field that is not described is refused with 422. Times are
RFC 3339 in UTC. Errors are problems (RFC 9457). Lists come in pages: send \`next\` of one page as \`cursor\` for the next one,
until it is null.`;

const TAGS: Readonly<Record<string, string>> = {
  account: 'Your own account, sessions and tokens.',
  calendars: 'Calendars, events and tasks.',
  contacts: 'Address books, contacts and duplicates.',
  devices: 'What syncs, and how a new device is connected.',
  imports: 'Files that are looked at before anything is saved.',
  people: 'Who has an account here; for administrators.',
  server: 'How the server is; for administrators.',
  trash: 'What was deleted or changed, and how it comes back.',
};

function tagsOf(operations: readonly Operation[]): readonly Json[] {
  const names = [...new Set(operations.map(({ tag }) => tag))];
  return names
    .sort((a, b) => a.localeCompare(b))
    .map((name) => {
      const description = TAGS[name];
      return description === undefined ? { name } : { name, description };
    });
}

/** The description of the JSON API (OpenAPI 3.1), made from the table of operations. */
export function openApi(
  facts: Pick<ApiFacts, 'version'>,
  operations: readonly Operation[],
  base: string,
): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    paths[operation.path] = {
      ...paths[operation.path],
      [operation.method.toLowerCase()]: describe(operation),
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Daybook', version: facts.version, description: ABOUT },
    servers: [{ url: `${base}/api/v1` }],
    security: [{ token: [] }, { session: [] }],
    tags: tagsOf(operations),
    paths,
    components: COMPONENTS,
  };
}
