import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFamily } from '../shots/family.ts';
import { takeout } from '../shots/takeout.ts';
import { dav, flows, PASSWORD, runningClock, type Stage, type Walk } from '../support/flows.ts';
import type { TestServer } from '../support/server.ts';

const clock = runningClock('2026-11-24T09:00:00Z');
const JONAS = { login: 'jonas', password: PASSWORD, agent: 'curl/8' };

const file = (name: string, content: string | Buffer) => ({
  name,
  mimeType: 'application/octet-stream',
  buffer: Buffer.from(content),
});

const card = (at: number) =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:clean-${at}\r\nFN:Clean ${at}\r\nN:Clean ${at};;;;\r\nEND:VCARD\r\n`;
const cards = (count: number, from = 0) => Array.from({ length: count }, (_, at) => card(from + at)).join('');

/** Everything a person keeps, by name, as devices see it. */
async function kept({ server }: Stage): Promise<number> {
  let count = 0;
  for (const home of ['calendars', 'addressbooks']) {
    const xml = { Depth: 'infinity', 'Content-Type': 'application/xml' };
    for (const path of home === 'calendars' ? ['calendar', 'tasks', 'Work'] : ['contacts']) {
      const answer = await dav(server, JONAS, 'PROPFIND', `/dav/${home}/jonas/${path}/`, null, {
        ...xml,
        Depth: '1',
      });
      count += (await answer.text()).match(/<D:href>[^<]+\.(ics|vcf)</g)?.length ?? 0;
    }
  }
  return count;
}

/** Chooses a file and waits for its review; one action. */
async function bring(walk: Walk, name: string, content: string | Buffer): Promise<void> {
  await walk.open('/import');
  await walk.does(() => walk.page.setInputFiles('#files', file(name, content)));
  await walk.page.locator('#review-top').waitFor({ timeout: 20_000 });
  walk.tab.assertClean();
}

/** Holds the one writer of the database after some news of an import, until the function that is given is called. */
function standStill(server: TestServer, afterNews: number): () => void {
  const { hints, db } = server.running.app;
  let release = (): void => undefined;
  let news = 0;
  const leave = hints.listen((_person, topic) => {
    if (topic !== 'import') return;
    news += 1;
    if (news !== afterNews) return;
    leave();
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // Nothing hangs on it: held too long, it is rolled back.
    db.write(() => held).catch(() => undefined);
  });
  return () => release();
}

const start = (walk: Walk) => walk.page.locator('[formaction$="/start"]').first();

/** Waits for the result of an import or of its undo. */
const until = (walk: Walk, heading: RegExp) =>
  walk.page.getByRole('heading', { level: 1, name: heading }).waitFor({ timeout: 30_000 });

flows(
  'imports',
  {
    hasUser: false,
    surroundings: { clock },
    furnish: async (server) => void (await makeFamily(server, clock)),
  },
  (stage) => {
    test('a clean file takes two actions, and so does its undo', async () => {
      const { walkAs } = stage();
      const jonas = await walkAs('jonas');
      const before = await kept(stage());
      jonas.take();
      await bring(jonas, 'clean.vcf', cards(30));
      await jonas.press(start(jonas));
      const actions = jonas.take();
      await until(jonas, /^30 items imported$/);
      await jonas.good();
      assert.equal(await kept(stage()), before + 30);
      await jonas.unfold(jonas.page.locator('details.confirm summary', { hasText: 'Undo this import' }));
      await jonas.press(jonas.button('Undo import'));
      const undone = jonas.take();
      await until(jonas, /^Import undone$/);
      await jonas.good();
      assert.equal(await kept(stage()), before);
      assert.ok(actions <= 2 && undone <= 2, `an import takes ${actions} actions, its undo ${undone}`);
      process.stdout.write(`actions: clean import ${actions}, undo an import ${undone}\n`);
      await jonas.close();
    });

    test('what needs a look is shown with choices, and the button counts them', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await bring(mara, 'takeout.zip', await takeout(20, 0));
      for (const [key, show] of [
        ['1', 'new'],
        ['3', 'here'],
        ['4', 'unreadable'],
        ['2', 'look'],
      ] as const) {
        await mara.key(key);
        assert.match(mara.path, new RegExp(`show=${show}`));
        await mara.good();
      }
      const count = async () => Number(/\d+/.exec((await start(mara).textContent()) ?? '')?.[0] ?? 0);
      const before = await count();
      const first = mara.page.locator('#look tbody tr, [aria-labelledby="look"] tbody tr').first();
      await first.getByLabel('Skip').check({ force: true });
      await mara.page.waitForFunction(
        (wanted) => document.querySelector('[formaction$="/start"]')?.textContent?.includes(wanted) === true,
        ` ${before - 1} `,
      );
      assert.equal(await count(), before - 1);
      await mara.press(start(mara));
      await until(mara, new RegExp(`^${before - 1} items imported$`));
      await mara.good();
      await bring(mara, 'takeout.zip', await takeout(20, 0));
      assert.match(await mara.text(), /You imported this file/);
      await mara.press(mara.button('Cancel'));
      await mara.assertDone(/^Import of takeout\.zip cancelled/);
      await mara.close();
    });

    test('progress moves by itself; what was stopped goes on', async () => {
      const { walkAs, server } = stage();
      const jonas = await walkAs('jonas');
      await bring(jonas, 'many.vcf', cards(1500, 5000));
      const release = standStill(server, 3);
      await jonas.press(start(jonas));
      const meter = jonas.page.locator('#progress .figure');
      await meter.getByText(/of 1,500 items/).waitFor();
      await jonas.does(async () => {
        await jonas.button('Stop').click();
        release();
      });
      await until(jonas, /^Import stopped$/);
      await jonas.good();
      await jonas.press(jonas.button('Go on'));
      await until(jonas, /^1,500 items imported$/);
      await jonas.close();
    });

    test('a file that is none says so', async () => {
      const { walkAs } = stage();
      const jonas = await walkAs('jonas');
      await bring(jonas, 'picture.vcf', 'This is a letter, not a file with contacts.');
      assert.match(await jonas.text(), /There is nothing to import/);
      assert.equal(await start(jonas).count(), 0);
      await jonas.good();
      await jonas.close();
    });
  },
);
