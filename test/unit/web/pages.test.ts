import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { NO_PREFERENCES } from '../../../models/principals/preferences.ts';
import { ErrorPage } from '../../../web/pages/error.tsx';
import { MorePage } from '../../../web/pages/more.tsx';
import { SetupLinkPage, SetupPage } from '../../../web/pages/setup.tsx';
import { SignInPage } from '../../../web/pages/sign-in.tsx';
import type { PageContext } from '../../../web/site.ts';
import { openWords } from '../../../web/words.ts';
import { assertValidHtml } from '../../support/html.ts';

const HOSTILE = `<script>alert(1)</script>"'&\u202e</title>`;

const ctx: PageContext = {
  words: openWords(),
  base: '/day',
  person: { displayName: HOSTILE, login: HOSTILE, isAdmin: false },
  formToken: 'token',
  flash: null,
  preferences: NO_PREFERENCES,
  timeZone: 'Europe/Berlin',
  nowUtc: 100,
  path: '/',
  asset: (name) => `/day/assets/${name}`,
};

const setup = {
  token: HOSTILE,
  values: { name: HOSTILE, login: HOSTILE, email: HOSTILE, address: HOSTILE },
  refused: HOSTILE,
  wrong: { name: HOSTILE, login: HOSTILE, email: HOSTILE, password: HOSTILE },
  place: HOSTILE,
  address: HOSTILE,
  isAddressFixed: false,
  https: 'missing',
} as const;

const PAGES: readonly (readonly [string, JSX.Element])[] = [
  ['set-up', SetupPage({ ctx, data: setup })],
  ['set-up, fresh', SetupPage({ ctx, data: { ...setup, refused: null, wrong: {}, https: 'ok' } })],
  ['set-up, over', SetupLinkPage({ ctx, state: 'over' })],
  ['set-up, unknown', SetupLinkPage({ ctx, state: 'unknown' })],
  ...(['fresh', 'first', 'out', 'wrong', 'busy', 'disabled'] as const).map(
    (kind) =>
      [
        `sign-in, ${kind}`,
        SignInPage({ ctx, data: { state: { kind }, login: HOSTILE, next: HOSTILE, isLasting: true } }),
      ] as const,
  ),
  [
    'sign-in, slow',
    SignInPage({
      ctx,
      data: { state: { kind: 'slow', seconds: 7 }, login: '', next: '/', isLasting: false },
    }),
  ],
  ['more', MorePage({ ctx })],
  [
    'more, administrator',
    MorePage({ ctx: { ...ctx, person: { displayName: HOSTILE, login: HOSTILE, isAdmin: true } } }),
  ],
  [
    'error',
    ErrorPage({
      ctx,
      data: { title: HOSTILE, text: HOSTILE, id: HOSTILE, way: { href: '/', text: HOSTILE } },
    }),
  ],
];

describe('pages', () => {
  for (const [name, page] of PAGES)
    test(name, () => {
      const html = renderToString(page);
      assertValidHtml(`<!doctype html>${html}`, name);
      const scripts = html.match(/<script[^>]*>/gi) ?? [];
      for (const script of scripts)
        assert.match(script, /^<script type="module" src="\/day\/assets\/[\w-]+\.js">$/);
      assert.doesNotMatch(html, /<script[^>]*>[^<]/i, 'text from outside stays text');
      assert.doesNotMatch(html, / style="| on[a-z]+="/, 'nothing inline');
      assert.equal(html.match(/<h1/g)?.length, 1, 'one h1');
      assert.match(html, /<html lang="en">/);
      const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((m) => m[1]);
      assert.equal(new Set(ids).size, ids.length, 'ids are unique');
      for (const [, described = ''] of html.matchAll(/aria-describedby="([^"]*)"/g))
        for (const id of described.split(' ')) assert.ok(ids.includes(id), `${id} is there`);
      for (const [, target = ''] of html.matchAll(/(?:href|action|src)="([^"]*)"/g))
        assert.match(target, /^(\/day\/|#)/, 'links stay below the base path');
      assert.ok((html.match(/class="button primary/g)?.length ?? 0) <= 1, 'one primary button');
      for (const [form = ''] of html.matchAll(/<form[\s\S]*?<\/form>/g))
        assert.match(form, /name="form-token" value="token"/);
      assert.doesNotMatch(html, /type="password"[^>]* value=/, 'passwords are not sent back');
    });
});
