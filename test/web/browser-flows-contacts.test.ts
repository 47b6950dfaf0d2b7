import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFamily } from '../shots/family.ts';
import { portrait } from '../shots/family-data.ts';
import { dav, downloaded, flows, PASSWORD, runningClock, type Stage } from '../support/flows.ts';

const clock = runningClock('2026-11-24T09:00:00Z');
const MARA = { login: 'mara', password: PASSWORD, agent: 'curl/8' };
const BOOK = '/dav/addressbooks/mara/contacts';

const stored = async ({ server }: Stage, name: string): Promise<string> =>
  (await dav(server, MARA, 'GET', `${BOOK}/${name}`)).text();
const statusOf = async ({ server }: Stage, name: string): Promise<number> =>
  (await dav(server, MARA, 'GET', `${BOOK}/${name}`)).status;

flows(
  'contacts',
  {
    hasUser: false,
    surroundings: { clock },
    furnish: async (server) => void (await makeFamily(server, clock)),
  },
  (stage) => {
    test('a contact is found while its name is typed, and opened with keys alone', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await mara.open('/contacts');
      await mara.page.keyboard.press('/');
      await mara.page.keyboard.type('okaf');
      // The first letters find the same contact; the address follows the last.
      await mara.page.waitForURL('**/contacts?q=okaf');
      await mara.page.getByText('1 contact found').waitFor();
      assert.equal(await mara.page.locator('.contact-rows li').count(), 1);
      await mara.page.keyboard.press('Tab');
      await mara.page.locator('#contact-list').click({ position: { x: 2, y: 2 } });
      await mara.page.keyboard.press('j');
      await mara.key('Enter');
      assert.match(await mara.text(), /\+44 20 7946 0958/);
      await mara.open('/contacts?q=nobody-is-called-so');
      assert.match(await mara.text(), /Nobody matches/);
      await mara.good();
      await mara.close();
    });

    test('a picture that no browser can read leaves the initials', async () => {
      const { walkAs, server } = stage();
      const lines = ['BEGIN:VCARD', 'VERSION:3.0', 'UID:torn', 'FN:Tora Torn', 'N:Torn;Tora;;;'];
      const torn = [...lines, 'PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQ==', 'END:VCARD', ''];
      const put = await dav(server, MARA, 'PUT', `${BOOK}/torn.vcf`, torn.join('\r\n'), {
        'Content-Type': 'text/vcard',
      });
      assert.equal(put.status, 201);
      const mara = await walkAs('mara');
      await mara.open('/contacts?q=torn');
      await mara.page.locator('.contact-rows .initials', { hasText: 'TT' }).waitFor();
      await mara.page.locator('.contact-rows a').first().click();
      await mara.page.locator('.initials.face72', { hasText: 'TT' }).waitFor();
      assert.equal(await mara.page.locator('main img').count(), 0);
      await mara.good();
      await mara.close();
      assert.equal((await dav(server, MARA, 'DELETE', `${BOOK}/torn.vcf`)).status, 204);
    });

    test('a contact is made with a picture, edited, deleted and brought back', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await mara.open('/contacts');
      await mara.key('n');
      await mara.fill({
        given: 'Nele',
        family: 'Nord',
        'phones-0-value': '+49 431 123456',
        birthday: '31 May',
      });
      await mara.press(mara.button('Add contact'), 422);
      assert.equal(await mara.focused(), 'birthday');
      await mara.good();
      await mara.fill({ birthday: '1980-05-31' });
      await mara.page.setInputFiles('#photo', {
        name: 'nele.png',
        mimeType: 'image/png',
        buffer: portrait([200, 120, 120]),
      });
      await mara.press(mara.button('Add contact'));
      await mara.assertDone('Nele Nord added.');
      const photo = mara.page.locator('.card img').first();
      assert.ok(await photo.evaluate((image) => Number(Reflect.get(image, 'naturalWidth')) > 0));
      await mara.press(mara.link('Edit'));
      await mara.press(mara.button('Add another phone'));
      assert.match((await mara.focused()) ?? '', /^phones-\d-value$/);
      await mara.page.keyboard.type('+49 151 998877');
      await mara.page.keyboard.press('Control+Enter');
      await mara.page.waitForSelector('#done');
      await mara.assertDone('Nele Nord saved.');
      assert.match(await mara.text(), /\+49 151 998877/);

      await mara.unfold(mara.page.locator('details.confirm summary', { hasText: 'Delete contact' }));
      await mara.press(mara.button('Delete Nele Nord'));
      await mara.assertDone('Nele Nord deleted.');
      await mara.open('/contacts?q=nele');
      assert.match(await mara.text(), /Nobody matches/);
      await mara.open('/contacts');
      mara.take();
      await mara.press(mara.link('Trash'));
      await mara.press(mara.button('Bring back Nele Nord'));
      const actions = mara.take();
      await mara.assertDone(/^Nele Nord is back/);
      assert.ok(actions <= 2, `bringing back takes ${actions} actions`);
      process.stdout.write(`actions: bring back a deleted contact ${actions}\n`);
      await mara.open('/contacts?q=nele');
      assert.match(await mara.text(), /1 contact found/);
      await mara.close();
    });

    test('several are exported and moved to another book', async () => {
      const { walkAs, server } = stage();
      const mara = await walkAs('mara');
      await mara.open('/books/new');
      await mara.fill({ displayName: 'Neighbours' });
      await mara.press(mara.button('Add address book'));
      await mara.assertDone('Neighbours added.');
      await mara.open('/contacts');
      for (const name of ['Ada Albrecht', 'Ben Bauer'])
        await mara.page.getByRole('checkbox', { name: `Select ${name}` }).check();
      const file = await downloaded(mara, mara.button('Export'));
      assert.equal(file.match(/BEGIN:VCARD/g)?.length, 2);
      assert.match(file, /FN:Ada Albrecht/);
      await mara.page.locator('#target').selectOption({ label: 'Neighbours' });
      await mara.press(mara.button('Move'));
      await mara.assertDone('2 contacts moved to Neighbours.');
      assert.equal(await statusOf(stage(), 'n0.vcf'), 404);
      await mara.open('/contacts');
      for (const name of ['Clara Conrad', 'David Dietz'])
        await mara.page.getByRole('checkbox', { name: `Select ${name}` }).check();
      await mara.press(mara.button('Delete'));
      await mara.assertDone('2 contacts deleted.');
      await mara.press(mara.button('Undo'));
      await mara.assertDone('2 contacts brought back.');
      assert.equal((await dav(server, MARA, 'GET', `${BOOK}/n2.vcf`)).status, 200);
      await mara.close();
    });

    test('duplicates are shown with their reason, merged with a choice, and taken apart again', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      const before = [await stored(stage(), 'anna.vcf'), await stored(stage(), 'anna2.vcf')];
      await mara.open('/contacts');
      await mara.press(mara.link(/may be one person twice$/));
      assert.match(await mara.text(), /likely same name and birthday/);
      await mara.good();
      await mara.page.locator('input[name="choice-title"][value="other"]').check();
      await mara.key('y');
      await mara.assertDone(/^Merged into Anna Schmidt/);
      const left = [await statusOf(stage(), 'anna.vcf'), await statusOf(stage(), 'anna2.vcf')];
      assert.deepEqual(
        left.toSorted((a, b) => a - b),
        [200, 404],
      );
      await mara.press(mara.button('Undo'));
      await mara.assertDone('1 merge undone: both contacts are as they were.');
      assert.deepEqual([await stored(stage(), 'anna.vcf'), await stored(stage(), 'anna2.vcf')], before);
      await mara.open('/contacts/duplicates');
      await mara.key('n');
      await mara.assertDone('Remembered: these are two people.');
      await mara.close();
    });

    test('what a device changed meanwhile is shown beside what was typed', async () => {
      const { walkAs, server } = stage();
      const mara = await walkAs('mara');
      await mara.open('/contacts?q=okafor');
      await mara.press(mara.link(/^Jide Okafor/));
      await mara.press(mara.link('Edit'));
      const body = (await stored(stage(), 'okafor.vcf')).replace('jide@okafor.example', 'jide@new.example');
      const put = await dav(server, MARA, 'PUT', `${BOOK}/okafor.vcf`, body, {
        'Content-Type': 'text/vcard',
      });
      assert.equal(put.status, 204);
      await mara.fill({ 'emails-0-value': 'jide@typed.example', title: 'Pilot' });
      await mara.press(mara.button('Save contact'), 409);
      assert.match(await mara.text(), /jide@typed\.example.*jide@new\.example/);
      await mara.good();
      await mara.page.locator('input[name="use-emails"][value="theirs"]').check();
      await mara.press(mara.button('Save contact'));
      await mara.assertDone('Jide Okafor saved.');
      assert.match(await stored(stage(), 'okafor.vcf'), /jide@new\.example/);
      assert.match(await stored(stage(), 'okafor.vcf'), /TITLE:Pilot/);
      await mara.close();
    });
  },
);
