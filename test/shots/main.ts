/** `npm run shots [-- name]`: takes the pictures of `docs/shots`, from a family's server under a fixed clock. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { toDeviceId } from '../../models/devices/id.ts';
import { removeDevice } from '../../models/devices/service.ts';
import { testClock } from '../support/app.ts';
import { openBrowser, PHONE, type TabOptions, type TestBrowser } from '../support/browser.ts';
import { startTestServer } from '../support/server.ts';
import { type Family, type Happening, liveThrough, makeFamily, PASSWORD } from './family.ts';
import { fillTheList, LAST_SCENES, SCENES, type Scene, type Stage } from './scenes.ts';

const FOLDER = join(import.meta.dirname, '../../docs/shots');
const NOW = '2026-11-23T17:02:00Z';
const SYSTEM = { kind: 'system' } as const;

const LOOKS: Readonly<Record<string, TabOptions>> = {
  light: {},
  dark: { scheme: 'dark' },
  phone: { size: PHONE },
};

const change = (at: string, label: string, path: string, method: string): Happening => ({
  at,
  run: async (family) => {
    const device = family.devices.find((one) => one.label === label);
    if (device !== undefined) await family.dav(device, method, path);
  },
});

/** Lea's iPad loses its password on Tuesday; items change and go all week; one device clears a book by accident. */
const WEEK: readonly Happening[] = [
  {
    at: '2026-11-17T06:12:00Z',
    run: async ({ server, devices }: Family) => {
      const lost = devices.find((device) => device.label === 'Lea’s iPad');
      if (lost !== undefined) await removeDevice(server.running.app, SYSTEM, toDeviceId(lost.id));
    },
  },
  change('2026-11-18T10:00:00Z', 'Mara’s iPhone', '/dav/calendars/mara/office/planning.ics', 'DELETE'),
  change(
    '2026-11-20T18:30:00Z',
    'Thunderbird on desk',
    '/dav/addressbooks/mara/contacts/okafor.vcf',
    'DELETE',
  ),
];

async function clearBook(family: Family): Promise<void> {
  const tablet = family.devices.find((device) => device.label === 'Kitchen tablet');
  if (tablet === undefined) return;
  family.clock.set('2026-11-23T06:12:00Z');
  for (let at = 0; at < 20; at += 1)
    await family.dav(tablet, 'DELETE', `/dav/addressbooks/mara/contacts/n${at}.vcf`);
}

async function take(browser: TestBrowser, stage: Stage, scene: Scene): Promise<void> {
  for (const [look, options] of Object.entries(LOOKS)) {
    const server = scene.isEmpty === true ? stage.empty : stage.family.server;
    const { userAgent } = scene;
    const tab = await browser.tab(server, userAgent === undefined ? options : { ...options, userAgent });
    try {
      if (scene.who !== null) await tab.signIn(scene.who, PASSWORD);
      await scene.show(tab, stage);
      await tab.page.waitForTimeout(150);
      await tab.shot(join(FOLDER, `${scene.name}-${look}.png`), { isWhole: scene.isWhole === true });
      if (tab.problems.length > 0) console.log(`  ${look}: ${tab.problems.join('; ')}`);
    } catch (error) {
      console.log(`  at ${tab.page.url()}: ${(await tab.page.locator('body').innerText()).slice(0, 300)}`);
      throw error;
    } finally {
      await tab.close();
    }
  }
}

async function furnish(): Promise<Stage> {
  const clock = testClock('2026-11-16T00:00:00Z');
  const env = { BASE_URL: 'https://dav.klein.example' };
  const server = await startTestServer({ hasUser: false, env, surroundings: { clock } });
  const family = await makeFamily(server, clock);
  await liveThrough(family, '2026-11-22T22:00:00Z', WEEK);
  const empty = await startTestServer({
    hasUser: false,
    env: { BASE_URL: 'http://dav.klein.example' },
    surroundings: { clock },
  });
  const stage = { family, empty };
  await fillTheList(stage);
  await liveThrough(family, NOW, []);
  clock.set(NOW);
  return stage;
}

const wanted = process.argv.slice(2);
const browser = await openBrowser();
if (browser !== null) {
  mkdirSync(FOLDER, { recursive: true });
  const stage = await furnish();
  try {
    let isCleared = false;
    for (const scene of [...SCENES, ...LAST_SCENES]) {
      if (wanted.length > 0 && !wanted.includes(scene.name)) continue;
      console.log(scene.name);
      if (scene.name === 'trash' && !isCleared) {
        await clearBook(stage.family);
        stage.family.clock.set(NOW);
        isCleared = true;
      }
      try {
        await take(browser, stage, scene);
      } catch (error) {
        console.log(`  not taken: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
        process.exitCode = 1;
      }
    }
  } finally {
    await browser.close();
    await stage.family.server.stop();
    await stage.empty.stop();
  }
}
