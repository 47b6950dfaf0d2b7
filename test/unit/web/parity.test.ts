import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApi } from '../../../protocols/api/openapi.ts';
import { OPERATIONS } from '../../../protocols/api/routes/index.ts';
import { ROUTES } from '../../../web/routes/index.ts';

/** Forms that change nothing scripts could want: who is signed in to the pages, and who they prove to be. */
const PAGES_ONLY = new Set([
  '/setup',
  '/sign-in',
  '/sign-in/again',
  '/sign-out',
  '/invite/:token',
  '/c/:code',
]);

test('every form of the pages names the operations of the API that do the same', () => {
  const ids = new Set(OPERATIONS.map((operation) => operation.id));
  const missing = ROUTES.filter((route) => route.method === 'POST' && !PAGES_ONLY.has(route.path)).flatMap(
    ({ path, does = [] }) => {
      if (does.length === 0) return [`POST ${path} names none`];
      return does.filter((id) => !ids.has(id)).map((id) => `POST ${path} names ${id}, which is none`);
    },
  );
  assert.deepEqual(missing, []);
});

test('pages only know their own exceptions', () => {
  const posts = new Set(ROUTES.filter((route) => route.method === 'POST').map((route) => route.path));
  assert.deepEqual(
    [...PAGES_ONLY].filter((path) => !posts.has(path)),
    [],
  );
});

test('operations have their own name and address, and every parameter of a path is a field of the input', () => {
  const names = OPERATIONS.map((operation) => operation.id);
  assert.deepEqual(names, [...new Set(names)]);
  const places = OPERATIONS.map(
    (operation) => `${operation.method} ${operation.path.replace(/\{\w+\}/g, '{}')}`,
  );
  assert.deepEqual(
    places.filter((place, at) => places.indexOf(place) !== at),
    [],
  );
  for (const { id, path, input } of OPERATIONS) {
    const asked = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
    assert.deepEqual(
      asked.filter((name) => !Object.hasOwn(input.properties, name)),
      [],
      id,
    );
  }
});

test('reading changes nothing by its method: operations that change are not GET', () => {
  for (const route of ROUTES.filter(({ method }) => method === 'POST')) {
    const changing = OPERATIONS.filter(({ id }) => route.does?.includes(id));
    const asGet = changing.filter(({ method }) => method === 'GET').map(({ id }) => id);
    if (changing.length > 0) assert.ok(asGet.length < changing.length, `${route.path} only reads: ${asGet}`);
  }
});

test('the description is OpenAPI 3.1 with one operation for each row', () => {
  const described = openApi({ version: '1.2.3' }, OPERATIONS, '/sub');
  assert.equal(described['openapi'], '3.1.0');
  const text = JSON.stringify(described);
  for (const { id } of OPERATIONS) assert.ok(text.includes(`"operationId":"${id}"`), id);
});
