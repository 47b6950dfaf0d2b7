import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { Person } from '../../../models/principals/people.ts';
import { NO_PREFERENCES } from '../../../models/principals/preferences.ts';
import { toPrincipalId } from '../../../models/principals/service.ts';
import { ACCENTS, DEFAULT_SETTINGS } from '../../../models/server/service.ts';
import { AccountPage } from '../../../web/pages/account.tsx';
import { InviteLinkPage, InvitePage } from '../../../web/pages/invite.tsx';
import { PeoplePage } from '../../../web/pages/people.tsx';
import { PeopleAddedPage, PeopleImportPage, PeopleReviewPage } from '../../../web/pages/people-import.tsx';
import { PERSON_TABS, PersonPage } from '../../../web/pages/person.tsx';
import { AddPersonPage, PersonInvitePage } from '../../../web/pages/person-add.tsx';
import { ExportPersonPage, RemovePersonPage, RolePage } from '../../../web/pages/person-confirm.tsx';
import { SettingsPage } from '../../../web/pages/settings.tsx';
import { HttpsPage, SetupLinkPage } from '../../../web/pages/setup.tsx';
import { ProofPage } from '../../../web/pages/sign-in.tsx';
import type { PageContext } from '../../../web/site.ts';
import { openWords } from '../../../web/words.ts';

const HOSTILE = `<script>alert(1)</script>"'&\u202e</title>{name}`;

const ctxOf = (language: 'en' | 'de' | 'qps'): PageContext => ({
  words: openWords(language),
  base: '/day',
  person: { displayName: HOSTILE, login: HOSTILE, isAdmin: true },
  formToken: 'token',
  flash: { text: HOSTILE, undo: { action: '/admin/people/x/enable', fields: { a: HOSTILE } } },
  preferences: NO_PREFERENCES,
  server: { name: HOSTILE, accent: 'pink' },
  timeZone: 'Europe/Berlin',
  nowUtc: 100,
  path: '/',
  asset: (name) => `/day/assets/${name}`,
});

const person = (more: Partial<Person> = {}): Person => ({
  id: toPrincipalId('hostile-id'),
  login: HOSTILE,
  displayName: HOSTILE,
  email: HOSTILE,
  isAdmin: false,
  state: 'active',
  createdUtc: 1,
  removedUtc: null,
  inviteExpiresUtc: null,
  usedBytes: 92,
  allowedBytes: 100,
  quotaBytes: 100,
  devices: 2,
  lastSyncUtc: 50,
  worstDevice: 'refused',
  ...more,
});
const many = [
  person(),
  person({ id: toPrincipalId('b'), state: 'invited', inviteExpiresUtc: 200, devices: 0, lastSyncUtc: null }),
  person({ id: toPrincipalId('c'), state: 'disabled', worstDevice: 'silent', usedBytes: 200 }),
  person({ id: toPrincipalId('d'), state: 'removed', removedUtc: 5, isAdmin: true, usedBytes: 0 }),
  person({ id: toPrincipalId('e'), state: 'invited', inviteExpiresUtc: 50 }),
];
const counts = { present: 4, invited: 1, disabled: 1, removed: 1 };
const holdings = (['calendar', 'tasks', 'addressbook'] as const).map((kind, id) => ({
  ...{ id, kind, name: HOSTILE, displayName: HOSTILE, color: HOSTILE, items: id, bytes: 10 },
}));
const people = {
  items: many,
  counts,
  search: '',
  state: 'present',
  previous: null,
  next: '/admin/people?cursor=x',
} as const;
const one = {
  person: person(),
  devices: [],
  holdings,
  sessions: 2,
  trashDays: 30,
  isSelf: false,
  wrong: { name: HOSTILE, email: HOSTILE, quota: HOSTILE },
  refused: HOSTILE,
  values: { name: HOSTILE, email: HOSTILE, quota: HOSTILE },
} as const;
const confirm = { person: person(), holdings, trashDays: 30, wrong: HOSTILE, refused: HOSTILE };
const setting = { name: 'HOST', value: HOSTILE, isSet: true, source: 'environment', doc: HOSTILE } as const;
const settings = {
  chosen: { ...DEFAULT_SETTINGS, name: HOSTILE },
  settings: [
    setting,
    { ...setting, name: 'B', value: null, source: 'default' },
    { ...setting, name: 'C', source: 'settings-page' },
  ],
  values: { name: HOSTILE, address: HOSTILE, trashDays: HOSTILE, versionDays: HOSTILE, quota: HOSTILE },
  wrong: { name: HOSTILE, trashDays: HOSTILE },
  refused: HOSTILE,
  fixed: ['address'],
} as const;
const session = {
  id: 's1',
  createdUtc: 1,
  lastUsedUtc: 2,
  isLasting: true,
  userAgent: HOSTILE,
  network: HOSTILE,
};
const token = {
  id: 't1',
  label: HOSTILE,
  isReadOnly: true,
  createdUtc: 1,
  lastUsedUtc: null,
  expiresUtc: null,
};
const account = {
  login: HOSTILE,
  values: { name: HOSTILE, email: HOSTILE },
  preferences: NO_PREFERENCES,
  usualZone: 'Europe/Berlin',
  sessions: [
    session,
    { ...session, id: 's2', isLasting: false, userAgent: 'Mozilla/5.0 (X11; Linux) Firefox/140' },
  ],
  here: 's1',
  tokens: [token, { ...token, id: 't2', lastUsedUtc: 50, isReadOnly: false }],
  newToken: { name: HOSTILE, token: HOSTILE },
  wrong: { name: HOSTILE, email: HOSTILE, old: HOSTILE, new: HOSTILE, 'token-name': HOSTILE },
  refused: HOSTILE,
};
const rows = (
  ['name-missing', 'login-bad', 'login-taken', 'login-twice', 'email-bad', 'name-bad', null] as const
).map((problem, line) => ({ line, name: HOSTILE, login: HOSTILE, email: HOSTILE, problem }));
const invite = {
  id: 'x',
  name: HOSTILE,
  login: HOSTILE,
  server: HOSTILE,
  link: `https://x/invite/${HOSTILE}`,
  expiresUtc: 9,
};

const pagesIn = (ctx: PageContext): readonly (readonly [string, JSX.Element])[] => [
  ['people', PeoplePage({ ctx, data: people })],
  ['people, nobody found', PeoplePage({ ctx, data: { ...people, items: [], search: HOSTILE } })],
  ...(['present', 'active', 'invited', 'disabled', 'silent', 'removed'] as const).map(
    (state) => [`people, no ${state}`, PeoplePage({ ctx, data: { ...people, items: [], state } })] as const,
  ),
  [
    'add',
    AddPersonPage({
      ctx,
      data: {
        values: { name: HOSTILE, login: HOSTILE, email: HOSTILE },
        wrong: { name: HOSTILE, login: HOSTILE },
        refused: HOSTILE,
      },
    }),
  ],
  ['invite of a person', PersonInvitePage({ ctx, data: invite })],
  ['invite of a person, gone', PersonInvitePage({ ctx, data: { ...invite, link: null, expiresUtc: null } })],
  ...PERSON_TABS.map((tab) => [`person, ${tab}`, PersonPage({ ctx, data: { ...one, tab } })] as const),
  [
    'person, removed',
    PersonPage({ ctx, data: { ...one, tab: 'access', person: person({ state: 'removed', removedUtc: 3 }) } }),
  ],
  [
    'person, disabled',
    PersonPage({
      ctx,
      data: { ...one, tab: 'access', person: person({ state: 'disabled', isAdmin: true, email: null }) },
    }),
  ],
  ['remove', RemovePersonPage({ ctx, data: confirm })],
  ['export', ExportPersonPage({ ctx, data: confirm })],
  ['role', RolePage({ ctx, data: confirm })],
  ['import', PeopleImportPage({ ctx, refused: HOSTILE })],
  ['import, review', PeopleReviewPage({ ctx, data: { rows, csv: HOSTILE } })],
  ['import, none', PeopleReviewPage({ ctx, data: { rows: rows.slice(0, 2), csv: HOSTILE } })],
  [
    'import, done',
    PeopleAddedPage({
      ctx,
      data: { added: [{ id: 'x', name: HOSTILE, login: HOSTILE, link: HOSTILE }], list: HOSTILE },
    }),
  ],
  ['settings', SettingsPage({ ctx, data: settings })],
  ['account', AccountPage({ ctx, data: account })],
  [
    'account, fresh',
    AccountPage({
      ctx,
      data: { ...account, sessions: [session], tokens: [], newToken: null, wrong: {}, refused: null },
    }),
  ],
  ['proof', ProofPage({ ctx, data: { state: { kind: 'wrong' }, next: HOSTILE } })],
  ['proof, slow', ProofPage({ ctx, data: { state: { kind: 'slow', seconds: 4 }, next: '/' } })],
  [
    'accept',
    InvitePage({
      ctx,
      data: { token: HOSTILE, name: HOSTILE, login: HOSTILE, server: HOSTILE, wrong: HOSTILE },
    }),
  ],
  ...(['over', 'used', 'unknown'] as const).map(
    (state) => [`accept, ${state}`, InviteLinkPage({ ctx, state })] as const,
  ),
  ['set up already', SetupLinkPage({ ctx, state: 'done' })],
  ['https', HttpsPage({ ctx, host: HOSTILE })],
];

for (const language of ['en', 'de', 'qps'] as const)
  describe(`pages of people in ${language}`, () => {
    for (const [name, page] of pagesIn(ctxOf(language)))
      test(name, () => {
        const html = renderToString(page);
        const body = html.slice(html.indexOf('<body'));
        assert.doesNotMatch(body, /<script/i, 'text from outside stays text');
        assert.doesNotMatch(html, / style="| on[a-z]+="/, 'nothing inline');
        assert.equal(html.match(/<h1/g)?.length, 1, 'one h1');
        const ids = [...html.matchAll(/ id="([^"]*)"/g)].map((m) => m[1]);
        assert.equal(new Set(ids).size, ids.length, `ids are unique: ${ids.join(' ')}`);
        for (const [, described = ''] of html.matchAll(/aria-describedby="([^"]*)"/g))
          for (const id of described.split(' ')) assert.ok(ids.includes(id), `${id} is there`);
        for (const [, target = ''] of html.matchAll(/(?:href|action|src)="([^"]*)"/g))
          assert.match(target, /^(\/day\/|#)/, 'links stay below the base path');
        assert.ok((html.match(/class="button primary/g)?.length ?? 0) <= 1, 'one primary button');
        for (const [form = ''] of html.matchAll(/<form method="post"[\s\S]*?<\/form>/g))
          assert.match(form, /name="form-token" value="token"/);
        assert.doesNotMatch(html, /type="password"[^>]* value=/, 'passwords are not sent back');
      });
  });

test('every colour to choose has its words', () => {
  const { t } = openWords();
  for (const accent of ACCENTS) assert.notEqual(t(`settings.accent.${accent}`), '');
});
