import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'uqr';
import { createUser } from '../../models/principals/service.ts';
import { PHONE } from '../support/browser.ts';
import {
  codePath,
  downloaded,
  flows,
  IPHONE,
  PASSWORD,
  PIXEL,
  profilePassword,
  sync,
  type Walk,
} from '../support/flows.ts';
import type { TestServer } from '../support/server.ts';

const SYSTEM = { kind: 'system' } as const;
const DATAACCESSD = 'iOS/26.1 (23B85) dataaccessd/1.0';
const DAVX5 = 'DAVx5/4.5.3-ose (2026/09/14; dav4jvm; okhttp/5.1.0) Android/16';
const THUNDERBIRD = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Thunderbird/145.0';
const HOST = 'https://dav.klein.example';
const ALL_IN = [207, 207, 207];
const ALL_OUT = [401, 401, 401];

async function furnish(server: TestServer): Promise<void> {
  const { app } = server.running;
  for (const [login, displayName] of [
    ['mara', 'Mara Klein'],
    ['jonas', 'Jonas Klein'],
    ['lea', 'Lea Klein'],
  ] as const)
    await createUser(app, SYSTEM, { login, displayName, isAdmin: login === 'mara', password: PASSWORD });
}

/** How many of the three steps beside the code are ticked. */
const ticked = (screen: Walk): Promise<number> =>
  screen.page.locator('[aria-labelledby="waiting"] li.done').count();

async function until(screen: Walk, steps: number): Promise<void> {
  await screen.page.waitForFunction(
    (count) => document.querySelectorAll('[aria-labelledby="waiting"] li.done').length === count,
    steps,
  );
}

/** A mark that is gone once a page was loaded again. */
const mark = (screen: Walk) =>
  screen.page.evaluate(() => void document.body.setAttribute('data-was-here', ''));
const isMarked = (screen: Walk) => screen.page.evaluate(() => document.body.hasAttribute('data-was-here'));

flows('Connect', { hasUser: false, origin: HOST, furnish }, (stage) => {
  test('an iPhone is set up by pointing it at the code, and each step is ticked without a reload', async () => {
    const { walk, walkAs, server, base } = stage();
    const lea = await walkAs('lea');
    await lea.open('/');
    assert.match(lea.path, /^\/connect/);
    await Promise.all([lea.listening(), lea.open('/connect?for=iphone')]);
    const path = await codePath(lea);
    // The picture is the code of that very address, on the host that people use.
    const { data } = encode(`${HOST}${base}${path}`, { ecc: 'M', border: 4 });
    const drawn = data.map((row) => row.map(() => false));
    const runs = (await lea.page.locator('#setup svg.qr path').getAttribute('d')) ?? '';
    for (const [, x, y, length] of runs.matchAll(/M(\d+) (\d+)h(\d+)v1/g))
      drawn[Number(y)]?.fill(true, Number(x), Number(x) + Number(length));
    assert.deepEqual(drawn, data);
    await mark(lea);
    assert.equal(await ticked(lea), 0);

    const phone = await walk({ size: PHONE, userAgent: IPHONE });
    await phone.open(path);
    await until(lea, 1);
    await phone.good();
    const profile = await downloaded(phone, phone.button('Download profile'));
    assert.match(profile, /<key>CalDAVUsername<\/key>\s*<string>lea</);
    const program = { login: 'lea', password: profilePassword(profile), agent: DATAACCESSD };
    assert.deepEqual(await sync(server, program), ALL_IN);
    await until(lea, 3);
    assert.equal(await isMarked(lea), true, 'the page was loaded again');
    await lea.page
      .getByText(/is connected$/)
      .first()
      .waitFor();
    await phone.close();
    const other = await walk({ size: PHONE, userAgent: IPHONE });
    await other.open(path, { status: 410 });
    assert.equal(await other.heading(), 'This code is used');
    await other.good();
    await other.close();
    await lea.close();
  });

  test('the page on an Android phone opens DAVx5, which is let in by the code', async () => {
    const { walk, walkAs } = stage();
    const lea = await walkAs('lea');
    await Promise.all([lea.listening(), lea.open('/connect?for=android')]);
    const phone = await walk({ size: PHONE, userAgent: PIXEL });
    await phone.open(await codePath(lea));
    await phone.good();
    const intent = (await phone.link('Open DAVx5').getAttribute('href')) ?? '';
    assert.match(intent, /^intent:.*davx5|^intent:.*davdroid/i);
    assert.doesNotMatch(intent, /password/i);
    await until(lea, 1);
    await phone.close();
    await lea.close();
  });

  test('a desktop program gets a password to copy, is removed, and comes back with the same one', async () => {
    const { walkAs, server } = stage();
    const jonas = await walkAs('jonas');
    await jonas.open('/connect');
    await jonas.press(jonas.link('Thunderbird'));
    await jonas.press(jonas.button('Make a password'));
    await jonas.good();
    const password = (await jonas.page.locator('#value-password').textContent())?.trim() ?? '';
    assert.match(password, /^([a-z2-7]{4}-){4}[a-z2-7]{4}$/);
    await jonas.page.locator('[data-copy="value-password"]').click();
    await jonas.page.locator('[data-copy="value-password"]').getByText('Copied').waitFor();
    assert.match(await jonas.text(), /Waiting for the first sync of/);
    const program = { login: 'jonas', password, agent: THUNDERBIRD };
    assert.deepEqual(await sync(server, program), ALL_IN);
    await jonas.page.getByText(/is connected\. Last sync at/).waitFor();

    await jonas.open('/connect?for=thunderbird');
    await jonas.unfold(jonas.page.locator('details.confirm:not(.plain) summary').first());
    await jonas.press(jonas.button(/^Remove .+/));
    await jonas.assertDone(/removed\. It is refused from its next try on\.$/);
    assert.deepEqual(await sync(server, program), ALL_OUT);
    await jonas.press(jonas.button('Undo'));
    await jonas.assertDone(/is let in again, with the same password\.$/);
    assert.deepEqual(await sync(server, program), ALL_IN);
    await jonas.close();
  });

  test('DAVx5 asks in the browser, is let in once, and can be turned away', async () => {
    const { walk, server, base } = stage();
    const begin = async () => {
      const answer = await fetch(`${server.origin}${base}/index.php/login/v2`, {
        method: 'POST',
        headers: { 'User-Agent': 'DAVx5/4.5.3-ose (Pixel 8; Android/16)' },
      });
      const { login, poll } = await answer.json();
      const path = new URL(login).pathname.slice(base.length);
      const ask = () =>
        fetch(`${server.origin}${new URL(poll.endpoint).pathname}`, {
          method: 'POST',
          body: new URLSearchParams({ token: poll.token }),
        });
      return { path, ask };
    };
    const { path, ask } = await begin();
    assert.equal((await ask()).status, 404);
    const phone = await walk({ size: PHONE, userAgent: PIXEL });
    await phone.open(path);
    assert.match(phone.path, /^\/sign-in/);
    await phone.fill({ login: 'jonas', password: PASSWORD });
    await phone.press(phone.button('Sign in'));
    assert.equal(phone.path, path);
    await phone.good();
    await phone.press(phone.button('Allow'));
    await phone.good();
    const given = await (await ask()).json();
    assert.equal(given.loginName, 'jonas');
    const program = { login: 'jonas', password: given.appPassword, agent: DAVX5 };
    assert.deepEqual(await sync(server, program), ALL_IN);
    assert.equal((await ask()).status, 404);

    const second = await begin();
    await phone.open(second.path);
    await phone.press(phone.button('Refuse'));
    assert.match(await phone.text(), /It got no password/);
    assert.equal((await second.ask()).status, 404);
    await phone.close();
  });
});
