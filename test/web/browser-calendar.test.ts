import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testClock } from '../support/app.ts';
import { hasChromium, openBrowser, PHONE, type TestBrowser } from '../support/browser.ts';
import { basesOf } from '../support/flows.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const PASSWORD = 'correct horse battery';

function event(uid: string, ...more: readonly string[]): string {
  const lines = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:x', 'BEGIN:VEVENT', `UID:${uid}`];
  lines.push('DTSTAMP:20260101T000000Z', `SUMMARY:${uid}`, ...more, 'END:VEVENT', 'END:VCALENDAR', '');
  return lines.join('\r\n');
}

const EVENTS = [
  event('Choir', 'DTSTART;TZID=Europe/Berlin:20261103T190000', 'DURATION:PT2H', 'RRULE:FREQ=WEEKLY'),
  event('Class trip', 'DTSTART;VALUE=DATE:20261116', 'DTEND;VALUE=DATE:20261119'),
  ...['One', 'Two', 'Three', 'Four', 'Five'].map((name, at) =>
    event(name, `DTSTART;TZID=Europe/Berlin:20261126T1${at}0000`, 'DURATION:PT1H'),
  ),
];

for (const base of basesOf('the calendar in a browser', ['', '/day']))
  describe(`the calendar in a browser at "${base}/"`, { skip: !hasChromium() }, () => {
    const clock = testClock('2026-11-24T09:00:00Z');
    let server: TestServer;
    let browser: TestBrowser;
    before(async () => {
      server = await startTestServer({ base, surroundings: { clock } });
      for (const [at, body] of EVENTS.entries())
        await fetch(`${server.origin}${base}/dav/calendars/ann/calendar/${at}.ics`, {
          method: 'PUT',
          headers: { Authorization: `Basic ${btoa(`ann:${PASSWORD}`)}`, 'Content-Type': 'text/calendar' },
          body,
        });
      browser = await openBrowser();
    });
    after(async () => {
      await browser?.close();
      await server?.stop();
    });

    for (const scheme of ['light', 'dark'] as const)
      test(`month and week are a grid that breaks no rule, ${scheme}`, async () => {
        const tab = await browser.tab(server, { scheme });
        await tab.signIn('ann', PASSWORD);
        for (const view of ['month', 'week']) {
          await tab.open(`/calendar?view=${view}&date=2026-11-24`);
          await tab.page.waitForSelector('.fc-grid');
          assert.ok((await tab.page.getByText('Choir').count()) > 0);
          assert.equal(
            await tab.page.locator('a[aria-current="date"]').getAttribute('data-day'),
            '2026-11-24',
          );
          await tab.assertGood();
        }
        await tab.close();
      });

    test('keys walk through days and months, and open what stands there', async () => {
      const tab = await browser.tab(server);
      await tab.signIn('ann', PASSWORD);
      await tab.open('/calendar?date=2026-11-24');
      await tab.page.waitForSelector('.fc-grid');
      const focused = () => tab.page.evaluate('document.activeElement?.dataset?.day ?? null');
      await tab.page.keyboard.press('ArrowRight');
      assert.equal(await focused(), '2026-11-24');
      await tab.page.keyboard.press('ArrowRight');
      await tab.page.keyboard.press('ArrowDown');
      assert.equal(await focused(), '2026-12-02');
      await tab.page.keyboard.press('Enter');
      await tab.page.waitForURL(/date=2026-12-02/);
      await tab.page.keyboard.press('PageUp');
      await tab.page.waitForURL(/date=2026-11-02/);
      await tab.page.keyboard.press('l');
      await tab.page.waitForURL(/view=agenda/);
      await tab.page.keyboard.press('m');
      await tab.page.waitForURL(/view=month/);
      await tab.page.waitForSelector('.fc-grid');
      await tab.page.getByText('Class trip').first().click();
      await tab.page.waitForURL(/\/calendar\/event\//);
      tab.assertClean();
      await tab.close();
    });

    test('more than three events of a day lead to the day', async () => {
      const tab = await browser.tab(server);
      await tab.signIn('ann', PASSWORD);
      await tab.open('/calendar?date=2026-11-24');
      await tab.page.waitForSelector('.fc-grid');
      await tab.page.getByText('+2 more').click();
      await tab.page.waitForURL(/date=2026-11-26/);
      assert.equal(await tab.page.locator('#day li').count(), 5);
      tab.assertClean();
      await tab.close();
    });

    test('a phone shows dots and the day that was chosen; without scripts the table stands', async () => {
      const phone = await browser.tab(server, { size: PHONE });
      await phone.signIn('ann', PASSWORD);
      await phone.open('/calendar?date=2026-11-24');
      await phone.page.locator('[data-day="2026-11-17"]').click();
      await phone.page.waitForURL(/date=2026-11-17/);
      assert.deepEqual(await phone.page.locator('#day .entry-what a').allInnerTexts(), [
        'Class trip',
        'Choir',
      ]);
      await phone.assertGood();
      await phone.close();
      const plain = await browser.tab(server, { hasScripts: false });
      await plain.signIn('ann', PASSWORD);
      await plain.open('/calendar?date=2026-11-24');
      assert.equal(await plain.page.locator('table.month td').count(), 42);
      await plain.page.locator('.month').getByText('Choir').first().click();
      assert.match(plain.page.url(), /\/calendar\/event\//);
      await plain.close();
    });

    test('forms and settings are for everybody', async () => {
      const tab = await browser.tab(server);
      await tab.signIn('ann', PASSWORD);
      await tab.open('/calendar?view=agenda&date=2026-11-24');
      await tab.page.getByRole('link', { name: 'Choir' }).first().click();
      const path = new URL(tab.page.url());
      const here = (more: string) => path.pathname.slice(base.length) + more + path.search;
      for (const to of [
        '/calendar/new',
        '/calendar/new?kind=task',
        '/calendars/new',
        '/calendar?view=tasks',
        here(''),
        here('/edit'),
      ]) {
        await tab.open(to);
        await tab.assertGood();
      }
      await tab.close();
    });
  });
