import assert from 'node:assert/strict';
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { findHome, listCollections } from '../../models/collections/service.ts';
import { applyImport, type PlanItem, planImport, type SourceFile } from '../../models/imports/service.ts';
import { getObject } from '../../models/objects/service.ts';
import { createUser } from '../../models/principals/service.ts';
import type { ObjectCollection, PrincipalId } from '../../models/types.ts';
import { type TestApp, testApp } from '../support/app.ts';
import { openTestDb, type TestDb } from '../support/db.ts';
import { calendar, crlf, memoryFile } from '../unit/imports/support.ts';

const SYSTEM = { kind: 'system' } as const;
const CORPUS = resolve(import.meta.dirname, '..', '..', '..', 'shared', 'corpus');

describe('importing files', () => {
  let opened: TestDb;
  let app: TestApp;
  let people = 0;
  before(async () => {
    opened = await openTestDb();
    app = testApp(opened.db);
  });
  after(async () => {
    await app.rules.close();
    await opened.close();
  });

  async function person(): Promise<PrincipalId> {
    const { id } = await createUser(app, SYSTEM, { login: `ann${++people}`, password: 'a long password' });
    return id;
  }

  async function collectionsOf(owner: PrincipalId): Promise<readonly ObjectCollection[]> {
    const found: ObjectCollection[] = [];
    for (const holds of ['calendar', 'addressbook'] as const) {
      const home = await findHome(app.db, owner, holds);
      assert.ok(home);
      for (const each of await listCollections(app.db, home.id)) {
        if (each.kind === 'calendar' || each.kind === 'addressbook') found.push(each);
      }
    }
    return found;
  }

  async function run(
    owner: PrincipalId,
    files: readonly SourceFile[],
    how: { isDry?: boolean; into?: ObjectCollection; isOverwriting?: boolean } = {},
  ): Promise<PlanItem[]> {
    async function* sources(): AsyncGenerator<SourceFile> {
      yield* files;
    }
    const target = { owner, into: how.into ?? null };
    const plan = planImport(app, SYSTEM, sources(), target, { isOverwriting: how.isOverwriting ?? false });
    const items: PlanItem[] = [];
    for await (const item of how.isDry === true ? plan : applyImport(app, SYSTEM, plan, target))
      items.push(item);
    return items;
  }

  const file = (content: string | Uint8Array, name = 'f'): SourceFile => memoryFile(name, content);
  const vevent = (uid: string, ...more: string[]): string[] => [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'DTSTART:20260101T090000Z',
    ...more,
    'END:VEVENT',
  ];
  const vcard = (uid: string, ...more: string[]): string =>
    crlf('BEGIN:VCARD', 'VERSION:3.0', `UID:${uid}`, 'FN:Ann', ...more, 'END:VCARD');
  const actions = (items: readonly PlanItem[]): string[] => items.map((item) => item.action);

  test('each kind of item finds its collection, journals get one made', async () => {
    const owner = await person();
    const text = calendar(
      ...vevent('e'),
      ...vevent('e2'),
      'BEGIN:VTODO',
      'UID:t',
      'DTSTAMP:20260101T000000Z',
      'END:VTODO',
      'BEGIN:VJOURNAL',
      'UID:j',
      'DTSTAMP:20260101T000000Z',
      'END:VJOURNAL',
    );
    const files = [file(text), file(vcard('c'))];
    const dry = await run(owner, files, { isDry: true });
    assert.deepEqual(
      dry.map((item) => [item.action, item.name, item.target.kind]),
      [
        ['create', 'e.ics', 'stored'],
        ['create', 'e2.ics', 'stored'],
        ['create', 't.ics', 'stored'],
        ['create', 'j.ics', 'new'],
        ['create', 'c.vcf', 'stored'],
      ],
    );
    assert.equal((await collectionsOf(owner)).length, 3, 'a dry run makes nothing');
    const done = await run(owner, files);
    const places = done.map((item) => (item.target.kind === 'stored' ? item.target.collection.name : ''));
    assert.deepEqual(places, ['calendar', 'calendar', 'tasks', 'journal', 'contacts']);
    assert.deepEqual(actions(await run(owner, files)), ['skip', 'skip', 'skip', 'skip', 'skip']);
  });

  test('the stored bytes are those of the file where it holds one sound item', async () => {
    const owner = await person();
    const text = calendar('X-WR-CALNAME:Mine', ...vevent('verbatim', 'SUMMARY:a', ' b', 'X-ODD;A=1:2'));
    const [item] = await run(owner, [file(text)]);
    assert.ok(item?.target.kind === 'stored');
    const stored = await getObject(app.db, item.target.collection.id, item.name);
    assert.equal(Buffer.from(stored?.body ?? []).toString(), text);
  });

  test('a named collection takes its kind only', async () => {
    const owner = await person();
    const tasks = (await collectionsOf(owner)).find((collection) => collection.name === 'tasks');
    assert.ok(tasks);
    const items = await run(owner, [file(calendar(...vevent('e'))), file(vcard('c'))], { into: tasks });
    assert.deepEqual(
      items.map((item) => `${item.action} ${item.reason}`),
      ['refuse "Tasks" does not take VEVENT.', 'refuse "Tasks" does not take VCARD.'],
    );
  });

  test('a newer copy replaces, an older or equal one does not, unless told to', async () => {
    const owner = await person();
    const at = (day: string, note: string): SourceFile =>
      file(vcard('c', `REV:2026-01-${day}T00:00:00Z`, `NOTE:${note}`));
    assert.deepEqual(actions(await run(owner, [at('05', 'first')])), ['create']);
    assert.deepEqual(actions(await run(owner, [at('06', 'newer')])), ['update']);
    assert.deepEqual(actions(await run(owner, [at('04', 'older')])), ['skip']);
    assert.deepEqual(actions(await run(owner, [at('06', 'other')])), ['skip']);
    assert.deepEqual(actions(await run(owner, [at('04', 'older')], { isOverwriting: true })), ['update']);
  });

  test('one item in two files is planned once, whatever the order', async () => {
    const owner = await person();
    const files = [
      file(vcard('c', 'REV:20260101T000000Z'), 'old'),
      file(vcard('c', 'REV:20260102T000000Z'), 'new'),
      file(vcard('c', 'REV:20260101T000000Z'), 'old again'),
    ];
    assert.deepEqual(actions(await run(owner, files)), ['create', 'update', 'skip']);
    assert.deepEqual(actions(await run(owner, files)), ['skip', 'skip', 'skip']);
  });

  test('names are safe: odd UIDs become hashes, taken names give way', async () => {
    const owner = await person();
    const items = await run(owner, [
      file(vcard('a/../b c')),
      file(vcard('.hidden')),
      file(vcard('urn:uuid:1')),
    ]);
    for (const item of items) assert.match(item.name, /^[0-9a-f]{32}\.vcf$/);
  });

  test('a refused item does not hold up the others', async () => {
    const owner = await person();
    const text = calendar(
      ...vevent('good'),
      ...vevent('wild', 'RRULE:FREQ=SECONDLY'),
      ...vevent('fine'),
      'BEGIN:VEVENT',
      'UID:nostart',
      'END:VEVENT',
    );
    const items = await run(owner, [
      file(text, 'mixed.ics'),
      file('no calendar', 'x.ics'),
      { name: 'gone.ics', sizeBytes: null, refusal: 'it is not there.', open: async function* () {} },
    ]);
    assert.deepEqual(actions(items), ['create', 'refuse', 'create', 'refuse', 'refuse', 'refuse']);
    for (const item of items.filter((one) => one.action === 'refuse'))
      assert.ok(item.reason.length > 10, item.reason);
    assert.deepEqual(items.map((item) => [item.file, item.line]).slice(0, 2), [
      ['mixed.ics', 4],
      ['mixed.ics', 9],
    ]);
  });

  test('a stream that breaks off loses no item before it', async () => {
    const owner = await person();
    let opens = 0;
    async function* open(): AsyncGenerator<Uint8Array> {
      opens++;
      yield Buffer.from(vcard('first') + vcard('second'));
      if (opens > 1) throw new Error('the disk is gone');
      yield Buffer.from(vcard('third'));
    }
    const items = await run(owner, [{ name: 'f.vcf', sizeBytes: null, open }, file(vcard('next'))]);
    assert.deepEqual(actions(items), ['create', 'create', 'refuse', 'create']);
    assert.match(items[2]?.reason ?? '', /the disk is gone/);
  });

  test('thousands of items pass in batches', async () => {
    const owner = await person();
    const text = calendar(...Array.from({ length: 1500 }, (_, i) => vevent(`e${i}`)).flat());
    const began = performance.now();
    assert.deepEqual(new Set(actions(await run(owner, [file(text)]))), new Set(['create']));
    assert.deepEqual(new Set(actions(await run(owner, [file(text)]))), new Set(['skip']));
    assert.ok(performance.now() - began < 30_000);
    const [home] = await collectionsOf(owner);
    assert.equal(home?.revision, 1500);
  });

  test('the corpus: every item is stored or refused with a reason, and nothing is new the second time', async (context) => {
    if (!existsSync(CORPUS)) {
      context.skip(`no corpus at ${CORPUS}`);
      return;
    }
    const owner = await person();
    const files = readdirSync(CORPUS, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.md'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort((a, b) => (a < b ? -1 : 1))
      .map(
        (path): SourceFile => ({
          name: path.slice(CORPUS.length + 1),
          sizeBytes: null,
          open: () => createReadStream(path),
        }),
      );
    const first = await run(owner, files);
    const seen = new Set(first.map((item) => item.file));
    assert.deepEqual(
      files.map((each) => each.name).filter((name) => !seen.has(name)),
      [],
      'every file is spoken of',
    );
    for (const item of first)
      assert.ok(item.action === 'create' || item.reason.length > 5, JSON.stringify(item));
    const second = await run(owner, files);
    const isNews = (item: PlanItem): boolean => item.action === 'create' || item.action === 'update';
    assert.deepEqual(
      second.filter(isNews).map((item) => `${item.action} ${item.file}:${item.line} ${item.reason}`),
      [],
    );
    assert.deepEqual(
      second.filter((item) => item.action === 'refuse').length,
      first.filter((item) => item.action === 'refuse').length,
    );
    const count = (list: readonly PlanItem[], action: PlanItem['action']): number =>
      list.filter((item) => item.action === action).length;
    const repaired = first.filter((item) => item.repairs.length > 0 && isNews(item)).length;
    context.diagnostic(
      `${files.length} files: ${count(first, 'create')} new (${repaired} repaired), ${count(first, 'update')} newer copies, ${count(first, 'skip')} copies already here, ${count(first, 'refuse')} refused; again: ${count(second, 'skip')} already here, ${count(second, 'refuse')} refused`,
    );
  });
});
