import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Type from 'typebox';
import { Precondition, Refusal } from '../../../models/errors.ts';
import { toPrincipalId } from '../../../models/principals/login.ts';
import type { UserActor } from '../../../models/types.ts';
import { type ApiFacts, apiHandler } from '../../../protocols/api/handler.ts';
import { type Operation, operation } from '../../../protocols/api/operation.ts';
import type { Handler } from '../../../protocols/wire.ts';
import { testApp } from '../../support/app.ts';
import { openTestDb, type TestDb } from '../../support/db.ts';
import { userActor } from '../../support/people.ts';
import { type Ask, tell, viewerOf } from '../../support/wire.ts';

const ann: UserActor = userActor({
  id: toPrincipalId('ann'),
  login: 'ann',
  displayName: 'Ann',
  email: null,
  isAdmin: false,
});

const ECHO = operation({
  id: 'echo',
  method: 'POST',
  path: '/things/{id}',
  who: 'signed-in',
  tag: 'server',
  summary: 'Say it again',
  input: Type.Object({
    id: Type.Integer({ minimum: 1 }),
    text: Type.String({ maxLength: 5 }),
    tags: Type.Optional(Type.Array(Type.String())),
  }),
  output: Type.Object({ id: Type.Integer(), text: Type.String() }),
  status: 201,
  run: async (_call, input) => ({ id: input.id, text: input.text }),
});

const LIST = operation({
  id: 'list',
  method: 'GET',
  path: '/things',
  who: 'signed-in',
  tag: 'server',
  summary: 'List them',
  input: Type.Object({
    limit: Type.Optional(Type.Integer({ maximum: 10 })),
    isNew: Type.Optional(Type.Boolean()),
    tags: Type.Optional(Type.Array(Type.String())),
  }),
  output: Type.Object({ seen: Type.Unknown() }),
  run: async (_call, input) => ({ seen: input }),
});

const failing = (id: string, path: string, error: Error, who: Operation['who'] = 'signed-in') =>
  operation({
    id,
    path,
    who,
    method: 'DELETE',
    tag: 'server',
    summary: 'Fail',
    input: Type.Object({}),
    output: null,
    run: () => Promise.reject(error),
  });

const FILE = operation({
  id: 'file',
  method: 'GET',
  path: '/things/{id}/file',
  who: 'signed-in',
  tag: 'server',
  summary: 'Get a file',
  input: Type.Object({ id: Type.String() }),
  output: null,
  run: () => Promise.resolve(),
  raw: {
    produces: 'text/calendar',
    answer: (_call, input) =>
      Promise.resolve({ status: 200, headers: { 'Content-Type': 'text/calendar' }, body: input.id }),
  },
});

const OPERATIONS = [
  ECHO,
  LIST,
  FILE,
  failing('refuse', '/refused', new Refusal(409, 'It is taken.')),
  failing('condition', '/condition', new Precondition('quota-not-exceeded', 'There is no room.')),
  failing('bug', '/bug', new TypeError('secret details')),
  failing('admin', '/admin', new Refusal(409, 'Never reached.'), 'administrator'),
];

const TOKENS: Readonly<Record<string, UserActor>> = {
  good: ann,
  reader: { ...ann, scope: { ...ann.scope, readOnly: true } },
};

const facts: ApiFacts = {
  version: '1.2.3',
  dataDir: '/nowhere',
  settings: [],
  bearer: async (token) => TOKENS[token] ?? null,
  visitor: async () => null,
  addressOf: async () => 'https://dav.example',
  person: async () => null,
};

describe('the JSON API', () => {
  let db: TestDb;
  let handler: Handler;
  before(async () => {
    db = await openTestDb();
    handler = apiHandler(facts, OPERATIONS);
  });
  after(() => db.close());

  const send = async (ask: Ask, token: string | null = 'good') => {
    const authorization: Record<string, string> = token === null ? {} : { Authorization: `Bearer ${token}` };
    const app = testApp(db.db);
    const whole = { ...ask, headers: { ...authorization, ...ask.headers } };
    const answer = await tell(handler, viewerOf(app, { kind: 'anonymous' }), whole);
    const json: unknown = /json/.test(answer.headers['content-type'] ?? '') ? JSON.parse(answer.body) : null;
    return { ...answer, json };
  };
  const json = (path: string, value: unknown, method = 'POST'): Ask => ({
    method,
    path: `/api/v1${path}`,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(value),
  });

  test('path, query and body are one input; the answer is JSON', async () => {
    const answer = await send(json('/things/7', { text: 'abc' }));
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.json, { id: 7, text: 'abc' });
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  test('texts of the query become what the schema asks for', async () => {
    const answer = await send({ method: 'GET', path: '/api/v1/things?limit=3&isNew=true&tags=a' });
    assert.deepEqual(answer.json, { seen: { limit: 3, isNew: true, tags: ['a'] } });
  });

  test('a field that does not fit is named by a pointer', async () => {
    const answer = await send(json('/things/0', { text: 'too long' }));
    assert.equal(answer.status, 422);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    const pointers = JSON.stringify(answer.json).match(/"pointer":"[^"]*"/g);
    assert.deepEqual(pointers, ['"pointer":"/id"', '"pointer":"/text"']);
  });

  test('a field nobody knows is refused, also in the query', async () => {
    for (const ask of [json('/things/1', { text: 'a', more: 1 }), json('/things/1?more=1', { text: 'a' })]) {
      const answer = await send(ask);
      assert.equal(answer.status, 422);
      assert.match(answer.body, /"pointer":"\/more"/);
    }
  });

  test('a body that is not a JSON object is refused', async () => {
    assert.equal((await send(json('/things/1', [1]))).status, 400);
    const broken = { ...json('/things/1', {}), body: '{' };
    assert.equal((await send(broken)).status, 400);
    const form = { ...json('/things/1', {}), headers: { 'Content-Type': 'text/plain' }, body: 'a=b' };
    assert.equal((await send(form)).status, 415);
  });

  test('nobody, a wrong token and a password are asked for a token', async () => {
    const ask = { method: 'GET', path: '/api/v1/things' };
    for (const answer of [
      await send(ask, null),
      await send(ask, 'wrong'),
      await send({ ...ask, headers: { Authorization: `Basic ${btoa('ann:correct horse battery')}` } }),
    ]) {
      assert.equal(answer.status, 401);
      assert.equal(answer.headers['www-authenticate'], 'Bearer realm="Daybook"');
    }
  });

  test('a token that may only read changes nothing', async () => {
    assert.equal((await send({ method: 'GET', path: '/api/v1/things' }, 'reader')).status, 200);
    assert.equal((await send(json('/things/1', { text: 'a' }), 'reader')).status, 403);
  });

  test('what is for administrators is for them', async () => {
    assert.equal((await send({ method: 'DELETE', path: '/api/v1/admin' })).status, 403);
  });

  test('unknown addresses and methods say so', async () => {
    assert.equal((await send({ method: 'GET', path: '/api/v1/none' })).status, 404);
    assert.equal((await send({ method: 'GET', path: '/api/v2/things' })).status, 404);
    const wrong = await send({ method: 'PUT', path: '/api/v1/things' });
    assert.equal(wrong.status, 405);
    assert.equal(wrong.headers['allow'], 'GET, HEAD, OPTIONS');
  });

  test('refusals, preconditions and bugs are problems', async () => {
    const refused = await send({ method: 'DELETE', path: '/api/v1/refused' });
    assert.deepEqual([refused.status, /It is taken/.test(refused.body)], [409, true]);
    const condition = await send({ method: 'DELETE', path: '/api/v1/condition' });
    assert.deepEqual([condition.status, /"code":"quota-not-exceeded"/.test(condition.body)], [507, true]);
    const bug = await send({ method: 'DELETE', path: '/api/v1/bug' });
    assert.deepEqual([bug.status, /secret/.test(bug.body), /"id":/.test(bug.body)], [500, false, true]);
  });

  test('a file is not wrapped in JSON', async () => {
    const answer = await send({ method: 'GET', path: '/api/v1/things/abc/file' });
    assert.deepEqual([answer.headers['content-type'], answer.body], ['text/calendar', 'abc']);
  });

  test('its description needs no token', async () => {
    const answer = await send({ method: 'GET', path: '/api/v1/openapi.json' }, null);
    assert.equal(answer.status, 200);
    assert.match(answer.body, /"operationId":"echo"/);
    assert.match(answer.body, /"text\/calendar"/);
  });
});
