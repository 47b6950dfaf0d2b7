import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Check, Errors } from 'typebox/value';
import { createApiToken } from '../../models/credentials/service.ts';
import { createUser, findUser } from '../../models/principals/service.ts';
import type { Operation } from '../../protocols/api/operation.ts';
import { OPERATIONS } from '../../protocols/api/routes/index.ts';
import { strict } from '../../protocols/api/strict.ts';
import { makeFamily, PASSWORD } from '../shots/family.ts';
import {
  type Answer,
  ask,
  call,
  type Input,
  nobody,
  requestOf,
  type Who,
  withPage,
  withToken,
} from '../support/api.ts';
import { testClock } from '../support/app.ts';
import { userActor } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { visitor } from '../support/web.ts';
import { CALENDAR_STEPS } from './api/calendars.ts';
import { CONTACT_STEPS } from './api/contacts.ts';
import { DEVICE_STEPS } from './api/devices.ts';
import { IMPORT_STEPS } from './api/imports.ts';
import { ACCOUNT_STEPS, PEOPLE_STEPS } from './api/people.ts';
import { operationOf, type Step, World } from './api/steps.ts';
import { TRASH_STEPS } from './api/trash.ts';

/** Every operation at least once, in an order that works. A new operation needs a step here. */
const STEPS: readonly Step[] = [
  ...DEVICE_STEPS,
  ...CALENDAR_STEPS,
  ...CONTACT_STEPS,
  ...TRASH_STEPS,
  ...IMPORT_STEPS,
  ...PEOPLE_STEPS,
  ...ACCOUNT_STEPS,
];

/** Words that only Mara's data holds. */
const MARAS = /Schmidt|Lindenweg|Okafor|Orchard|api-meeting|Plant|@choir\.example|Kitchen|import-\d/;

async function tokenOf(server: TestServer, login: string): Promise<Who> {
  const { app } = server.running;
  const user = await findUser(app.db, login);
  assert.ok(user);
  const { token } = await createApiToken(app, userActor(user), { label: 'test', isReadOnly: false });
  return withToken(token);
}

function requireProblem(answer: Answer, status: number, what: string): void {
  assert.equal(answer.status, status, `${what}: ${answer.text.slice(0, 300)}`);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json', what);
  assert.equal(Reflect.get(Object(answer.json), 'status'), status, what);
  assert.match(String(Reflect.get(Object(answer.json), 'detail')), /\S/, what);
}

/** The answer is what the description says: status, type, and no field more or less. */
function requireDescribed(operation: Operation, answer: Answer): void {
  const { id, output, raw } = operation;
  const text = answer.text.slice(0, 400);
  if (raw?.produces !== undefined) {
    assert.equal(answer.status, 200, `${id}: ${text}`);
    assert.equal(answer.headers.get('content-type')?.split(';')[0], raw.produces, id);
    assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="/, id);
  } else {
    assert.equal(answer.status, output === null ? 204 : (operation.status ?? 200), `${id}: ${text}`);
    if (output === null) assert.equal(answer.text, '', id);
    else {
      assert.equal(answer.headers.get('content-type'), 'application/json', id);
      const exact = strict(output);
      assert.deepEqual([...Errors(exact, answer.json)], [], `${id}: ${text}`);
      assert.ok(Check(exact, answer.json), id);
    }
  }
  assert.equal(answer.headers.get('cache-control'), 'no-store', id);
  assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', id);
}

describe('every operation', () => {
  let server: TestServer;
  let world: World;
  const strangers: { lea: Who; berta: Who } = { lea: nobody, berta: nobody };
  before(async () => {
    const clock = testClock('2026-11-23T08:00:00Z');
    server = await startTestServer({ hasUser: false, surroundings: { clock } });
    const family = await makeFamily(server, clock);
    const berta = { login: 'berta', displayName: 'Berta', isAdmin: true, password: PASSWORD };
    await createUser(server.running.app, { kind: 'system' }, berta);
    const page = visitor(server);
    await page.signIn('mara', PASSWORD);
    await page.get('/account');
    const mara = await tokenOf(server, 'mara');
    world = new World({ server, clock, family, mara, visitor: page, page: withPage(server, page) });
    strangers.lea = await tokenOf(server, 'lea');
    strangers.berta = await tokenOf(server, 'berta');
  });
  after(() => server.stop());

  test('the table holds every operation', () => {
    const known = new Set(STEPS.map(({ id }) => id));
    const missing = OPERATIONS.filter(({ id }) => !known.has(id)).map(({ id }) => id);
    assert.deepEqual(missing, [], 'add a step for each in test/web/api/');
  });

  /** A field nobody knows, once in the query and once in the body where there is one. */
  const refuseUnknown = async (who: Who, operation: Operation, input: Input, file?: string) => {
    requireProblem(await call(server, who, operation, { ...input, zz: '1' }, file), 422, operation.id);
    const { path, init } = requestOf(operation, input, file);
    const more = `${path}${path.includes('?') ? '&' : '?'}__proto__=1`;
    requireProblem(await ask(server, who, more, init), 422, operation.id);
  };

  const refuseOthers = async (step: Step, operation: Operation, input: Input) => {
    const { id, who, path } = operation;
    const file = step.file?.(world);
    requireProblem(await call(server, nobody, operation, input, file), 401, id);
    if (who === 'administrator') {
      requireProblem(await call(server, strangers.lea, operation, input, file), 403, id);
      return;
    }
    const usual = path.includes('{') || step.others !== undefined ? 404 : 200;
    const { others = operation.method === 'GET' || usual === 404 ? usual : null } = step;
    const { administrators = others } = step;
    for (const [stranger, expected] of [
      [strangers.lea, others],
      [strangers.berta, administrators],
    ] as const) {
      if (expected === null) continue;
      const answer = await call(server, stranger, operation, input, file);
      if (expected >= 400) requireProblem(answer, expected, `${id} for somebody else`);
      else assert.equal(answer.status, expected, `${id} for somebody else: ${answer.text.slice(0, 200)}`);
      assert.doesNotMatch(answer.text, MARAS, `${id} for somebody else`);
    }
  };

  for (const [at, step] of STEPS.entries()) {
    test(`${at + 1}. ${step.id}`, async () => {
      world.clock.advance(60_000);
      await step.before?.(world);
      const operation = operationOf(step.id);
      const who = step.isFromPage === true ? world.page : world.mara;
      const input = step.input?.(world) ?? {};
      const file = step.file?.(world);
      await refuseUnknown(who, operation, input, file);
      await refuseOthers(step, operation, input);
      const answer = await call(server, who, operation, input, file);
      requireDescribed(operation, answer);
      await step.after?.(world, answer);
    });
  }

  test('the log holds no failure', () => {
    assert.deepEqual(
      server.log.filter((line) => /api\.failed|"level":50/.test(line)),
      [],
    );
  });
});
