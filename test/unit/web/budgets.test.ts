import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { h } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { NO_PREFERENCES } from '../../../models/principals/preferences.ts';
import { loadAssets } from '../../../server/http/assets.ts';
import { Shell } from '../../../web/layout.tsx';
import { Sheet, Table, Tag, Time } from '../../../web/parts/page.tsx';
import type { PageContext } from '../../../web/site.ts';
import { OWN_STYLES } from '../../../web/styles.ts';
import { openWords } from '../../../web/words.ts';

const KIB = 1024;
const assets = loadAssets();

function asset(name: string) {
  const found = assets.get(name);
  assert.ok(found !== undefined, `${name} is there; scripts are made by npm run build`);
  return found;
}

const zipped = (name: string): number => asset(name).gzip?.byteLength ?? asset(name).body.byteLength;

const ctx: PageContext = {
  words: openWords(),
  base: '',
  person: { displayName: 'Mara Klein', login: 'mara', isAdmin: true },
  formToken: 'x'.repeat(43),
  flash: null,
  preferences: NO_PREFERENCES,
  timeZone: 'Europe/Berlin',
  nowUtc: 1_795_000_000,
  path: '/',
  asset: (name) => `/assets/${name}?v=${assets.get(name)?.etag ?? ''}`,
};

describe('budgets', () => {
  test('styles of a page: 8 KiB', () => {
    for (const name of Object.keys(OWN_STYLES)) {
      const all = zipped('style.css') + zipped(name);
      assert.ok(all <= 8 * KIB, `with ${name}: ${all} bytes`);
    }
  });

  test('scripts of a page: 30 KiB, with the calendar 120', () => {
    const own = [...assets.keys()].filter((name) => name.endsWith('.js') && name !== 'page.js');
    assert.ok(zipped('page.js') <= 10 * KIB, `page.js has ${zipped('page.js')} bytes`);
    for (const name of own) {
      const all = zipped('page.js') + zipped(name);
      assert.ok(all <= (name.startsWith('calendar') ? 120 : 30) * KIB, `${name}: ${all} bytes`);
    }
  });

  test('fonts of the first view: 48 KiB, the rest only where its letters are', () => {
    assert.ok(zipped('inter-latin.woff2') <= 48 * KIB, `${zipped('inter-latin.woff2')} bytes`);
    const css = Buffer.from(asset('style.css').body).toString('utf8');
    for (const name of ['inter-latin.woff2', 'inter-latin-ext.woff2'])
      assert.ok(css.includes(`url("${name}?v=${asset(name).etag}")`), `${name} by its address`);
    assert.equal(css.match(/unicode-range/g)?.length, 2);
  });

  test('a page with 50 rows: 15 KiB, 6 requests', () => {
    const rows = Array.from({ length: 50 }, (_, at) => ({
      key: `${at}`,
      href: `/admin/people/person-${at}`,
      cells: [
        h('a', { href: `/admin/people/person-${at}` }, `Person ${(at * 7919) % 1000}`),
        Time({ ctx, utc: ctx.nowUtc - at * 4001 }),
        Tag({ kind: 'ok', children: 'up to date' }),
        `${(at * 104_729) % 20_000} MB`,
      ],
    }));
    const heads = ['Name', 'Last sync', 'State', 'Storage'];
    const table = Table({ ctx, caption: 'People', heads, rows });
    const sheet = Sheet({ id: 'people', title: 'People', children: table });
    const html = renderToString(Shell({ ctx, title: 'People', nav: 'people', children: sheet }));
    const size = gzipSync(html).byteLength;
    assert.ok(size <= 15 * KIB, `${size} bytes`);
    const loaded = new Set([...html.matchAll(/(?:src|href)="(\/assets\/[^"#]+)/g)].map((match) => match[1]));
    assert.ok(loaded.size + 1 <= 8, [...loaded].join(' '));
  });

  test('the font, styles and scripts are sent compressed where that gains something', () => {
    assert.equal(asset('inter-latin.woff2').gzip, null);
    for (const name of ['style.css', 'page.js', 'icons.svg'])
      assert.ok(zipped(name) < asset(name).body.byteLength, name);
  });
});
