import assert from 'node:assert/strict';
import { createServer, request as forward, type Server } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { SYSTEM_ACTOR } from '../../models/access/service.ts';
import { createUser } from '../../models/principals/service.ts';
import { hasChromium, openBrowser, PHONE, type Tab, type TestBrowser } from '../support/browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

/** What a proxy does to requests that pass it. */
interface Faults {
  readonly refused: readonly string[];
  readonly dropped: readonly string[];
  readonly maxBytes: number;
}

function openProxy(target: string, faults: Faults): Promise<{ server: Server; origin: string }> {
  const server = createServer((req, res) => {
    const isTooLarge = Number(req.headers['content-length'] ?? 0) > faults.maxBytes;
    if (faults.refused.includes(req.method ?? '') || isTooLarge) {
      req.resume();
      res.writeHead(isTooLarge ? 413 : 405).end();
      return;
    }
    const headers = Object.fromEntries(
      Object.entries(req.headers).filter(([name]) => !faults.dropped.includes(name)),
    );
    const onward = forward(target + (req.url ?? ''), { method: req.method ?? 'GET', headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({ server, origin: `http://127.0.0.1:${port}` });
    });
  });
}

/** Waits for the last check, and gives the results by key. */
async function results(tab: Tab): Promise<Readonly<Record<string, string>>> {
  await tab.page.waitForFunction(
    () =>
      !/^(running|not checked)$/.test(document.querySelector('#check-clock .tag')?.textContent ?? 'running'),
  );
  return tab.page.evaluate(() =>
    Object.fromEntries(
      [...document.querySelectorAll('[data-network]')].map((row) => [
        row.id.replace('check-', ''),
        row.querySelector('.tag')?.textContent ?? '',
      ]),
    ),
  );
}

describe('Health in a browser', { skip: !hasChromium() }, () => {
  let server: TestServer;
  let browser: TestBrowser;
  before(async () => {
    server = await startTestServer();
    const { password } = server;
    await createUser(server.running.app, SYSTEM_ACTOR, { login: 'root', password, isAdmin: true });
    browser = await openBrowser();
  });
  after(async () => {
    await browser.close();
    await server.stop();
  });

  test('where nothing stands between, every check is good', async () => {
    const tab = await browser.tab(server);
    await tab.signIn('root', server.password);
    await tab.open('/admin/health');
    assert.deepEqual(new Set(Object.values(await results(tab))), new Set(['good']));
    await tab.assertGood();
    await tab.close();
  });

  test('faults of a proxy are found, each with its fix, and lead the page', async () => {
    const faults = { refused: ['MKCALENDAR', 'REPORT'], dropped: ['authorization'], maxBytes: 1_000_000 };
    const proxy = await openProxy(server.origin, faults);
    const tab = await browser.tab({ origin: proxy.origin, base: '' }, { size: PHONE });
    try {
      await tab.signIn('root', server.password);
      await tab.open('/admin/health');
      const found = await results(tab);
      const bad = Object.keys(found).filter((key) => found[key] === 'fault');
      assert.deepEqual(bad, ['methods', 'authorization', 'body']);
      assert.equal(await tab.page.textContent('h1'), '3 checks found a fault');
      assert.match(
        (await tab.page.textContent('#check-methods')) ?? '',
        /REPORT \(405\), MKCALENDAR \(405\)/,
      );
      assert.equal(await tab.page.isVisible('#fix-authorization'), true);
      assert.match((await tab.page.textContent('#report')) ?? '', /Passwords arrive: fault/);
      assert.equal(await tab.page.textContent('[data-step="proxy"] .tag'), 'fault');
      await tab.assertAccessible();
      await tab.assertNarrow();
    } finally {
      await tab.close();
      proxy.server.closeAllConnections();
      proxy.server.close();
    }
  });

  test('without scripts the checks of the server stand, and the page says what is missing', async () => {
    const tab = await browser.tab(server, { hasScripts: false });
    await tab.signIn('root', server.password);
    await tab.open('/admin/health');
    const text = (await tab.page.textContent('main')) ?? '';
    assert.match(text, /need scripts/);
    assert.match(text, /All \d+ steps were taken/);
    await tab.close();
  });
});
