import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createSetupInvitation } from '../../models/credentials/service.ts';
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

    test('the server learns the zone of the browser', () =>
      inTab({ timeZone: 'Pacific/Auckland' }, async (tab) => {
        await tab.open('/sign-in');
        const cookies = await tab.context.cookies();
        const zone = cookies.find((cookie) => cookie.name === 'zone');
        assert.equal(zone?.value, 'Pacific~Auckland');
        assert.equal(zone?.path, base === '' ? '/' : base);
      }));
  });
