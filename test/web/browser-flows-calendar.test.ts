import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFamily } from '../shots/family.ts';
import { dav, flows, PASSWORD, runningClock, type Stage, type Walk } from '../support/flows.ts';

const clock = runningClock('2026-11-24T09:00:00Z');
const MARA = { login: 'mara', password: PASSWORD, agent: 'curl/8' };
const HOME = '/dav/calendars/mara';

/** Addresses of the items of a calendar whose body has `text`. */
async function itemsWith(
  { server }: Stage,
  calendar: string,
  text: string,
): Promise<ReadonlyMap<string, string>> {
  const body = `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><D:getetag/></D:prop>
<C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`;
  const headers = { Depth: '1', 'Content-Type': 'application/xml' };
  const listed = await (await dav(server, MARA, 'REPORT', `${HOME}/${calendar}/`, body, headers)).text();
  const found = new Map<string, string>();
  for (const [, href = ''] of listed.matchAll(/<D:href>([^<]+\.ics)<\/D:href>/g)) {
    const path = href.slice(server.base.length);
    const stored = await (await dav(server, MARA, 'GET', path)).text();
    if (stored.includes(text)) found.set(path, stored);
  }
  return found;
}

async function openDate(walk: Walk, title: string, date: string): Promise<void> {
  await walk.open(`/calendar?view=agenda&date=${date}`);
  await walk.press(walk.page.locator('.day-sheet').first().getByRole('link', { name: title }));
}

flows(
  'the calendar',
  {
    hasUser: false,
    surroundings: { clock },
    furnish: async (server) => void (await makeFamily(server, clock)),
  },
  (stage) => {
    test('an event is made, changed for one date, for later ones and for all, moved, deleted, and brought back', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await mara.open('/calendar?view=month&date=2026-12-01');
      await mara.page.waitForSelector('.fc-grid');
      await mara.key('n');
      assert.match(mara.path, /^\/calendar\/new\?date=2026-12-01/);
      await mara.fill({
        summary: 'Ballet',
        startDate: '2026-12-02',
        startTime: '15:00',
        endDate: '2026-12-02',
        endTime: '14:00',
        repeat: 'week',
      });
      await mara.press(mara.button('Save the event'), 400);
      assert.match(await mara.text(), /This is before the start/);
      assert.equal(await mara.focused(), 'endDate');
      await mara.good();
      await mara.fill({ endTime: '16:00', location: 'Dance school' });
      await mara.press(mara.button('Save the event'));
      await mara.assertDone('Ballet is in the calendar.');

      await openDate(mara, 'Ballet', '2026-12-09');
      await mara.press(mara.link('Edit'));
      await mara.press(mara.link('Only this date'));
      await mara.fill({ location: 'Opera' });
      await mara.press(mara.button('Save the event'));
      await mara.assertDone('Ballet saved.');
      await openDate(mara, 'Ballet', '2026-12-23');
      await mara.press(mara.link('Edit'));
      await mara.press(mara.link('This and later dates'));
      await mara.fill({ summary: 'Ballet for two' });
      await mara.press(mara.button('Save the event'));
      await mara.assertDone('Ballet for two saved.');
      const parts = [...(await itemsWith(stage(), 'calendar', 'SUMMARY:Ballet')).values()];
      assert.equal(parts.length, 2, 'the later dates are a series of their own');
      assert.equal(parts.filter((part) => /RECURRENCE-ID[^\r]*20261209/.test(part)).length, 1);

      await openDate(mara, 'Ballet for two', '2026-12-30');
      await mara.press(mara.link('Edit'));
      await mara.press(mara.link('All dates'));
      await mara.fill({ description: 'Bring the shoes.' });
      await mara.press(mara.button('Save the event'));
      await mara.assertDone('Ballet for two saved.');
      await mara.unfold(mara.page.locator('details.confirm summary', { hasText: 'Move' }));
      const work = mara.page.locator('#to option', { hasText: 'Work' });
      await mara.page.selectOption('#to', (await work.getAttribute('value')) ?? '');
      await mara.press(mara.button('Move it'));
      await mara.assertDone('Moved to Work.');
      assert.equal((await itemsWith(stage(), 'office', 'Bring the shoes.')).size, 1);
      await mara.press(mara.button('Undo'));
      assert.equal((await itemsWith(stage(), 'office', 'Bring the shoes.')).size, 0);

      await openDate(mara, 'Ballet for two', '2026-12-30');
      await mara.unfold(mara.page.locator('details.confirm summary', { hasText: 'Delete' }));
      await mara.press(mara.button('Only this date'));
      await mara.assertDone('One date of Ballet for two deleted.');
      const [one = ''] = (await itemsWith(stage(), 'calendar', 'Ballet for two')).values();
      assert.match(one, /EXDATE[^\r]*20261230/);
      await mara.press(mara.button('Undo'));
      await mara.assertDone('It is as it was before.');
      const [again = ''] = (await itemsWith(stage(), 'calendar', 'Ballet for two')).values();
      assert.doesNotMatch(again, /EXDATE/);
      await openDate(mara, 'Ballet for two', '2026-12-30');
      await mara.unfold(mara.page.locator('details.confirm summary', { hasText: 'Delete' }));
      await mara.press(mara.button('All dates'));
      await mara.assertDone('Ballet for two deleted.');
      await mara.press(mara.button('Undo'));
      assert.equal((await itemsWith(stage(), 'calendar', 'Ballet for two')).size, 1);
      await mara.close();
    });

    test('what a device changed meanwhile is shown beside what was typed', async () => {
      const { walkAs, server } = stage();
      const mara = await walkAs('mara');
      await openDate(mara, 'Parents’ evening', '2026-11-20');
      await mara.press(mara.link('Edit'));
      const path = `${HOME}/calendar/parents.ics`;
      const stored = await (await dav(server, MARA, 'GET', path)).text();
      const changed = stored.replace('LOCATION:School', 'LOCATION:Gym');
      const put = await dav(server, MARA, 'PUT', path, changed, { 'Content-Type': 'text/calendar' });
      assert.equal(put.status, 204);
      await mara.fill({ location: 'Library', summary: 'Evening of parents' });
      await mara.press(mara.button('Save the event'), 409);
      assert.match(await mara.text(), /This was changed elsewhere while you were editing/);
      assert.match(await mara.text(), /Library.*Gym/);
      await mara.good();
      await mara.page.locator('input[name="keep-location"][value="theirs"]').check();
      await mara.press(mara.button('Save what I chose'));
      await mara.assertDone('Evening of parents saved.');
      const after = await (await dav(server, MARA, 'GET', path)).text();
      assert.match(after, /LOCATION:Gym/);
      assert.match(after, /SUMMARY:Evening of parents/);
      await mara.close();
    });

    test('keys lead through the calendar, and filters hide what nobody wants to see', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await mara.open('/contacts');
      await mara.page.keyboard.press('g');
      await mara.key('c');
      assert.match(mara.path, /^\/calendar/);
      await mara.open('/calendar?date=2026-11-24');
      await mara.page.waitForSelector('.fc-grid');
      await mara.page.keyboard.press('?');
      const keys = mara.page.locator('dialog');
      assert.match((await keys.textContent()) ?? '', /PageDown.*Today|Today.*PageDown/);
      await mara.page.keyboard.press('Escape');
      await keys.waitFor({ state: 'detached' });
      await mara.key('PageDown');
      assert.match(mara.path, /date=2026-12-24/);
      await mara.key('t');
      assert.match(mara.path, /date=2026-11-24|^\/calendar(\?view=month)?$/);
      await mara.key('w');
      await mara.key('m');
      await mara.key('PageUp');
      assert.match(mara.path, /date=2026-10-24/);
      await mara.key('l');
      assert.match(mara.path, /view=agenda/);
      await mara.open('/calendar?view=agenda&date=2026-11-01');
      assert.ok((await mara.link(/^Standup/).count()) > 0);
      await mara.does(() => mara.page.locator('.filter label', { hasText: 'Work' }).click());
      assert.equal(await mara.page.getByRole('link', { name: 'Standup' }).count(), 0);
      await mara.does(() => mara.page.locator('.filter label', { hasText: 'Work' }).click());
      assert.ok((await mara.page.getByRole('link', { name: 'Standup' }).count()) > 0);
      await mara.close();
    });

    test('a task is made, done, open again and deleted', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await mara.open('/calendar?view=tasks');
      await mara.key('n');
      await mara.fill({ summary: 'Water the plants', dueDate: '2026-11-25' });
      await mara.press(mara.button('Save the task'));
      await mara.assertDone('Water the plants is on the list.');
      await mara.open('/calendar?view=tasks');
      await mara.press(mara.button('Mark Water the plants as done'));
      await mara.assertDone('Water the plants is done.');
      const [done = ''] = (await itemsWith(stage(), 'tasks', 'Water the plants')).values();
      assert.match(done, /STATUS:COMPLETED/);
      await mara.press(mara.button('Undo'));
      await mara.open('/calendar?view=tasks');
      await mara.press(mara.link('Water the plants'));
      await mara.unfold(mara.page.locator('details.confirm summary', { hasText: 'Delete' }));
      await mara.press(mara.button('Delete Water the plants'));
      await mara.assertDone('Water the plants deleted.');
      await mara.close();
    });

    test('a calendar is made, renamed, deleted and comes back', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await mara.open('/calendar');
      await mara.press(mara.link('New calendar'));
      await mara.fill({ name: 'Garden' });
      await mara.press(mara.button('Make the calendar'));
      await mara.assertDone(/^Garden is there/);
      await mara.press(mara.link('Settings of Garden'));
      await mara.fill({ name: 'Garden and yard' });
      await mara.press(mara.button('Save the settings'));
      await mara.assertDone('Garden and yard saved.');
      await mara.press(mara.link('Settings of Garden and yard'));
      await mara.unfold(mara.page.locator('details.confirm summary', { hasText: 'Delete this calendar' }));
      await mara.press(mara.button('Delete Garden and yard'));
      await mara.assertDone('Garden and yard is in the trash.');
      await mara.press(mara.button('Undo'));
      await mara.assertDone('Garden and yard is back.');
      await mara.close();
    });
  },
);
