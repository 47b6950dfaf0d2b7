import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { OPERATIONS } from '../../protocols/api/routes/index.ts';
import { ask, dig, list, nobody } from '../support/api.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

describe('the description of the JSON API', () => {
  let server: TestServer;
  let whole: unknown;
  before(async () => {
    server = await startTestServer({ base: '/sub' });
    whole = (await ask(server, nobody, '/openapi.json')).json;
  });
  after(() => server.stop());

  const described = (id: string): unknown => {
    const operation = OPERATIONS.find((each) => each.id === id);
    assert.ok(operation);
    return dig(whole, 'paths', operation.path, operation.method.toLowerCase());
  };

  test('is valid OpenAPI 3.1 and knows where it stands', async () => {
    const validator = new Validator();
    assert.ok(isRecord(whole));
    const { valid, errors } = await validator.validate({ ...whole });
    assert.ok(valid, JSON.stringify(errors)?.slice(0, 2000));
    assert.equal(validator.version, '3.1');
    assert.equal(dig(whole, 'servers', 0, 'url'), '/sub/api/v1');
    assert.equal(dig(whole, 'components', 'securitySchemes', 'token', 'scheme'), 'bearer');
  });

  test('every operation has a tag that is described, a sentence, answers and refusals', () => {
    const tags = list(whole, 'tags').map((tag) => [dig(tag, 'name'), dig(tag, 'description')]);
    for (const { id, who } of OPERATIONS) {
      const row = described(id);
      assert.equal(dig(row, 'operationId'), id);
      const tag = dig(row, 'tags', 0);
      assert.ok(
        tags.some(([name, text]) => name === tag && typeof text === 'string'),
        `${id}: tag ${tag}`,
      );
      assert.match(String(dig(row, 'summary')), /^[A-Z][^\n]{8,150}\.$/, id);
      const answers = Object.keys(Object(dig(row, 'responses')));
      assert.ok(
        answers.some((status) => status.startsWith('2')),
        id,
      );
      assert.ok(answers.includes('401') && answers.includes('default'), id);
      assert.equal(answers.includes('403'), who === 'administrator', id);
    }
  });

  test('every parameter is described, and lists say how their pages go on', () => {
    const silent: string[] = [];
    for (const { id, output } of OPERATIONS) {
      const row = described(id);
      for (const parameter of list(row, 'parameters')) {
        const text = Reflect.get(Object(parameter), 'description');
        const { enum: values, anyOf, type } = Object(dig(parameter, 'schema'));
        const isPlain = values !== undefined || anyOf !== undefined || type === 'boolean';
        if (text === undefined && !isPlain) silent.push(`${id}: ${dig(parameter, 'name')}`);
      }
      const pages = output === null ? null : Reflect.get(Object(output), 'properties');
      if (!isRecord(pages) || pages['next'] === undefined) continue;
      const schema = dig(row, 'responses', '200', 'content', 'application/json', 'schema');
      assert.match(String(dig(schema, 'properties', 'next', 'description')), /cursor/, id);
    }
    assert.deepEqual(silent, []);
  });

  test('files have their media types', () => {
    const type = (id: string) =>
      Object.keys(Object(dig(described(id), 'responses', '200', 'content'))).join();
    assert.equal(type('exportAccount'), 'application/zip');
    assert.equal(type('exportCalendar'), 'text/calendar');
    assert.equal(type('exportBook'), 'text/vcard');
    const body = dig(described('createImport'), 'requestBody', 'content');
    assert.deepEqual(Object.keys(Object(body)), ['application/octet-stream']);
    assert.ok(dig(described('createImport'), 'responses', '201', 'content', 'application/json'));
  });

  test('inputs refuse unknown fields at every depth, and DELETE has no body', () => {
    const open: string[] = [];
    const look = (schema: unknown, where: string): void => {
      if (!isRecord(schema)) return;
      if (isRecord(schema['properties']) && schema['additionalProperties'] !== false) open.push(where);
      for (const [key, value] of Object.entries(schema)) {
        for (const one of Array.isArray(value) ? value : [value]) look(one, `${where}/${key}`);
      }
    };
    for (const { id, method } of OPERATIONS) {
      const body: unknown = Reflect.get(Object(described(id)), 'requestBody');
      look(body, id);
      if (method === 'DELETE') assert.equal(body, undefined, id);
    }
    assert.deepEqual(open, []);
  });

  test('is kept by its tag', async () => {
    const first = await ask(server, nobody, '/openapi.json');
    const etag = first.headers.get('etag') ?? '';
    assert.match(etag, /^"[\w-]{22}"$/);
    const headers = { 'If-None-Match': `"other", W/${etag}` };
    const again = await ask(server, nobody, '/openapi.json', { headers });
    assert.deepEqual([again.status, again.text], [304, '']);
    const head = await ask(server, nobody, '/openapi.json', { method: 'HEAD' });
    assert.deepEqual([head.status, head.text, head.headers.get('etag')], [200, '', etag]);
  });
});
