import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const ROOT = resolve(import.meta.dirname, '..');
const ROOMS = ['server', 'web', 'protocols', 'models'] as const;
/** Which rooms a room may import from: down the stairs only. */
const STAIRS: Readonly<Record<string, readonly string[]>> = {
  server: ['server', 'web', 'protocols', 'models'],
  web: ['web', 'protocols', 'models'],
  protocols: ['protocols', 'models'],
  models: ['models'],
};
/** Where a package may be imported, as path prefixes or exact files. */
const PACKAGE_PLACES: readonly (readonly [RegExp, RegExp])[] = [
  [/^express$/, /^server\/http\//],
  [/^sequelize$/, /^models\/(db\/|[a-z]+\/(table|store)\.ts$)/],
  [/^(saxes|@xmldom\/xmldom)$/, /^protocols\/xml\//],
  [/^ical\.js$/, /^models\/ical\//],
  [/^vcard4$/, /^models\/vcard\//],
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

function importsOf(file: string): readonly Import[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const found: Import[] = [];
  for (const match of source.matchAll(
    /^\s*(?:import|export)\s+(type\s)?[^'"()]*?from\s+['"]([^'"]+)['"]/gm,
  )) {
    found.push({ from: file, to: target(file, match[2] ?? ''), isTypeOnly: match[1] !== undefined });
  }
  for (const match of source.matchAll(/(?:^\s*import\s+|\bimport\()['"]([^'"]+)['"]/gm)) {
    found.push({ from: file, to: target(file, match[1] ?? ''), isTypeOnly: false });
  }
  return found;
}

function target(file: string, specifier: string): string {
  return specifier.startsWith('.') ? relative(ROOT, resolve(ROOT, dirname(file), specifier)) : specifier;
}

const files = ROOMS.flatMap(sourcesIn);
const imports = files.flatMap(importsOf);
const roomOf = (path: string): string => path.split('/')[0] ?? '';
const isOurs = (path: string): boolean => files.includes(path);

test('imports only go down the stairs', () => {
  const climbing = imports.filter((i) => isOurs(i.to) && !STAIRS[roomOf(i.from)]?.includes(roomOf(i.to)));
  assert.deepEqual(
    climbing.map((i) => `${i.from} imports ${i.to}`),
    [],
  );
  const dangling = imports.filter((i) => /\.tsx?$/.test(i.to) && !isOurs(i.to));
  assert.deepEqual(
    dangling.map((i) => `${i.from} imports ${i.to}`),
    [],
  );
});

test('a private file of models stays inside models', () => {
  const isPrivate = (path: string): boolean => /^models\/(db\/|[a-z]+\/(table|store)\.ts)/.test(path);
  const through = imports.filter((i) => isPrivate(i.to) && roomOf(i.from) !== 'models' && !i.isTypeOnly);
  assert.deepEqual(
    through.filter((i) => i.from !== 'server/app.ts').map((i) => `${i.from} imports ${i.to}`),
    [],
  );
});

test('a package is imported in its own places only', () => {
  for (const [name, place] of PACKAGE_PLACES) {
    const outside = imports.filter((i) => name.test(i.to) && !place.test(i.from) && !i.isTypeOnly);
    assert.deepEqual(
      outside.map((i) => `${i.from} imports ${i.to}`),
      [],
    );
  }
});

test('no file imports itself by way of others', () => {
  const graph = new Map(
    files.map((f) => [
      f,
      imports.filter((i) => i.from === f && !i.isTypeOnly && isOurs(i.to)).map((i) => i.to),
    ]),
  );
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) assert.fail(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' > ')}`);
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
});

/** Lines of code that must not appear, with the files that are allowed to hold them. */
const FORBIDDEN: readonly { readonly what: string; readonly pattern: RegExp; readonly except: RegExp }[] = [
  { what: 'process.env', pattern: /\bprocess\.env\b/, except: /^server\/config\.ts$/ },
  {
    what: 'Date.now or new Date()',
    pattern: /\bDate\.now\(|\bnew Date\(\)/,
    // The clock of a browser is nobody's here.
    except: /^server\/(app|log)\.ts$|^web\/islands\//,
  },
  {
    what: 'Math.random or crypto randomness',
    pattern: /\bMath\.random\(|\brandom(Bytes|UUID|Int)\(/,
    except: /^server\/app\.ts$/,
  },
  { what: 'a default export', pattern: /^export default\b/, except: /^$/ },
  { what: 'any', pattern: /(:|<|\bas) any\b|@ts-ignore|@ts-nocheck/, except: /^$/ },
  { what: 'sequelize.literal', pattern: /\bliteral\(/, except: /^$/ },
  { what: 'an enum or a namespace', pattern: /^\s*(export )?(const )?(enum|namespace) \w/, except: /^$/ },
  { what: 'module state', pattern: /^(export )?let /, except: /^$/ },
  { what: 'a barrel', pattern: /^export \* from/, except: /^$/ },
];

test('the code keeps the rules that a pattern can see', () => {
  const found: string[] = [];
  for (const file of files) {
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
    for (const rule of FORBIDDEN.filter((r) => !r.except.test(file))) {
      lines.forEach((line, at) => {
        if (rule.pattern.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line))
          found.push(`${file}:${at + 1} holds ${rule.what}`);
      });
    }
  }
  assert.deepEqual(found, []);
});

test('files stay under 600 lines and functions under 60', () => {
  const tooLong: string[] = [];
  for (const file of files) {
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
    if (lines.length > 600) tooLong.push(`${file} has ${lines.length} lines`);
    let start: number | null = null;
    lines.forEach((line, at) => {
      if (
        /^(export )?(async )?function\*? ?\w+/.test(line) ||
        /^(export )?const \w+ = (async )?\(.*=> \{$/.test(line)
      )
        start = at;
      else if (line === '}' || line === '};') {
        if (start !== null && at - start > 60) tooLong.push(`${file}:${start + 1} has ${at - start} lines`);
        start = null;
      }
    });
  }
  assert.deepEqual(tooLong, []);
});

test('every export says what it is', () => {
  const silent: string[] = [];
  for (const file of files) {
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
    lines.forEach((line, at) => {
      const isFunction = /^export (async )?(function|class)\b/.test(line);
      if (isFunction && !/\*\/\s*$/.test(lines[at - 1] ?? ''))
        silent.push(`${file}:${at + 1} ${line.slice(0, 60)}`);
    });
  }
  assert.deepEqual(silent, []);
});
