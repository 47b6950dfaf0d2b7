import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSetupInvitation } from '../../models/credentials/service.ts';
import { createUser } from '../../models/principals/service.ts';
import {
  hasChromium,
  openBrowser,
  PHONE,
  type Tab,
  type TabOptions,
  type TestBrowser,
} from '../support/browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const VIEWS: readonly (readonly [string, TabOptions])[] = [
  ['light', {}],
  ['dark', { scheme: 'dark' }],
  ['on a phone', { size: PHONE }],
  ['in German', { language: 'de' }],
  ['in the stretched language, on a phone', { size: PHONE, language: 'qps' }],
  ['without scripts', { hasScripts: false }],
];

for (const base of ['', '/day'])
  describe(`pages in a browser, at ${base}/`, { skip: !hasChromium() }, () => {
    let server: TestServer;
    let browser: TestBrowser;
    before(async () => {
      server = await startTestServer({ base });
      browser = await openBrowser();
    });
    after(async () => {
      await browser.close();
      await server.stop();
    });

    /** Does something in a fresh tab and closes it. */
    const inTab = async (options: TabOptions, work: (tab: Tab) => Promise<void>): Promise<void> => {
      const tab = await browser.tab(server, options);
      try {
        await work(tab);
        tab.assertClean();
      } finally {
        await tab.close();
      }
    };

    for (const [name, options] of base === '' ? VIEWS : VIEWS.slice(0, 1))
      test(`sign-in, set-up, errors and More are good ${name}`, () =>
        inTab(options, async (tab) => {
          assert.equal(await tab.open('/sign-in'), 200);
          await tab.assertGood();
          await tab.page.fill('#login', 'ann');
          await tab.page.fill('#password', 'wrong');
          await tab.page.click('main button[type="submit"]');
          await tab.page.waitForSelector('[role="alert"]');
          await tab.assertGood();
          const token = await createSetupInvitation(server.running.app);
          assert.equal(await tab.open(`/setup?token=${token}`), 200);
          await tab.assertGood();
          await tab.open('/setup?token=over');
          await tab.assertGood();
          await tab.signIn('ann', server.password);
          assert.equal(await tab.open('/nowhere'), 404);
          await tab.assertGood();
          assert.equal(await tab.open('/admin/activity'), 403);
          await tab.assertGood();
          assert.equal(await tab.open('/more'), 200);
          await tab.assertGood();
        }));

    test('a password can be shown', () =>
      inTab({}, async (tab) => {
        await tab.open('/sign-in');
        await tab.page.fill('#password', 'secret');
        await tab.page.click('text=Show');
        assert.equal(await tab.page.getAttribute('#password', 'type'), 'text');
        await tab.page.click('text=Hide');
        assert.equal(await tab.page.getAttribute('#password', 'type'), 'password');
      }));

    test('keys lead around, and rest while somebody types', () =>
      inTab({}, async (tab) => {
        await tab.signIn('ann', server.password);
        await tab.open('/more');
        await tab.page.keyboard.press('?');
        await tab.page.waitForSelector('dialog[open] kbd');
        await tab.assertAccessible();
        await tab.page.keyboard.press('Escape');
        await tab.page.waitForSelector('dialog', { state: 'detached' });
        await tab.page.keyboard.press('g');
        await tab.page.keyboard.press('c');
        await tab.page.waitForURL(`**${base}/calendar`);
        await tab.open('/sign-in');
      }));

    test('a live part moves when a device checks in, without loading the page again', () =>
      inTab({}, async (tab) => {
        const boss = { login: 'boss', displayName: 'Boss', email: 'boss@example.org', isAdmin: true };
        await createUser(server.running.app, { kind: 'system' }, { ...boss, password: server.password });
        await tab.signIn('boss', server.password);
        await tab.open('/');
        const reloads: string[] = [];
        tab.page.on('framenavigated', (frame) => reloads.push(frame.url()));
        await fetch(`${server.origin}${base}/dav/`, {
          method: 'PROPFIND',
          headers: {
            Authorization: `Basic ${btoa(`ann:${server.password}`)}`,
            Depth: '0',
            'User-Agent': 'Newcomer/1.0',
          },
        });
        await tab.page.waitForSelector('#overview :text("Newcomer")');
        assert.deepEqual(reloads, []);
      }));

    test('search answers while one types, and keeps the address in step', () =>
      inTab({}, async (tab) => {
        await tab.signIn('boss', server.password);
        await tab.open('/admin/people');
        await tab.page.keyboard.press('/');
        await tab.page.keyboard.type('ann');
        await tab.page.waitForFunction(
          () => !document.querySelector('#people-list')?.textContent?.includes('Boss'),
        );
        assert.match(await tab.page.innerText('#people-list'), /ann/);
        await tab.page.waitForURL('**/admin/people?search=ann');
        assert.equal(await tab.page.evaluate(() => document.activeElement?.id), 'search');
        await tab.page.keyboard.press('Tab');
        await tab.page.focus('body');
        await tab.page.evaluate(() =>
          document.activeElement instanceof HTMLElement ? document.activeElement.blur() : 0,
        );
        await tab.page.keyboard.press('j');
        await tab.page.keyboard.press('Enter');
        await tab.page.waitForURL('**/admin/people/ann*');
      }));

    test('the server learns the zone of the browser', () =>
      inTab({ timeZone: 'Pacific/Auckland' }, async (tab) => {
        await tab.open('/sign-in');
        const cookies = await tab.context.cookies();
        const zone = cookies.find((cookie) => cookie.name === 'zone');
        assert.equal(zone?.value, 'Pacific~Auckland');
        assert.equal(zone?.path, base === '' ? '/' : base);
      }));
  });
