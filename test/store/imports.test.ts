import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findHome, listCollections } from '../../models/collections/service.ts';
import {
  type Choice,
  chooseImport,
  getImport,
  type ImportId,
  ImportWorker,
  keepImport,
  listImportItems,
  listImports,
  openUpload,
  purgeImports,
  removeImport,
  setImportMapping,
  setImportTargets,
  startImport,
  stopImport,
  undoImport,
} from '../../models/imports/jobs/service.ts';
import { actorFor } from '../../models/imports/jobs/work.ts';
import { getObject, importObjects, listObjects } from '../../models/objects/service.ts';
import { createUser } from '../../models/principals/service.ts';
import type { ObjectCollection, UserActor } from '../../models/types.ts';
import { type TestApp, testApp } from '../support/app.ts';
import { calendar, crlf } from '../unit/imports/support.ts';
import { type Open, onEachDatabase, withDb } from './suite.ts';

const SYSTEM = { kind: 'system' } as const;

interface Stage {
  readonly app: TestApp;
  readonly actor: UserActor;
  readonly dataDir: string;
  upload(files: Readonly<Record<string, string | Uint8Array>>): Promise<ImportId>;
  /** Lets a worker do everything there is to do. */
  work(): Promise<void>;
  collections(): Promise<readonly ObjectCollection[]>;
  put(holds: 'calendar' | 'addressbook', items: Readonly<Record<string, string>>): Promise<void>;
  /** Names, tags and bytes of everything the person has. */
  everything(): Promise<readonly string[]>;
}

async function stage(open: Open, work: (stage: Stage) => Promise<void>, limits = {}): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'daybook-import-'));
  await withDb(open, async ({ db }) => {
    const plain = testApp(db);
    const app = { ...plain, limits: { ...plain.limits, ...limits } };
    const { id } = await createUser(app, SYSTEM, { login: 'ann', password: 'a long password' });
    const actor = await actorFor(app, id);
    assert.ok(actor);
    const collections = async (): Promise<ObjectCollection[]> => {
      const found: ObjectCollection[] = [];
      for (const holds of ['calendar', 'addressbook'] as const) {
        const home = await findHome(db, id, holds);
        assert.ok(home);
        for (const each of await listCollections(db, home.id))
          if (each.kind === 'calendar' || each.kind === 'addressbook') found.push(each);
      }
      return found;
    };
    await work({
      app,
      actor,
      dataDir,
      collections,
      async upload(files) {
        const upload = await openUpload(app, actor, dataDir);
        for (const [name, content] of Object.entries(files))
          await upload.add(name, chunks(Buffer.from(content)));
        return upload.finish();
      },
      work: () => new ImportWorker(app, dataDir).idle(),
      async put(holds, items) {
        const place = (await collections()).find(
          (each) => (each.kind === 'addressbook') === (holds === 'addressbook'),
        );
        assert.ok(place);
        const list = Object.entries(items).map(([name, body]) => ({ name, body: Buffer.from(body) }));
        for (const result of await importObjects(app, actor, place, list))
          assert.ok(!('error' in result), JSON.stringify(result));
      },
      async everything() {
        const lines: string[] = [];
        for (const each of await collections()) {
          lines.push(`${each.kind} ${each.name} ${each.displayName}`);
          for await (const page of listObjects(db, each.id, { wantBody: true }))
            for (const { name, etag, body } of page)
              lines.push(`${name} ${etag} ${Buffer.from(body ?? []).toString('latin1')}`);
        }
        return lines;
      },
    });
    await plain.rules.close();
  });
  rmSync(dataDir, { recursive: true });
}

async function* chunks(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 7000) yield bytes.subarray(at, at + 7000);
}

const card = (uid: string, name: string, ...more: string[]): string =>
  crlf(
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:${uid}`,
    `N:${name.split(' ').toReversed().join(';')};;;`,
    `FN:${name}`,
    ...more,
    'END:VCARD',
  );
const vevent = (uid: string, title: string, ...more: string[]): string[] => [
  ...['BEGIN:VEVENT', `UID:${uid}`, 'DTSTAMP:20260101T000000Z', `SUMMARY:${title}`],
  ...(more.some((line) => line.startsWith('DTSTART'))
    ? []
    : ['DTSTART:20260101T090000Z', 'DTEND:20260101T100000Z']),
  ...[...more, 'END:VEVENT'],
];

const HERE = {
  'anna.vcf': card('anna', 'Anna Schmidt', 'EMAIL:anna.schmidt@example.org'),
  'jide.vcf': card('jide', 'Jide Okafor', 'TEL:+44 20 7946 0958'),
  'brandt.vcf': card('brandt', 'Brandt Family', 'EMAIL:brandt@example.org'),
  'same.vcf': card('same', 'Same Person', 'EMAIL:same@example.org'),
};
const FILE = [
  card('a1', 'Anna Schmidt', 'EMAIL:anna.schmidt@example.org', 'TEL;TYPE=CELL:+49 151 2345678'),
  card('a2', 'J. Okafor', 'TEL:+442079460958', 'BDAY:1980-02-03'),
  card('a3', 'Willi Krause', 'EMAIL:brandt@example.org'),
  card('same', 'Same Person', 'EMAIL:same@example.org'),
  card('a5', 'New Person', 'EMAIL:new@example.org'),
].join('');

/** Works until a write is to be done that the process does not live to see. */
async function dying(s: Stage, deadAt: number): Promise<void> {
  let writes = 0;
  const db = new Proxy(s.app.db, {
    get(target, key) {
      if (key === 'write')
        return (work: Parameters<typeof target.write>[0]) => {
          if (++writes >= deadAt) throw new Error('killed');
          return target.write(work);
        };
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  await new ImportWorker({ ...s.app, db }, s.dataDir).idle();
}

async function verdicts(stage: Stage, id: ImportId): Promise<readonly string[]> {
  const items = await listImportItems(stage.app, stage.actor, id, { after: -1, limit: 200 });
  return items.map((item) => `${item.title}: ${item.verdict} ${item.reason} ${item.choice}`);
}

await onEachDatabase('imports', (open) => {
  test('review says what is new, alike, here and unreadable; apply does what was chosen; undo leaves no trace', () =>
    stage(open, async (s) => {
      await s.put('addressbook', HERE);
      const before = await s.everything();
      const events = calendar(
        ...vevent('e1', 'One'),
        ...vevent('e2', 'Two', 'DTSTART:20260105T090000Z', 'DTEND:20260104T090000Z'),
        ...['BEGIN:VEVENT', 'UID:e3', 'DTSTAMP:20260101T000000Z', 'SUMMARY:No start', 'END:VEVENT'],
      );
      const id = await s.upload({ 'all.vcf': FILE, 'work.ics': events });
      await s.work();
      assert.deepEqual(await verdicts(s, id), [
        'Anna Schmidt: look email merge',
        'J. Okafor: look phone merge',
        'Willi Krause: look email both',
        'Same Person: here equal skip',
        'New Person: new  import',
        'One: new  import',
        'Two: repaired repaired import',
        ': unreadable no-start leave',
      ]);
      assert.deepEqual(await s.everything(), before, 'reviewing saves nothing');
      const { counts } = await getImport(s.app, s.actor, id);
      assert.equal(counts.chosen, 6);
      await startImport(s.app, s.actor, id);
      await s.work();
      const after = await getImport(s.app, s.actor, id);
      assert.equal(after.job.state, 'done');
      assert.deepEqual(after.tally, { created: 4, updated: 2, failed: 0, undone: 0, kept: 0 });
      const now = await s.everything();
      assert.ok(now.some((line) => /anna\.vcf .*2345678/s.test(line) && /anna\.schmidt@example/.test(line)));
      assert.ok(now.some((line) => /jide\.vcf .*FN:Jide Okafor/s.test(line) && /BDAY/.test(line)));
      assert.equal(now.length, before.length + 4);

      const again = await s.upload({ 'all.vcf': FILE, 'work.ics': events });
      await s.work();
      const second = await getImport(s.app, s.actor, again);
      assert.equal(second.earlier?.id, id);
      assert.deepEqual([second.counts.new, second.counts.look, second.counts.repaired], [0, 0, 0]);

      await undoImport(s.app, s.actor, id);
      await s.work();
      assert.deepEqual(await s.everything(), before);
      assert.equal((await getImport(s.app, s.actor, id)).job.state, 'undone');
    }));

  for (const deadAt of [3, 4, 5, 6, 7, 9, 11])
    test(`a server that dies at its write number ${deadAt} goes on, does nothing twice and undoes everything`, () =>
      stage(open, async (s) => {
        await s.put('addressbook', HERE);
        const before = await s.everything();
        const many = Array.from({ length: 250 }, (_, at) =>
          card(`m${at}`, `Person Number${at}`, `EMAIL:p${at}@example.net`),
        );
        const id = await s.upload({ 'many.vcf': FILE + many.join('') });
        await s.work();
        await startImport(s.app, s.actor, id);
        await dying(s, deadAt).catch(() => {});
        s.app.clock.advance(60_000);
        if ((await getImport(s.app, s.actor, id)).job.state === 'stopped')
          await startImport(s.app, s.actor, id);
        await s.work();
        const after = await getImport(s.app, s.actor, id);
        assert.equal(after.job.state, 'done');
        assert.deepEqual(after.tally, { created: 252, updated: 2, failed: 0, undone: 0, kept: 0 });
        assert.equal((await s.everything()).length, before.length + 252);
        await undoImport(s.app, s.actor, id);
        await dying(s, deadAt).catch(() => {});
        s.app.clock.advance(60_000);
        if ((await getImport(s.app, s.actor, id)).job.state === 'stopped')
          await undoImport(s.app, s.actor, id);
        await s.work();
        assert.deepEqual(await s.everything(), before);
      }));

  test('a server that is stopped gives its job to the next, and two never do one job at once', () =>
    stage(open, async (s) => {
      const many = Array.from({ length: 900 }, (_, at) => card(`m${at}`, `Person Number${at}`));
      const id = await s.upload({ 'many.vcf': many.join('') });
      const first = new ImportWorker(s.app, s.dataDir);
      await new Promise<void>((resolve) => {
        let isAsked = false;
        const forget = s.app.hints.listen(() => {
          if (isAsked) return;
          isAsked = true;
          void first.stop().then(() => {
            forget();
            resolve();
          });
        });
        void first.wake();
      });
      assert.equal((await getImport(s.app, s.actor, id)).job.state, 'reading');
      await s.work();
      const read = await getImport(s.app, s.actor, id);
      assert.equal(read.counts.new, 900);
      assert.notEqual(read.job.resumedUtc, null);
      await startImport(s.app, s.actor, id);
      await Promise.all([1, 2, 3].map(() => new ImportWorker(s.app, s.dataDir).idle()));
      assert.deepEqual((await getImport(s.app, s.actor, id)).tally.created, 900);
      assert.equal((await s.everything()).filter((line) => line.startsWith('m')).length, 900);
    }));

  test('what was changed since the import stays when it is undone, and is counted', () =>
    stage(open, async (s) => {
      await s.put('addressbook', HERE);
      const id = await s.upload({ 'all.vcf': FILE });
      await s.work();
      await startImport(s.app, s.actor, id);
      await s.work();
      await s.put('addressbook', { 'a5.vcf': card('a5', 'New Person', 'NOTE:by phone') });
      await undoImport(s.app, s.actor, id);
      await s.work();
      const { job, tally } = await getImport(s.app, s.actor, id);
      assert.equal(job.state, 'undone');
      assert.equal(tally.kept, 1);
      const book = (await s.collections()).find((each) => each.kind === 'addressbook');
      assert.ok(book && (await getObject(s.app.db, book.id, 'a5.vcf')) !== null);
    }));

  test('a stopped import goes on, or is kept', () =>
    stage(open, async (s) => {
      const many = Array.from({ length: 900 }, (_, at) => card(`m${at}`, `Person Number${at}`));
      const id = await s.upload({ 'many.vcf': many.join('') });
      await s.work();
      await startImport(s.app, s.actor, id);
      let isAsked = false;
      const forget = s.app.hints.listen(() => {
        if (isAsked) return;
        isAsked = true;
        void stopImport(s.app, s.actor, id);
      });
      await s.work();
      forget();
      const cut = await getImport(s.app, s.actor, id);
      assert.equal(cut.job.state, 'stopped');
      assert.ok(cut.tally.created < 900);
      await startImport(s.app, s.actor, id);
      await s.work();
      assert.equal((await getImport(s.app, s.actor, id)).tally.created, 900);
      await assert.rejects(keepImport(s.app, s.actor, id), /moved on/);
    }));

  test('what a stopped import did can be kept; the rest is left out', () =>
    stage(open, async (s) => {
      const many = Array.from({ length: 900 }, (_, at) => card(`m${at}`, `Person Number${at}`));
      const id = await s.upload({ 'many.vcf': many.join('') });
      await s.work();
      await startImport(s.app, s.actor, id);
      let isAsked = false;
      const forget = s.app.hints.listen(() => {
        if (isAsked) return;
        isAsked = true;
        void stopImport(s.app, s.actor, id);
      });
      await s.work();
      forget();
      const { created } = (await getImport(s.app, s.actor, id)).tally;
      await keepImport(s.app, s.actor, id);
      await s.work();
      const kept = await getImport(s.app, s.actor, id);
      assert.deepEqual([kept.job.state, kept.tally.created, kept.counts.chosen], ['done', created, created]);
      await undoImport(s.app, s.actor, id);
      await s.work();
      assert.equal((await s.everything()).filter((line) => line.startsWith('m')).length, 0);
    }));

  test('targets are chosen per calendar; new ones are made when needed and go when undone', () =>
    stage(open, async (s) => {
      const before = await s.everything();
      const one = calendar('X-WR-CALNAME:Choir', ...vevent('c1', 'Song'));
      const two = calendar(...vevent('c2', 'Ball'));
      const id = await s.upload({ 'one.ics': one, 'two.ics': two });
      await s.work();
      const { groups } = await getImport(s.app, s.actor, id);
      assert.deepEqual(
        groups.map((group) => group.name),
        ['Choir', 'two'],
      );
      await setImportTargets(s.app, s.actor, id, [{ group: 0, target: { kind: 'new', name: 'Choir' } }]);
      await s.work();
      await startImport(s.app, s.actor, id);
      await s.work();
      const made = (await s.collections()).find((each) => each.displayName === 'Choir');
      assert.ok(made);
      assert.equal(made.name, 'choir');
      assert.ok((await getObject(s.app.db, made.id, 'c1.ics')) !== null);
      await undoImport(s.app, s.actor, id);
      await s.work();
      assert.deepEqual(await s.everything(), before);
    }));

  test('choices are checked, saved and counted; others see nothing of an import', () =>
    stage(open, async (s) => {
      await s.put('addressbook', HERE);
      const id = await s.upload({ 'all.vcf': FILE });
      await s.work();
      const choose = (position: number, choice: Choice) =>
        chooseImport(s.app, s.actor, id, { items: [{ position, choice }] });
      assert.equal((await choose(0, 'skip')).chosen, 3);
      await assert.rejects(choose(0, 'leave'), /does not have this choice/);
      assert.equal(
        (await chooseImport(s.app, s.actor, id, { all: { verdict: 'look', choice: 'skip' } })).chosen,
        1,
      );
      const { id: other } = await createUser(s.app, SYSTEM, { login: 'bob', password: 'a long password' });
      const bob = await actorFor(s.app, other);
      assert.ok(bob);
      await assert.rejects(getImport(s.app, bob, id), /no such import/);
      await assert.rejects(startImport(s.app, bob, id), /no such import/);
      assert.equal((await listImports(s.app, bob)).items.length, 0);
      await removeImport(s.app, s.actor, s.dataDir, id);
      assert.equal((await listImports(s.app, s.actor)).items.length, 0);
    }));

  test('a table is read by its header; a corrected mapping holds for the next file', () =>
    stage(open, async (s) => {
      const csv =
        'First Name,Last Name,E-mail Address,Shoe size\nMara,Klein,mara@example.org,39\nJo,Klein,jo@example.org,\n';
      const id = await s.upload({ 'c.csv': csv });
      await s.work();
      const { tables, counts } = await getImport(s.app, s.actor, id);
      assert.equal(counts.new, 2);
      assert.deepEqual(tables[0]?.info.mapping, ['first', 'last', 'email.other', 'note']);
      await setImportMapping(s.app, s.actor, id, 0, ['last', 'first', 'email.home', '']);
      await s.work();
      const [mara] = await listImportItems(s.app, s.actor, id, { after: -1, limit: 1 });
      assert.equal(mara?.title, 'Klein Mara');
      await removeImport(s.app, s.actor, s.dataDir, id);
      const next = await s.upload({ 'd.csv': csv });
      await s.work();
      assert.deepEqual((await getImport(s.app, s.actor, next)).tables[0]?.info.mapping, [
        'last',
        'first',
        'email.home',
        '',
      ]);
    }));

  test('old imports are forgotten with their files', () =>
    stage(open, async (s) => {
      await s.upload({ 'all.vcf': FILE });
      await s.work();
      assert.equal(await purgeImports(s.app, s.dataDir), 0);
      s.app.clock.advance(8 * 86_400_000);
      assert.equal(await purgeImports(s.app, s.dataDir), 1);
    }));

  test('too much is refused while it comes', () =>
    stage(
      open,
      async (s) => {
        await assert.rejects(s.upload({ 'a.vcf': FILE }), /at most 100 bytes/);
      },
      { maxImportBytes: 100 },
    ));
});
