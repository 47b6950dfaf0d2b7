import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createAppPassword } from '../../models/credentials/service.ts';
import { createUser } from '../../models/principals/service.ts';
import { openBrowser, type Tab, type TestBrowser } from '../support/browser.ts';
import { crawl } from '../support/crawl.ts';
import { HOSTILE_STRINGS } from '../support/hostile-strings.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const SYSTEM = { kind: 'system' } as const;
const STARTS = [
  '/',
  '/connect',
  '/calendar?date=2026-11-23',
  '/calendar?view=week&date=2026-11-23',
  '/calendar?view=agenda&date=2026-11-23',
  '/contacts',
  '/contacts/duplicates',
  '/import',
  '/more',
  '/trash',
  '/account',
  '/admin/people',
  '/admin/activity',
  '/admin/health',
  '/admin/settings',
];

const ical = (text: string): string => text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');
const fold = (line: string): string => {
  const parts: string[] = [];
  let part = '';
  for (const char of line) {
    if (Buffer.byteLength(part + char) > 70) {
      parts.push(part);
      part = '';
    }
    part += char;
  }
  return [...parts, part].join('\r\n ');
};
const lines = (...all: readonly string[]): string => `${all.map(fold).join('\r\n')}\r\n`;

const eventOf = (text: string, at: number): string => {
  const day = `202611${String(1 + (at % 28)).padStart(2, '0')}`;
  return lines(
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//x//y//EN',
    'BEGIN:VEVENT',
    `UID:hostile-${at}`,
    'DTSTAMP:20261101T000000Z',
    `DTSTART:${day}T100000Z`,
    `DTEND:${day}T110000Z`,
    `SUMMARY:${ical(text)}`,
    `LOCATION:${ical(text)}`,
    `DESCRIPTION:${ical(text)}`,
    `CATEGORIES:${ical(text)}`,
    `ORGANIZER;CN="${text.replace(/["\r\n]/g, '')}":mailto:a@example.org`,
    `ATTENDEE;CN="${text.replace(/["\r\n]/g, '')}":mailto:b@example.org`,
    `X-HOSTILE:${text}`,
    'END:VEVENT',
    'END:VCALENDAR',
  );
};

const taskOf = (text: string, at: number): string =>
  lines(
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//x//y//EN',
    'BEGIN:VTODO',
    `UID:task-${at}`,
    'DTSTAMP:20261101T000000Z',
    `SUMMARY:${ical(text)}`,
    `DESCRIPTION:${ical(text)}`,
    'END:VTODO',
    'END:VCALENDAR',
  );

const cardOf = (text: string, at: number): string =>
  lines(
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:card-${at}`,
    `FN:${ical(text)}`,
    `N:${ical(text)};${ical(text)};;;`,
    `ORG:${ical(text)};${ical(text)}`,
    `TITLE:${ical(text)}`,
    `TEL;TYPE=CELL:${ical(text)}`,
    `EMAIL:${ical(text)}`,
    `URL:${ical(text)}`,
    `NOTE:${ical(text)}`,
    `ADR:;;${ical(text)};${ical(text)};;;`,
    'BDAY:1980-01-01',
    `item1.X-ABLABEL:${ical(text)}`,
    `item1.TEL:1`,
    `CATEGORIES:${ical(text)}`,
    `PHOTO;VALUE=uri:${ical(text)}`,
    'END:VCARD',
  );

async function fill(server: TestServer): Promise<readonly string[]> {
  const { app } = server.running;
  const owner = await createUser(app, SYSTEM, {
    login: 'mara',
    displayName: '<b>Mara</b>"\'&',
    isAdmin: true,
    password: server.password,
  });
  const refused: string[] = [];
  for (const [at, text] of HOSTILE_STRINGS.entries()) {
    await createUser(app, SYSTEM, { login: `person${at}`, displayName: text.slice(0, 200) }).catch(
      (error: unknown) => refused.push(String(error)),
    );
    await createAppPassword(app, SYSTEM, { principal: owner.id, label: text.slice(0, 60) }).catch(
      (error: unknown) => refused.push(String(error)),
    );
    const put = async (path: string, type: string, body: string): Promise<void> => {
      const answer = await fetch(`${server.origin}/dav${path}`, {
        method: 'PUT',
        headers: {
          Authorization: `Basic ${btoa(`mara:${server.password}`)}`,
          'Content-Type': type,
          'User-Agent': text.replace(/[^\x20-\x7e]/g, '').slice(0, 200) || 'x',
        },
        body,
      });
      if (answer.status !== 201)
        refused.push(`${answer.status} for ${path}: ${(await answer.text()).slice(0, 200)}`);
    };
    await put(`/calendars/mara/calendar/${at}.ics`, 'text/calendar', eventOf(text, at));
    await put(`/calendars/mara/tasks/${at}.ics`, 'text/calendar', taskOf(text, at));
    await put(`/addressbooks/mara/contacts/${at}.vcf`, 'text/vcard', cardOf(text, at));
  }
  return refused;
}

describe('sixty hostile names in every field', () => {
  let browser: TestBrowser | null = null;
  let server: TestServer;
  before(async () => {
    browser = await openBrowser();
    if (browser === null) return;
    server = await startTestServer({ hasUser: false });
    const refused = await fill(server);
    assert.ok(refused.length < 30, refused.join('\n'));
  });
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const isHacked = (tab: Tab): Promise<unknown> =>
    tab.page.evaluate(() => Reflect.get(window, '__hacked') ?? Reflect.get(window, 'defaultStatus'));

  test('are text on every page, and fit a narrow window', async () => {
    if (browser === null) return;
    const tab = await browser.tab(server);
    tab.page.on('dialog', (dialog) => {
      void dialog.dismiss();
      assert.fail(`a dialog: ${dialog.message()}`);
    });
    await tab.signIn('mara', server.password);
    const wrong: string[] = [];
    const reached = await crawl(tab, STARTS, {
      base: '',
      perForm: 6,
      maxPages: 300,
      visit: async ({ path }) => {
        const hacked = await isHacked(tab);
        if (hacked !== undefined && hacked !== '') wrong.push(`${path} ran a script: ${hacked}`);
        const foreign = await tab.page.evaluate(() =>
          [
            ...document.querySelectorAll(
              'base, meta[http-equiv], iframe, object, embed, style, [onerror], [onload], [onclick], [onfocus], a[href^="javascript:" i], a[href^="data:" i], form[action^="https://evil"]',
            ),
          ].map((one) => one.outerHTML.slice(0, 100)),
        );
        for (const one of foreign) wrong.push(`${path} holds ${one}`);
        await tab.assertNarrow().catch((error: unknown) => wrong.push(String(error).slice(0, 900)));
      },
    });
    process.stdout.write(`${reached.length} pages\n`);
    assert.ok(reached.length > 60);
    for (const one of reached.filter(({ status }) => status >= 400))
      wrong.push(`${one.status} ${one.path} from ${one.from}`);
    assert.deepEqual(wrong, []);
    tab.assertClean();
    await tab.close();
  });
});
