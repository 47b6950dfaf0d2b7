import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSetupInvitation } from '../../models/credentials/service.ts';
import { createUser } from '../../models/principals/service.ts';
import { PHONE } from '../support/browser.ts';
import {
  codePath,
  downloaded,
  flows,
  IPHONE,
  PASSWORD,
  profilePassword,
  runningClock,
  type Stage,
  sync,
  type Walk,
} from '../support/flows.ts';
import type { TestServer } from '../support/server.ts';

const SYSTEM = { kind: 'system' } as const;
const DATAACCESSD = 'iOS/26.1 (23B85) dataaccessd/1.0';

/** Scans the code on the screen with a new phone, takes the profile and syncs with it. Gives the actions on the phone. */
async function setUpPhone({ server, walk }: Stage, screen: Walk, login: string): Promise<number> {
  const path = await codePath(screen);
  const phone = await walk({ size: PHONE, userAgent: IPHONE });
  await phone.open(path, { counts: true });
  await phone.good();
  const profile = await downloaded(phone, phone.button('Download profile'));
  const program = { login, password: profilePassword(profile), agent: DATAACCESSD };
  assert.deepEqual(await sync(server, program), [207, 207, 207]);
  await phone.close();
  return phone.take();
}

flows('the first hour', { hasUser: false, origin: 'https://dav.klein.example' }, (stage) => {
  test('from the printed link to credentials on two devices', async () => {
    const { server, walk } = stage();
    const token = await createSetupInvitation(server.running.app);
    const mara = await walk();
    await mara.open(`/setup?token=${token}`, { counts: true });
    await mara.good();
    await mara.fill({ name: 'Mara Klein', password: PASSWORD });
    await mara.press(mara.button('Make the administrator'));
    assert.match(mara.path, /^\/connect/);
    const firstRun = mara.take();
    assert.ok(firstRun <= 5, `the first run takes ${firstRun} actions`);
    if (!mara.path.includes('iphone')) await mara.open('/connect?for=iphone', { counts: true });
    let rest = await setUpPhone(stage(), mara, 'mara');
    await mara.button('Connect another').waitFor();
    await mara.press(mara.button('Connect another'));
    rest += await setUpPhone(stage(), mara, 'mara');
    await mara.button('Connect another').waitFor();
    rest += mara.take();
    assert.ok(firstRun + rest <= 8, `two devices take ${firstRun + rest} actions`);
    process.stdout.write(`actions: first run ${firstRun}, start to two devices ${firstRun + rest}\n`);
    await mara.good();
    await mara.close();
    const late = await walk();
    await late.open(`/setup?token=${token}`, { status: 410 });
    await late.good();
    await late.close();
  });

  test('what was typed wrong is said at its field, which has the focus', async () => {
    const { server, walk } = stage();
    const visitor = await walk();
    await visitor.open('/invite/nobody-sent-this-link', { status: 404 });
    await visitor.good();
    await createUser(server.running.app, SYSTEM, { login: 'ann', displayName: 'Ann', password: PASSWORD });
    await visitor.open('/sign-in');
    await visitor.fill({ login: 'ann', password: 'not the right one' });
    await visitor.press(visitor.button('Sign in'), 401);
    assert.match(await visitor.text(), /The user name or the password is not right/);
    assert.equal(await visitor.focused(), 'password');
    await visitor.good();
    await visitor.close();
  });
});

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

const clock = runningClock('2026-11-24T09:00:00Z');
flows('people', { hasUser: false, surroundings: { clock }, furnish }, (stage) => {
  test('a session that ends asks for the password and leads on to the page that was wanted', async () => {
    const { walkAs } = stage();
    const jonas = await walkAs('jonas');
    await jonas.open('/contacts?q=anna');
    clock.advance(40 * 86_400_000);
    await jonas.open('/contacts?q=anna');
    assert.match(jonas.path, /^\/sign-in\?/);
    await jonas.fill({ login: 'jonas', password: PASSWORD });
    await jonas.press(jonas.button('Sign in'));
    assert.equal(jonas.path, '/contacts?q=anna');
    await jonas.press(jonas.button('Sign out'));
    assert.match(await jonas.text(), /You are signed out/);
    await jonas.close();
  });

  test('a person is added, invited in another browser, and connects', async () => {
    const { walk, walkAs, server, base } = stage();
    const mara = await walkAs('mara');
    await mara.open('/');
    await mara.press(mara.link('Add a person'));
    await mara.fill({ name: 'Lea Klein', email: 'lea@klein.example' });
    await mara.press(mara.button('Add a person'));
    assert.ok(await mara.page.locator('svg.qr').isVisible());
    const added = mara.take();
    assert.ok(added <= 3, `adding a person takes ${added} actions`);
    process.stdout.write(`actions: add a person to the code on screen ${added}\n`);
    await mara.good();
    const link = (await mara.page.locator('#invite-link').textContent()) ?? '';
    assert.equal(new URL(link).origin, server.origin);

    const lea = await walk({ size: PHONE, userAgent: IPHONE });
    await lea.open(new URL(link).pathname.slice(base.length));
    await lea.good();
    await lea.fill({ password: 'short' });
    await lea.press(lea.page.locator('main button.primary'), 422);
    assert.equal(await lea.focused(), 'password');
    await lea.fill({ password: PASSWORD });
    await lea.press(lea.page.locator('main button.primary'));
    assert.match(lea.path, /^\/connect/);
    await lea.close();
    const again = await walk();
    await again.open(new URL(link).pathname.slice(base.length), { status: 410 });
    assert.equal(await again.heading(), 'This invite was used');
    await again.close();
    await mara.close();
  });

  test('who is disabled is refused at the next request, and comes back with the same password', async () => {
    const { walkAs, server } = stage();
    const mara = await walkAs('mara');
    const jonas = await walkAs('jonas');
    const program = {
      login: 'jonas',
      password: PASSWORD,
      agent: 'DAVx5/4.5.3-ose (okhttp/5.1.0) Android/16',
    };
    assert.deepEqual(await sync(server, program), [207, 207, 207]);
    await mara.open('/admin/people');
    await mara.page.keyboard.press('/');
    await mara.page.keyboard.type('jonas');
    await mara.page.waitForURL(/search=jonas/);
    await mara.page.locator('#people-list tbody tr').nth(1).waitFor({ state: 'detached' });
    await mara.press(mara.link('Jonas Klein'));
    await mara.press(mara.link('Access'));
    await mara.press(mara.button('Disable Jonas Klein'));
    await mara.assertDone(/^Jonas Klein is disabled/);
    assert.deepEqual(await sync(server, program), [401, 401, 401]);
    await jonas.open('/connect');
    assert.match(jonas.path, /^\/sign-in/);
    await mara.press(mara.button('Enable Jonas Klein'));
    assert.deepEqual(await sync(server, program), [207, 207, 207]);
    await jonas.close();
    await mara.close();
  });

  test('who is removed with the own password typed can be brought back', async () => {
    const { walkAs, server } = stage();
    const mara = await walkAs('mara');
    const program = {
      login: 'jonas',
      password: PASSWORD,
      agent: 'DAVx5/4.5.3-ose (okhttp/5.1.0) Android/16',
    };
    await mara.open('/admin/people');
    await mara.press(mara.link('Jonas Klein'));
    await mara.press(mara.link('Access'));
    await mara.press(mara.link('Remove Jonas Klein'));
    await mara.good();
    await mara.fill({ password: 'not the right one' });
    await mara.press(mara.button('Remove Jonas Klein'), 422);
    assert.equal(await mara.focused(), 'password');
    await mara.fill({ password: PASSWORD });
    await mara.press(mara.button('Remove Jonas Klein'));
    await mara.assertDone('Jonas Klein was removed.');
    assert.deepEqual(await sync(server, program), [401, 401, 401]);
    await mara.open('/admin/people?state=removed');
    await mara.press(mara.link('Jonas Klein'));
    await mara.good();
    await mara.press(mara.button('Bring back'));
    await mara.assertDone(/^Jonas Klein is back/);
    assert.deepEqual(await sync(server, program), [207, 207, 207]);
    await mara.close();
  });

  test('a list of people is looked at before anybody is added', async () => {
    const { walkAs } = stage();
    const mara = await walkAs('mara');
    await mara.open('/admin/people');
    await mara.press(mara.link('Add people from a list'));
    const csv = 'name,login,email\nAda Albrecht,,ada@klein.example\nBen Bauer,ben,\nNobody,mara,\n';
    await mara.page.setInputFiles('#file', {
      name: 'people.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(csv),
    });
    await mara.press(mara.button('Look at the list'));
    assert.equal(await mara.heading(), '2 people can be added');
    assert.match(await mara.text(), /left out: user name is taken/);
    await mara.good();
    await mara.press(mara.button('Add 2 people'));
    assert.equal(await mara.heading(), '2 people added');
    const list = await downloaded(mara, mara.button('Download the list'));
    assert.match(list, /Ada Albrecht.*\/invite\//);
    await mara.good();
    await mara.close();
  });
});
