import { findCollection } from '../../models/collections/service.ts';
import { createSetupInvitation } from '../../models/credentials/service.ts';
import { importObjects } from '../../models/objects/service.ts';
import { createUser, findUser, patchUser } from '../../models/principals/service.ts';
import type { Tab } from '../support/browser.ts';
import type { TestServer } from '../support/server.ts';
import { visitor } from '../support/web.ts';
import { type Family, type FamilyDevice, PASSWORD, syncOnce } from './family.ts';
import { takeout } from './takeout.ts';

/** What every picture is taken of. */
export interface Stage {
  readonly family: Family;
  /** A server where nobody has an account yet. */
  readonly empty: TestServer;
}

/** One picture, in light, dark and on a phone. */
export interface Scene {
  readonly name: string;
  /** Who has signed in; null: nobody. */
  readonly who: string | null;
  /** Where nobody lives yet. */
  readonly isEmpty?: boolean;
  /** True: the whole page on a phone, as people scroll it. */
  readonly isWhole?: boolean;
  readonly userAgent?: string;
  /** Brings the tab to what is shown. */
  show(tab: Tab, stage: Stage): Promise<void>;
}

const SYSTEM = { kind: 'system' } as const;

const open = (name: string, path: string, who: string | null = 'mara'): Scene => ({
  name,
  who,
  show: async (tab) => {
    await tab.open(path);
  },
});

function deviceOf({ family }: Stage, label: string): FamilyDevice {
  const found = family.devices.find((device) => device.label === label);
  if (found === undefined) throw new Error(`no device ${label}`);
  return found;
}

/** The address a code on the screen stands for, below the base path. */
async function codePath(tab: Tab): Promise<string> {
  const href = await tab.page.locator('a[href*="/c/"]').first().getAttribute('href');
  if (href === null) throw new Error('no code on the page');
  return new URL(href, 'http://host').pathname;
}

const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1';
const PIXEL =
  'Mozilla/5.0 (Linux; Android 16; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36';

const FIRST_RUN: Scene = {
  name: 'first-run',
  who: null,
  isEmpty: true,
  show: async (tab, { empty }) => {
    const token = await createSetupInvitation(empty.running.app);
    await tab.open(`/setup?token=${token}`);
  },
};

const SIGN_IN: Scene = {
  name: 'sign-in',
  who: null,
  show: async (tab) => {
    await tab.open('/sign-in');
    await tab.page.fill('#login', 'mara');
    await tab.page.fill('#password', 'not the right one');
    await tab.page.click('main button[type="submit"]');
    await tab.page.waitForLoadState();
  },
};

const REMOVE_PERSON: Scene = {
  name: 'person-remove',
  who: 'mara',
  show: async (tab) => {
    await tab.open('/admin/people/jonas/remove');
    const again = tab.page.locator('#password');
    if ((await again.count()) > 0 && tab.page.url().includes('/sign-in/again')) {
      await again.fill(PASSWORD);
      await tab.page.click('main button[type="submit"]');
      await tab.page.waitForLoadState();
    }
  },
};

const CONNECT_DONE: Scene = {
  name: 'connect-done',
  who: 'mara',
  show: async (tab, stage) => {
    await tab.open('/connect?for=iphone');
    const { server } = stage.family;
    const phone = visitor(server, { headers: { 'User-Agent': IPHONE } });
    const path = await codePath(tab);
    await phone.get(path);
    const profile = (await phone.post(path, { as: 'profile' })).html;
    const password = /CalDAVPassword<\/key>\s*<string>([^<]+)/.exec(profile)?.[1] ?? '';
    const device = { ...deviceOf(stage, 'Mara’s iPhone'), id: 'new', password };
    await syncOnce(stage.family, device, new Map());
    await server.running.flush();
    await tab.page.reload();
  },
};

const onPhone = (name: string, kind: string, userAgent: string): Scene => ({
  name,
  userAgent,
  who: 'mara',
  show: async (tab) => {
    await tab.open(`/connect?for=${kind}`);
    await tab.open(await codePath(tab));
  },
});

const APPROVE: Scene = {
  name: 'approve',
  who: 'mara',
  show: async (tab, { family }) => {
    const answer = await fetch(`${family.server.origin}/index.php/login/v2`, {
      method: 'POST',
      headers: { 'User-Agent': 'DAVx5/4.5.3-ose (Pixel 8; Android/16)' },
    });
    const begun: unknown = await answer.json();
    const login = String(Reflect.get(Object(begun), 'login'));
    await tab.open(new URL(login).pathname);
  },
};

const EVENT: Scene = {
  name: 'event',
  who: 'mara',
  show: async (tab) => {
    await tab.open('/calendar?view=agenda&date=2026-11-01');
    await tab.page.locator('a[href*="/calendar/event/"]:visible', { hasText: 'Choir' }).first().click();
    await tab.page.waitForURL(/calendar\/event/);
  },
};

const CONTACT: Scene = {
  name: 'contacts',
  who: 'mara',
  show: async (tab) => {
    await tab.open('/contacts');
    await tab.page.locator('a:visible', { hasText: 'Anna Schmidt' }).first().click();
    await tab.page.waitForLoadState();
  },
};

const REFUSALS: Scene = {
  name: 'activity',
  who: 'mara',
  show: async (tab, stage) => {
    const { id } = deviceOf(stage, 'Lea’s iPad');
    await tab.open(`/admin/activity?device=${encodeURIComponent(id)}&outcome=refused`);
  },
};

const HEALTH: Scene = {
  name: 'health',
  who: 'mara',
  isWhole: true,
  show: async (tab) => {
    await tab.open('/admin/health');
    await tab.page.waitForTimeout(1500);
  },
};

/** Jonas's Pixel removes most of the contacts; Mara sees what went. */
const BULK: Scene = { name: 'trash', who: 'mara', show: async (tab) => void (await tab.open('/trash')) };

const BROKEN: Scene = {
  name: 'error-500',
  who: 'jonas',
  show: async (tab, { family }) => {
    const { db } = family.server.running.app;
    const rename = (from: string, to: string) =>
      db.write((tx) => tx.run(`ALTER TABLE ${from} RENAME TO ${to}`));
    // A table that is gone is a failure nobody foresees.
    await rename('versions', 'versions_gone');
    await tab.open('/trash');
    await rename('versions_gone', 'versions');
  },
};

/** Brings an archive in the browser, up to the review. */
async function bring(tab: Tab, size: number, from: number): Promise<void> {
  await tab.open('/import');
  const file = {
    name: 'takeout-20261122.zip',
    mimeType: 'application/zip',
    buffer: await takeout(size, from),
  };
  await tab.page.setInputFiles('input[type="file"]', file);
  await tab.page.waitForURL(/import\/.+/);
  await tab.page.locator('[formaction$="/start"]').first().waitFor({ timeout: 30_000 });
}

/** Numbers that no other picture used: the look of a tab tells them apart. */
async function unused(tab: Tab): Promise<number> {
  const isDark = await tab.page.evaluate(() => matchMedia('(prefers-color-scheme: dark)').matches);
  return 10_000 + (tab.page.viewportSize()?.width ?? 0) * 10 + (isDark ? 5000 : 0);
}

const REVIEW: Scene = {
  name: 'import-review',
  who: 'mara',
  show: async (tab) => {
    await bring(tab, 770, 0);
    await tab.page.goto(`${tab.page.url().split('?')[0]}?show=look`);
  },
};

async function begin(tab: Tab): Promise<void> {
  await tab.page.goto(tab.page.url().split('?')[0] ?? '');
  await tab.page.locator('[formaction$="/start"]').first().click();
}

/** Holds the one writer of the database until it is let go, so that an import stands still. */
function holdWrites(stage: Stage): () => void {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  void stage.family.server.running.app.db.write(() => held);
  return release;
}

const PROGRESS: Scene = {
  name: 'import-progress',
  who: 'mara',
  show: async (tab, stage) => {
    await bring(tab, 2500, await unused(tab));
    const { hints } = stage.family.server.running.app;
    let news = 0;
    let release = (): void => undefined;
    const leave = hints.listen((_person, topic) => {
      if (topic !== 'import') return;
      news += 1;
      if (news === 17) release = holdWrites(stage);
    });
    await begin(tab);
    await tab.page.waitForTimeout(2500);
    leave();
    setTimeout(release, 3000);
  },
};

const RESULT: Scene = {
  name: 'import-result',
  who: 'mara',
  show: async (tab) => {
    await bring(tab, 40, await unused(tab));
    await begin(tab);
    await tab.page.getByText('Undo').first().waitFor();
  },
};

/** Ada has used 92 % of her room. */
async function fillAlmost(family: Family): Promise<void> {
  const picture = (
    Buffer.alloc(675_000, 7)
      .toString('base64')
      .match(/.{1,72}/g) ?? []
  ).join('\r\n ');
  const card = `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:big\r\nFN:Family portrait\r\nN:Portrait;Family;;;\r\nPHOTO;ENCODING=b;TYPE=JPEG:\r\n ${picture}\r\nEND:VCARD\r\n`;
  const { app } = family.server.running;
  const user = await findUser(app.db, 'ada');
  if (user === null) throw new Error('nobody is called ada');
  const book = await findCollection(app.db, user.id, 'addressbook', 'contacts');
  if (book?.kind !== 'addressbook') throw new Error('ada has no contacts');
  await importObjects(app, SYSTEM, book, [{ name: 'big.vcf', body: Buffer.from(card) }]);
  await patchUser(app, SYSTEM, user.id, { quotaBytes: Math.round(card.length / 0.92) });
}

/** Twenty more people, one of them invited and one almost full, for the list. */
export async function fillTheList({ family }: Stage): Promise<void> {
  const names = [
    'Ada Albrecht',
    'Ben Bauer',
    'Clara Conrad',
    'David Dietz',
    'Emma Ebert',
    'Felix Fuchs',
    'Greta Graf',
    'Hugo Huber',
    'Ida Jansen',
    'Jakob Kramer',
    'Lotte Lang',
    'Mia Maier',
    'Noah Neumann',
    'Ole Otto',
    'Paula Peters',
  ];
  for (const displayName of names) {
    const login = displayName.split(' ')[0]?.toLowerCase() ?? displayName;
    const password = login === 'ben' ? {} : { password: PASSWORD };
    await createUser(family.server.running.app, SYSTEM, { login, displayName, ...password });
  }
  await fillAlmost(family);
}

export const SCENES: readonly Scene[] = [
  FIRST_RUN,
  SIGN_IN,
  open('overview', '/'),
  open('people', '/admin/people'),
  REMOVE_PERSON,
  open('connect', '/connect?for=iphone'),
  CONNECT_DONE,
  onPhone('set-up-iphone', 'iphone', IPHONE),
  onPhone('set-up-android', 'android', PIXEL),
  APPROVE,
  open('calendar', '/calendar?view=month&date=2026-11-23'),
  open('week', '/calendar?view=week&date=2026-11-23'),
  EVENT,
  {
    ...EVENT,
    name: 'calendar-settings',
    show: async (tab) => {
      await tab.open('/calendar');
      await tab.page.locator('a[href*="/calendars/"]').first().click();
      await tab.page.waitForURL(/calendars\/\d+/);
    },
  },
  CONTACT,
  open('duplicates', '/contacts/duplicates'),
  REVIEW,
  BULK,
  REFUSALS,
  HEALTH,
  RESULT,
  open('settings', '/admin/settings'),
  open('account', '/account'),
  open('error-404', '/nothing/here'),
];
/** What leaves the server changed comes last. */
export const LAST_SCENES: readonly Scene[] = [PROGRESS, BROKEN];
