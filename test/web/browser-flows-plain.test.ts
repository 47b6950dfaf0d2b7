import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFamily } from '../shots/family.ts';
import type { TabOptions } from '../support/browser.ts';
import {
  dav,
  flows,
  IPHONE,
  PASSWORD,
  profilePassword,
  runningClock,
  type Stage,
  sync,
} from '../support/flows.ts';

/** What must work for everybody: without scripts, and in every language; found by structure, never by words. */
const clock = runningClock('2026-11-24T09:00:00Z');

const WAYS: readonly (readonly [string, TabOptions])[] = [
  ['without scripts', { hasScripts: false }],
  ['in German', { language: 'de' }],
  ['in the language that finds texts nobody translated', { language: 'qps' }],
];

const SEND = 'main form button.primary';

async function connectPhone({ walkAs, walk, server }: Stage, how: TabOptions): Promise<void> {
  const screen = await walkAs('lea', how);
  await screen.open('/connect?for=iphone');
  if ((await screen.page.locator('a[href*="/c/"]').count()) === 0)
    await screen.press(screen.page.locator('main a[href$="anyway=1"]'));
  const href = (await screen.page.locator('main a[href*="/c/"]').first().getAttribute('href')) ?? '';
  const phone = await walk({ ...how, userAgent: IPHONE });
  await phone.open(href.slice(href.lastIndexOf('/c/')));
  const [download] = await Promise.all([
    phone.page.waitForEvent('download'),
    phone.page.locator('main button.primary').click(),
  ]);
  const parts: Uint8Array[] = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  const password = profilePassword(Buffer.concat(parts).toString('utf8'));
  assert.equal((await sync(server, { login: 'lea', password, agent: 'iOS/26.1 dataaccessd/1.0' }))[0], 207);
  await phone.close();
  await screen.open('/connect?for=iphone');
  assert.ok((await screen.page.locator('main table tbody tr').count()) > 0);
  await screen.close();
}

flows(
  'what matters most',
  {
    hasUser: false,
    surroundings: { clock },
    furnish: async (server) => void (await makeFamily(server, clock)),
  },
  (stage) => {
    for (const [at, [way, how]] of WAYS.entries())
      test(`works ${way}`, async () => {
        const { walk, walkAs, base, server } = stage();
        const stranger = await walk(how);
        await stranger.open('/sign-in');
        await stranger.fill({ login: 'mara', password: 'not the right one' });
        await stranger.press(stranger.page.locator(SEND), 401);
        await stranger.fill({ password: PASSWORD });
        await stranger.press(stranger.page.locator(SEND));
        assert.equal(stranger.path, '/');
        await stranger.close();

        const mara = await walkAs('mara', how);
        await mara.open('/admin/people/add');
        await mara.fill({ name: `Person ${at}` });
        await mara.press(mara.page.locator(SEND));
        const link = (await mara.page.locator('#invite-link').textContent())?.trim() ?? '';
        const invited = await walk(how);
        await invited.open(new URL(link).pathname.slice(base.length));
        await invited.fill({ password: PASSWORD });
        await invited.press(invited.page.locator(SEND));
        assert.match(invited.path, /^\/connect/);
        await invited.close();

        await connectPhone(stage(), how);

        await mara.open('/calendar/new?date=2026-12-01');
        await mara.fill({ summary: `Event ${at}` });
        await mara.press(mara.page.locator(SEND));
        assert.match((await mara.page.locator('#done').textContent()) ?? '', new RegExp(`Event ${at}`));
        await mara.open('/calendar?view=month&date=2026-12-01');
        assert.ok((await mara.page.getByText(`Event ${at}`).count()) > 0);

        await mara.open('/contacts/new');
        await mara.fill({ given: 'Ulla', family: `Zimt ${at}` });
        await mara.press(mara.page.locator(SEND));
        assert.match(await mara.text(), new RegExp(`Ulla Zimt ${at}`));
        await mara.open(`/contacts?q=zimt+${at}`);
        await mara.press(mara.page.locator('.contact-rows a').first());
        await mara.page.locator('details.confirm summary').last().click();
        await mara.press(mara.page.locator('form[action$="/delete"] button'));
        await mara.press(mara.page.locator('#done button'));
        await mara.open(`/contacts?q=zimt+${at}`);
        assert.equal(await mara.page.locator('.contact-rows li').count(), 1);

        const vcf = `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:plain-${at}\r\nFN:Plain ${at}\r\nN:Plain;;;;\r\nEND:VCARD\r\n`;
        const stored = async () => {
          const login = { login: 'mara', password: PASSWORD, agent: 'curl/8' };
          const answer = await dav(server, login, 'PROPFIND', '/dav/addressbooks/mara/contacts/', null, {
            Depth: '1',
          });
          return (await answer.text()).match(/\.vcf</g)?.length ?? 0;
        };
        const before = await stored();
        await mara.open('/import');
        const file = { name: `plain-${at}.vcf`, mimeType: 'text/vcard', buffer: Buffer.from(vcf) };
        if (how.hasScripts === false) {
          await mara.page.setInputFiles('#files', file);
          await mara.press(mara.page.locator('noscript button, form[action$="/import"] button').first());
        } else await mara.does(() => mara.page.setInputFiles('#files', file));
        const wait = async (selector: string) => {
          for (let tries = 0; tries < 40 && (await mara.page.locator(selector).count()) === 0; tries += 1) {
            await mara.page.waitForTimeout(150);
            if (how.hasScripts === false) await mara.page.reload();
          }
          assert.ok((await mara.page.locator(selector).count()) > 0, `${selector} at ${mara.page.url()}`);
        };
        await wait('[formaction$="/start"]');
        await mara.press(mara.page.locator('[formaction$="/start"]'));
        await wait('form[action$="/undo"]');
        assert.equal(await stored(), before + 1);
        await mara.page.locator('details.confirm summary').first().click();
        await mara.press(mara.page.locator('form[action$="/undo"] button'));
        await wait('main a.primary[href$="/import"]');
        assert.equal(await stored(), before);
        await mara.close();
      });
  },
);
