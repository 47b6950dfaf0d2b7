/** The pages of record say what the tables say. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { generatedPages } from './support/generated-docs.ts';
import { wrongSections } from './support/sections.ts';

const ROOT = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

test('generated pages are in step with the tables', () => {
  for (const [path, text] of generatedPages()) assert.equal(read(path), text, `${path}: run npm run docs`);
});

test('every section names tests that are there', () => {
  assert.deepEqual(wrongSections(), []);
  const gone = { rfc: 1, section: '1', about: '', holders: [['docs.test.ts', `not ${'here'}`]] } as const;
  assert.equal(
    wrongSections([gone, { ...gone, holders: [['gone.ts', '']] }, { ...gone, holders: [] }]).length,
    3,
  );
});

test('the README shows the two commands', () => {
  assert.match(read('README.md'), /^npm ci && npm start$/m);
  assert.match(read('README.md'), /^npm ci && npm test$/m);
  assert.match(read('.ci/run'), /npm ci && npm test/);
});

test('links between the pages lead somewhere', () => {
  const pages = [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((p) => p.endsWith('.md'))
      .map((p) => `docs/${p}`),
  ];
  for (const page of pages) {
    for (const [, target = ''] of read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      assert.ok(existsSync(join(ROOT, dirname(page), target)), `${page} links to ${target}`);
    }
  }
});

test('every dependency has its row', () => {
  const page = read('docs/dependencies.md');
  const manifest: unknown = JSON.parse(read('package.json'));
  assert.ok(
    typeof manifest === 'object' &&
      manifest !== null &&
      'dependencies' in manifest &&
      'devDependencies' in manifest,
  );
  const names = [
    ...Object.keys(manifest.dependencies ?? {}),
    ...Object.keys(manifest.devDependencies ?? {}),
  ].filter((n) => !n.startsWith('@types/'));
  assert.deepEqual(
    names.filter((n) => !page.includes(`\`${n}\``)),
    [],
  );
});

test('every dependency is used by the code', () => {
  const code = ['server', 'web', 'protocols', 'models'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.tsx?$/.test(path))
      .map((path) => read(join(room, path))),
  );
  const manifest: { readonly dependencies?: object } = JSON.parse(read('package.json'));
  assert.deepEqual(
    Object.keys(manifest.dependencies ?? {}).filter(
      (name) => !code.some((text) => text.includes(`'${name}'`) || text.includes(`'${name}/`)),
    ),
    [],
  );
});

test('the lock file names no registry', () => {
  assert.doesNotMatch(read('package-lock.json'), /"resolved"/);
});
