import type { ApiFacts } from './handler.ts';
import type { Operation } from './operation.ts';

type Json = Readonly<Record<string, unknown>>;

const PROBLEM = { $ref: '#/components/responses/Problem' };
const isParameter = (operation: Operation, name: string) => operation.path.includes(`{${name}}`);

const requiredOf = (operation: Operation): readonly string[] => operation.input.required ?? [];

function parameters(operation: Operation): readonly Json[] {
  const { properties } = operation.input;
  const required = requiredOf(operation);
  const inQuery = operation.method === 'GET' || operation.raw?.consumes !== undefined;
  return Object.entries(properties).flatMap(([name, schema]) => {
    if (isParameter(operation, name)) return [{ name, in: 'path', required: true, schema }];
    return inQuery ? [{ name, in: 'query', required: required.includes(name), schema }] : [];
  });
}

function requestBody(operation: Operation): Json | null {
  const consumes = operation.raw?.consumes;
  if (consumes !== undefined)
    return { required: true, content: { [consumes]: { schema: { type: 'string', format: 'binary' } } } };
  if (operation.method === 'GET') return null;
  const { properties } = operation.input;
  const required = requiredOf(operation);
  const names = Object.keys(properties).filter((name) => !isParameter(operation, name));
  if (names.length === 0) return null;
  const needed = required.filter((name) => names.includes(name));
  const schema = {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(names.map((name) => [name, properties[name]])),
    ...(needed.length === 0 ? {} : { required: needed }),
  };
  return { required: needed.length > 0, content: { 'application/json': { schema } } };
}

function success(operation: Operation): Json {
  const produces = operation.raw?.produces;
  if (produces !== undefined)
    return {
      200: {
        description: 'The file.',
        content: { [produces]: { schema: { type: 'string', format: 'binary' } } },
      },
    };
  if (operation.output === null) return { 204: { description: 'Done.' } };
  const content = { 'application/json': { schema: operation.output } };
  return { [operation.status ?? 200]: { description: 'The answer.', content } };
}

function describe(operation: Operation): Json {
  const body = requestBody(operation);
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    description: operation.who === 'administrator' ? 'For administrators.' : undefined,
    parameters: parameters(operation),
    ...(body === null ? {} : { requestBody: body }),
    responses: { ...success(operation), default: PROBLEM },
  };
}

const COMPONENTS: Json = {
  securitySchemes: {
    token: { type: 'http', scheme: 'bearer', description: 'A token made in the account, for scripts.' },
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
      required: ['type', 'title', 'status'],
      properties: {
        type: { type: 'string' },
        title: { type: 'string' },
        status: { type: 'integer' },
        detail: { type: 'string' },
        code: { type: 'string', description: 'Name of the WebDAV precondition, where one was not met.' },
        about: {
          type: 'array',
          items: { type: 'string' },
          description: 'Paths of the resources it is about.',
        },
        id: { type: 'string', description: 'Under this id the log has the details.' },
        errors: {
          type: 'array',
          items: {
            type: 'object',
            properties: { pointer: { type: 'string' }, detail: { type: 'string' } },
          },
        },
      },
    },
  },
};

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
    info: { title: 'Daybook', version: facts.version, description: 'What the pages do, for scripts.' },
    servers: [{ url: `${base}/api/v1` }],
    security: [{ token: [] }, { session: [] }],
    tags: [...new Set(operations.map((operation) => operation.tag))].map((name) => ({ name })),
    paths,
    components: COMPONENTS,
  };
}
