import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUser } from '../../models/principals/service.ts';
import { flows, PASSWORD, sync } from '../support/flows.ts';
import type { TestServer } from '../support/server.ts';

const SYSTEM = { kind: 'system' } as const;
const NEW_PASSWORD = 'violet anchor paper';

async function furnish(server: TestServer): Promise<void> {
  const { app } = server.running;
  await createUser(app, SYSTEM, {
    login: 'mara',
    displayName: 'Mara Klein',
    isAdmin: true,
    password: PASSWORD,
  });
  await createUser(app, SYSTEM, { login: 'jonas', displayName: 'Jonas Klein', password: PASSWORD });
}

flows('an account and the server', { hasUser: false, furnish }, (stage) => {
  test('every check of Health is good where nothing stands between', async () => {
    const { walkAs } = stage();
    const mara = await walkAs('mara');
    await mara.open('/admin/health');
    await mara.page.waitForFunction(() => {
      const tags = [...document.querySelectorAll('[data-network] .tag')].map((tag) => tag.textContent);
      return tags.length > 0 && tags.every((tag) => tag === 'good');
    });
    assert.equal(await mara.heading(), 'Why does it not sync?');
    await mara.page.locator('#device').selectOption({ index: 0 });
    await mara.press(mara.button('Find out why'));
    assert.match(await mara.text(), /Sign-ins that fit no device/);
    await mara.close();
  });

  test('settings hold at once, and what was typed wrong is said', async () => {
    const { walk, walkAs } = stage();
    const mara = await walkAs('mara');
    await mara.open('/admin/settings');
    await mara.fill({ name: 'Klein at home', trashDays: 'many' });
    await mara.press(mara.button('Save the settings'), 422);
    assert.equal(await mara.focused(), 'trashDays');
    await mara.good();
    await mara.fill({ trashDays: '45' });
    await mara.page.getByLabel('Violet').check({ force: true });
    await mara.press(mara.button('Save the settings'));
    await mara.assertDone('The settings were saved.');
    await mara.open('/trash');
    assert.match(await mara.text(), /stays here for 45 days/);
    const stranger = await walk();
    await stranger.open('/sign-in');
    assert.match(await stranger.page.title(), /Klein at home$/);
    assert.equal(await stranger.page.locator('html').getAttribute('data-accent'), 'violet');
    await stranger.close();
    await mara.close();
  });

  test('language, theme and keys follow what the person chooses', async () => {
    const { walkAs } = stage();
    const jonas = await walkAs('jonas');
    await jonas.open('/account');
    await jonas.page.selectOption('#language', 'de');
    await jonas.page.locator('input[name="theme"][value="dark"]').check({ force: true });
    await jonas.page.locator('input[name="hasShortcuts"]').uncheck();
    await jonas.press(jonas.page.locator('form[action$="/account/pages"] button[type="submit"]'));
    assert.equal(await jonas.page.locator('html').getAttribute('lang'), 'de');
    assert.equal(await jonas.page.locator('html').getAttribute('data-theme'), 'dark');
    assert.equal(await jonas.heading(), 'Dein Konto');
    await jonas.good();
    await jonas.page.keyboard.press('?');
    assert.equal(await jonas.page.locator('dialog').count(), 0);
    await jonas.page.selectOption('#language', 'en');
    await jonas.press(jonas.page.locator('form[action$="/account/pages"] button[type="submit"]'));
    await jonas.assertDone('The pages follow your choice.');
    await jonas.close();
  });

  test('a new password ends the other sessions, and one can be ended by hand', async () => {
    const { walk, walkAs, server } = stage();
    const jonas = await walkAs('jonas');
    const elsewhere = await walkAs('jonas');
    await jonas.open('/account');
    const rows = jonas.page.locator('[aria-labelledby="sessions"] tbody tr');
    const before = await rows.count();
    assert.ok(before >= 2);
    await jonas.press(rows.getByRole('button', { name: 'Sign out' }).first());
    await jonas.assertDone('That browser is signed out.');
    assert.equal(await rows.count(), before - 1);
    await jonas.fill({ old: 'not the right one', new: NEW_PASSWORD });
    await jonas.press(jonas.button('Change the password'), 422);
    assert.equal(await jonas.focused(), 'old');
    await jonas.good();
    await jonas.fill({ old: PASSWORD, new: NEW_PASSWORD });
    await jonas.press(jonas.button('Change the password'));
    await jonas.assertDone(/^The password was changed/);
    await elsewhere.open('/account');
    assert.match(elsewhere.path, /^\/sign-in/);
    const program = { login: 'jonas', agent: 'curl/8' };
    assert.equal((await sync(server, { ...program, password: PASSWORD }))[0], 401);
    assert.equal((await sync(server, { ...program, password: NEW_PASSWORD }))[0], 207);
    await elsewhere.close();
    await jonas.close();
    const again = await walk();
    await again.tab.signIn('jonas', NEW_PASSWORD);
    await again.close();
  });

  test('a script speaks with a token until it is revoked', async () => {
    const { walkAs, server, base } = stage();
    const mara = await walkAs('mara');
    await mara.open('/account');
    await mara.unfold(mara.page.locator('summary', { hasText: 'Make a token' }));
    await mara.fill({ 'token-name': 'dashboard' });
    await mara.press(mara.button('Make the token'));
    await mara.good();
    const token = (await mara.page.locator('#new-token').textContent())?.trim() ?? '';
    const ask = (method: string, path: string) =>
      fetch(`${server.origin}${base}/api/v1${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        ...(method === 'GET' ? {} : { body: '{"name":"Not allowed"}' }),
      });
    const account = await ask('GET', '/account');
    assert.equal(account.status, 200);
    assert.equal((await account.json()).login, 'mara');
    assert.equal((await ask('PATCH', '/account')).status, 403, 'the token only reads');
    await mara.open('/account');
    await mara.press(mara.button('Revoke'));
    await mara.assertDone(/^The token was revoked/);
    assert.equal((await ask('GET', '/account')).status, 401);
    await mara.close();
  });
});
