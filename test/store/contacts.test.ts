import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBook, deleteBook, restoreBook } from '../../models/contacts/books.ts';
import { refreshAllContacts } from '../../models/contacts/derive.ts';
import {
  countDuplicates,
  findDuplicates,
  findLookalikes,
  forgetApart,
  tellApart,
} from '../../models/contacts/duplicates.ts';
import {
  mergeAll,
  mergeCertain,
  mergeContacts,
  purgeMerges,
  undoMerge,
} from '../../models/contacts/merge.ts';
import {
  createContact,
  getContact,
  listContacts,
  moveContacts,
  updateContact,
} from '../../models/contacts/service.ts';
import { deleteContacts, restoreContacts } from '../../models/contacts/trash.ts';
import { Refusal } from '../../models/errors.ts';
import { deleteObject, getObject, importObjects } from '../../models/objects/service.ts';
import type { UserActor } from '../../models/types.ts';
import { parseCard } from '../../models/vcard/parse.ts';
import { openStage, put, vcf } from '../support/objects.ts';
import { userActor } from '../support/people.ts';
import { onEachDatabase } from './suite.ts';

const byText = (a: string, b: string): number => (a < b ? -1 : 1);
const refused = (status: number) => (error: unknown) => error instanceof Refusal && error.status === status;

await onEachDatabase('contacts', (_open, dialect) => {
  const stageOf = async (t: Parameters<typeof openStage>[0]) => {
    const stage = await openStage(t, dialect, { defaultCountry: 'DE' });
    const actor: UserActor = userActor(stage.ann);
    const names = async (query: Parameters<typeof listContacts>[2] = {}) =>
      (await listContacts(stage.app, actor, query)).items.map((item) => item.shownName);
    return { ...stage, actor, names };
  };

  test('the list follows what devices write, in the order of names', async (t) => {
    const { app, actor, book, names, ...stage } = await stageOf(t);
    const write = (name: string, shown: string, ...lines: readonly string[]) =>
      put({ ...stage, app, actor }, book, name, vcf(name, shown, ...lines));
    for (const name of ['Zoe', 'Ähre', 'Öz', 'anna', 'Bert', 'Łukasz', 'Lukas', '1. FC', 'Dr. Carla'])
      await write(`${name}.vcf`, name);
    assert.deepEqual(await names(), [
      '1. FC',
      'Ähre',
      'anna',
      'Bert',
      'Dr. Carla',
      'Lukas',
      'Łukasz',
      'Öz',
      'Zoe',
    ]);
    const { letters, total } = await listContacts(app, actor, {});
    assert.deepEqual(
      letters.map((row) => `${row.letter}${row.count}`),
      ['#1', 'A2', 'B1', 'C1', 'L2', 'O1', 'Z1'],
    );
    assert.equal(total, 9);
    await write('Bert.vcf', 'Xaver');
    await deleteObject(app, actor, book, 'anna.vcf', null);
    assert.deepEqual(await names({ letter: 'O' }), ['Öz', 'Xaver', 'Zoe']);
    assert.deepEqual(await names({ letter: 'A', limit: 2 }), ['Ähre', 'Dr. Carla']);
  });

  test('pages go there and back again', async (t) => {
    const { app, actor, book } = await stageOf(t);
    await importObjects(
      app,
      actor,
      book,
      Array.from({ length: 25 }, (_, i) => ({
        name: `${i}`,
        body: vcf(`u${i}`, `Name ${String(i % 20).padStart(2, '0')}`),
      })),
    );
    const seen: string[] = [];
    let cursor: string | undefined;
    let last = await listContacts(app, actor, { limit: 10 });
    assert.equal(last.previous, null);
    for (;;) {
      seen.push(...last.items.map((item) => item.name));
      if (last.next === null) break;
      cursor = last.next;
      last = await listContacts(app, actor, { limit: 10, cursor });
    }
    assert.equal(new Set(seen).size, 25);
    const before = await listContacts(app, actor, { limit: 10, cursor: last.previous ?? '' });
    assert.deepEqual(
      before.items.map((item) => item.name),
      seen.slice(10, 20),
    );
    const first = await listContacts(app, actor, { limit: 10, cursor: before.previous ?? '' });
    assert.deepEqual([first.items.map((item) => item.name), first.previous], [seen.slice(0, 10), null]);
    await assert.rejects(listContacts(app, actor, { cursor: 'bad' }), refused(400));
  });

  test('search finds names, companies, addresses, numbers however written, and notes', async (t) => {
    const { actor, app, book, names } = await stageOf(t);
    await put(
      { app, actor },
      book,
      'a',
      vcf(
        'a',
        'Jörg Müller',
        'ORG:Bäckerei 100%_\\;Nord',
        'TEL:0151 / 234 56 78',
        'EMAIL:J.M@Example.org',
        'NOTE:likes Trains',
      ),
    );
    await put({ app, actor }, book, 'b', vcf('b', 'Somebody Else', 'TEL:+49 30 111111'));
    for (const query of [
      'jorg',
      'MÜLLER jö',
      'bäckerei',
      '100%_',
      'example.org',
      '0151 234',
      '+49 151',
      '2345678',
      'trains',
    ])
      assert.deepEqual(await names({ query }), ['Jörg Müller'], query);
    for (const query of ['jörg else', '%', '0151 9', "'; DROP TABLE contacts; --"])
      assert.deepEqual(await names({ query }), query === '%' ? ['Jörg Müller'] : [], query);
  });

  test('moving, deleting a book and bringing it back are followed', async (t) => {
    const { app, actor, book, names } = await stageOf(t);
    const club = await createBook(app, actor, { displayName: 'Club' });
    await put({ app, actor }, book, 'a.vcf', vcf('a', 'Ann'));
    await put({ app, actor }, book, 'b.vcf', vcf('b', 'Bob'));
    assert.deepEqual(await names(), ['Ann', 'Bob']);
    await moveContacts(app, actor, [{ collection: book.id, name: 'a.vcf' }], club.id);
    assert.deepEqual(
      [await names({ book: book.id }), await names({ book: club.id }), await names()],
      [['Bob'], ['Ann'], ['Ann', 'Bob']],
    );
    await deleteBook(app, actor, club.id);
    assert.deepEqual(await names(), ['Bob']);
    await restoreBook(app, actor, club.id);
    assert.deepEqual(await names(), ['Ann', 'Bob']);
    assert.equal(await refreshAllContacts(app), 0, 'nothing left to do');
    await put({ app, actor }, book, 'c.vcf', vcf('c', 'Cem'));
    assert.equal(await refreshAllContacts(app), 1);
  });

  test('a card is made, changed where it stands, and given back after deletion', async (t) => {
    const { app, actor, book } = await stageOf(t);
    const made = await createContact(app, actor, book.id, {
      values: { name: { prefix: '', given: 'Jide', additional: '', family: 'Okafor', suffix: '' } },
    });
    const contact = await getContact(app, actor, made);
    assert.match(contact.uid, /^urn:uuid:/);
    assert.equal(contact.values.shownName, 'Jide Okafor');
    await updateContact(app, actor, made, { etag: contact.etag, values: { title: 'Skipper' } });
    await assert.rejects(updateContact(app, actor, made, { etag: contact.etag, values: {} }), refused(412));
    await assert.rejects(
      updateContact(app, actor, made, { etag: 'x', values: {}, photo: Buffer.from('<svg/>') }),
      refused(412),
    );
    const before = await getObject(app.db, book.id, made.name);
    const { versions } = await deleteContacts(app, actor, [made]);
    await assert.rejects(getContact(app, actor, made), refused(404));
    assert.deepEqual(await restoreContacts(app, actor, versions), [{ collection: book.id, name: made.name }]);
    assert.deepEqual((await getObject(app.db, book.id, made.name))?.body, before?.body);
  });

  test('duplicates: reasons, strength, told apart, counted', async (t) => {
    const { app, actor, book } = await stageOf(t);
    const cards: readonly (readonly [string, string, ...string[]])[] = [
      ['a', 'Anna Schmidt', 'EMAIL:anna@x.org'],
      ['b', 'A. Schmidt', 'EMAIL:ANNA@x.org', 'TEL:0151 1234567'],
      ['c', 'Anna Maria Schmidt', 'TEL:+49 151 1234567'],
      ['d', 'Bert Brandt', 'BDAY:1980-01-02'],
      ['e', 'Brandt, Bert', 'BDAY:19800102'],
      ['f', 'Familie Kurz', 'TEL:030 7654321'],
      ['g', 'Praxis Lang', 'TEL:+49307654321'],
      ['h', 'Anna Schmidt'],
      ['i', 'Bert Brandt', 'BDAY:1990-01-02'],
    ];
    for (const [name, shown, ...lines] of cards)
      await put({ app, actor }, book, name, vcf(name, shown, ...lines));
    const shownPairs = async () =>
      (await findDuplicates(app, actor)).map(
        ({ left, right, reasons, strength }) =>
          `${[left.name, right.name].toSorted(byText).join('')} ${reasons.join()} ${strength}`,
      );
    assert.deepEqual((await shownPairs()).toSorted(byText), [
      'ab email certain',
      'bc phone certain',
      'de birthday likely',
      'fg phone possible',
    ]);
    assert.deepEqual(await countDuplicates(app, actor), { pairs: 4, certain: 2 });
    const [left, right] = [
      { collection: book.id, name: 'f' },
      { collection: book.id, name: 'g' },
    ];
    await tellApart(app, actor, left, right);
    await tellApart(app, actor, right, left);
    assert.deepEqual(await countDuplicates(app, actor), { pairs: 3, certain: 2 });
    await forgetApart(app, actor, left, right);
    assert.equal((await countDuplicates(app, actor)).pairs, 4);
    const strange = parseCard(vcf('new', 'Anna S.', 'TEL:0049 151 1234567', 'EMAIL:anna@x.org'), app.limits);
    const [found] = await findLookalikes(app, actor, [strange]);
    assert.deepEqual(found?.map((each) => each.contact.name).toSorted(byText), ['a', 'b', 'c']);
    const [self] = await findLookalikes(app, actor, [
      parseCard(vcf('a', 'Anna Schmidt', 'EMAIL:anna@x.org'), app.limits),
    ]);
    assert.deepEqual(
      self?.map((each) => each.contact.name),
      ['b'],
      'the same card is no look-alike',
    );
  });

  test('a switchboard makes no candidates of its people, and a crowd of equal cards few', async (t) => {
    const { app, actor, book } = await stageOf(t);
    const office = Array.from({ length: 12 }, (_, i) =>
      vcf(`o${i}`, `Worker Number${i} Strange${i}`, 'TEL:+49 30 1000000'),
    );
    const copies = Array.from({ length: 60 }, (_, i) => vcf(`k${i}`, 'Same Body', 'EMAIL:same@x.org'));
    await importObjects(
      app,
      actor,
      book,
      [...office, ...copies].map((body, i) => ({ name: `n${i}`, body })),
    );
    const found = await findDuplicates(app, actor);
    assert.equal(found.filter((each) => each.reasons.includes('phone')).length, 0);
    assert.equal(found.length, 59, 'each copy once');
    assert.equal((await mergeCertain(app, actor)).count, 59);
  });

  test('certain ones merge at once and come back at once, byte for byte', async (t) => {
    const { app, actor, book, names } = await stageOf(t);
    const bodies = new Map<string, Buffer>();
    for (let i = 0; i < 30; i++)
      bodies.set(`c${i}`, vcf(`u${i}`, `Person ${i % 10}`, `EMAIL:p${i % 10}@x.org`, `X-N:${i}`));
    for (const [name, body] of bodies) await put({ app, actor }, book, name, body);
    const { batch, count } = await mergeCertain(app, actor);
    assert.equal(count, 20);
    assert.equal((await names()).length, 10);
    assert.deepEqual(await countDuplicates(app, actor), { pairs: 0, certain: 0 });
    assert.equal(await undoMerge(app, actor, batch), 20);
    for (const [name, body] of bodies)
      assert.deepEqual(Buffer.from((await getObject(app.db, book.id, name))?.body ?? []), body, name);
    assert.equal(await undoMerge(app, actor, batch), 0, 'a second time there is nothing left to undo');
  });

  test('a merge keeps to what was seen, and an undo to what nobody touched since', async (t) => {
    const { app, actor, book } = await stageOf(t);
    const [keep, other] = [
      { collection: book.id, name: 'a' },
      { collection: book.id, name: 'b' },
    ];
    await put({ app, actor }, book, 'a', vcf('a', 'A', 'EMAIL:a@x.org'));
    await put({ app, actor }, book, 'b', vcf('b', 'A', 'EMAIL:b@x.org'));
    await assert.rejects(mergeContacts(app, actor, { keep, other: keep, choices: {} }), refused(409));
    await assert.rejects(
      mergeContacts(app, actor, { keep, other, choices: {}, seen: { keep: 'x', other: 'y' } }),
      refused(412),
    );
    const { batch } = await mergeAll(app, actor, keep, [other]);
    const { etag } = await getContact(app, actor, keep);
    await updateContact(app, actor, keep, { etag, values: { title: 'Changed' } });
    await assert.rejects(undoMerge(app, actor, batch), refused(409));
    app.clock.advance(31 * 86_400_000);
    await assert.rejects(undoMerge(app, actor, batch), refused(404));
    assert.equal(await purgeMerges(app), 1);
  });
});
