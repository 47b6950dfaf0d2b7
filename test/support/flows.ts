/** Walks through the pages as a person does, counting what the person does. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { TestClock } from './app.ts';
import { hasChromium, openBrowser, type Tab, type TabOptions, type TestBrowser } from './browser.ts';
import { startTestServer, type TestServer, type TestServerOptions } from './server.ts';
import { visitor } from './web.ts';

/** The password of everybody in these tests. */
export const PASSWORD = 'correct horse battery';

/** What Safari on an iPhone says it is. */
export const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 26_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.1 Mobile/15E148 Safari/604.1';
/** What Chrome on a phone with Android says it is. */
export const PIXEL =
  'Mozilla/5.0 (Linux; Android 16; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36';

/** A clock that goes on by itself from `start` and can be moved. */
export function runningClock(start: string): TestClock {
  let skew = Date.parse(start) - Date.now();
  return {
    nowMs: () => Date.now() + skew,
    set: (time) => {
      skew = new Date(time).getTime() - Date.now();
    },
    advance: (milliseconds) => {
      skew += milliseconds;
    },
  };
}

/** Where the server of a suite is and who opens tabs; filled before its first test. */
export interface Stage {
  readonly base: string;
  readonly server: TestServer;
  /** A new person with a browser of their own. */
  walk(options?: TabOptions): Promise<Walk>;
  /** The same, signed in; no page is open yet. */
  walkAs(login: string, options?: TabOptions): Promise<Walk>;
}

interface SuiteOptions extends Omit<TestServerOptions, 'base'> {
  /** Below which paths the suite runs; what `basesOf` draws unless told otherwise. */
  readonly bases?: readonly string[];
  /** An address that people use, without a path, in place of the one the server listens at. */
  readonly origin?: string;
  /** Makes what the suite needs. */
  furnish?(server: TestServer): Promise<void>;
}

/**
 * Where a suite runs: at all of these with `DAYBOOK_TEST_ALL=1`, otherwise at one that the seed of the run draws. Every page is
 * looked at at the root and below a path in each run, by those who follow its links.
 */
export function basesOf(title: string, all: readonly string[] = ['', '/sub/path']): readonly string[] {
  if (process.env['DAYBOOK_TEST_ALL'] === '1') return all;
  const drawn = [...`${process.env['DAYBOOK_TEST_SEED'] ?? ''} ${title}`];
  const at = drawn.reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 65_521, 7) % all.length;
  return all.slice(at, at + 1);
}

/** Runs a suite of flows on a server of its own at the bases of this run; without Chromium it is skipped. */
export function flows(title: string, options: SuiteOptions, suite: (stage: () => Stage) => void): void {
  const { bases = basesOf(title), origin, furnish, ...more } = options;
  describe(title, { skip: !hasChromium() }, () => {
    // One browser for all; the first suite that needs it starts it.
    let browser: TestBrowser | null = null;
    after(async () => {
      await browser?.close();
    });
    for (const base of bases)
      describe(`at "${base}/"`, () => {
        let stage: Stage | null = null;
        before(async () => {
          const env = { ...more.env, ...(origin === undefined ? {} : { BASE_URL: origin + base }) };
          const server = await startTestServer({ ...more, base, env });
          await furnish?.(server);
          browser ??= await openBrowser();
          stage = stageOf(base, server, browser);
        });
        after(async () => {
          await stage?.server.stop();
        });
        suite(() => {
          if (stage === null) throw new Error('The suite was not furnished.');
          return stage;
        });
      });
  });
}

/** Signs in without a page, and hands the cookies to the browser. */
async function cookiesOf(server: TestServer, login: string, language: 'en' | 'de' | 'qps' = 'en') {
  const somebody = visitor(server, { language, follow: false });
  await somebody.signIn(login, PASSWORD);
  return somebody
    .cookies()
    .split('; ')
    .map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      const place = { domain: '127.0.0.1', path: server.base || '/' };
      return { name, value, ...place, httpOnly: true, secure: name.startsWith('__Host-') };
    });
}

function stageOf(base: string, server: TestServer, browser: TestBrowser): Stage {
  const walk = async (how: TabOptions = {}) => new Walk(await browser.tab(server, how), server);
  const walkAs = async (login: string, how: TabOptions = {}) => {
    const walked = await walk(how);
    await walked.tab.context.addCookies(await cookiesOf(server, login, how.language));
    return walked;
  };
  return { base, server, walk, walkAs };
}

/** One person with one tab. A press, a choice or a key that leads on is an action; typing is none. */
export class Walk {
  readonly tab: Tab;
  readonly page: Page;
  readonly #server: TestServer;
  #actions = 0;
  #status = 0;

  constructor(tab: Tab, server: TestServer) {
    this.tab = tab;
    this.page = tab.page;
    this.#server = server;
    this.page.on('response', (response) => {
      const request = response.request();
      if (request.isNavigationRequest() && request.frame() === this.page.mainFrame())
        this.#status = response.status();
    });
  }

  /** Actions since the last time this was asked. */
  take(): number {
    const done = this.#actions;
    this.#actions = 0;
    return done;
  }

  /** Opens an address below the base path, as a link from elsewhere; counts only where it is said to. */
  async open(path: string, { counts = false, status = 200 } = {}): Promise<void> {
    await this.tab.open(path);
    if (counts) this.#actions += 1;
    this.#look(status);
  }

  /** Resolves when the page that is opened next hears of news. */
  async listening(): Promise<void> {
    await this.page.waitForResponse((response) => response.url().endsWith('/events'));
  }

  /** The path and query below the base path. */
  get path(): string {
    const url = new URL(this.page.url());
    return url.pathname.slice(this.#server.base.length) + url.search;
  }

  /** A button of the page by its words. */
  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, exact: true }).first();
  }

  /** A link of the page by its words. */
  link(name: string | RegExp): Locator {
    return this.page.getByRole('link', { name, exact: true }).first();
  }

  /** Presses what leads to another page, and looks at that page. */
  async press(target: Locator, status = 200): Promise<void> {
    await this.#lead(() => target.click(), status);
  }

  /** A key that leads to another page. */
  async key(key: string, status = 200): Promise<void> {
    await this.#lead(() => this.page.keyboard.press(key), status);
  }

  /** Anything else that leads to another page, such as a choice that sends its form. */
  async does(deed: () => Promise<unknown>, status = 200): Promise<void> {
    await this.#lead(deed, status);
  }

  /** Presses what opens a part of the same page. */
  async unfold(target: Locator): Promise<void> {
    this.#actions += 1;
    await target.click();
  }

  /** Fills fields by their ids or names. */
  async fill(fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(fields)) {
      const field = this.page.locator(`[id="${name}"], main [name="${name}"]`).first();
      if ((await field.evaluate((element) => element.tagName)) === 'SELECT') await field.selectOption(value);
      else await field.fill(value);
    }
  }

  /** The line that says what was done stands on the page and has the focus. */
  async assertDone(text: string | RegExp): Promise<void> {
    const said = (await this.page.locator('#done strong').textContent()) ?? '';
    if (typeof text === 'string') assert.equal(said, text);
    else assert.match(said, text);
    assert.equal(await this.focused(), 'done', 'the focus is not on the result');
  }

  /** The id of what has the focus, once the page was drawn: `autofocus` is followed just before. */
  focused(): Promise<string | null> {
    return this.page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => done(document.activeElement?.id ?? null))),
    );
  }

  /** The heading of the page. */
  async heading(): Promise<string> {
    return ((await this.page.locator('h1').textContent()) ?? '').trim();
  }

  /** What a reader sees of the content. */
  async text(): Promise<string> {
    // biome-ignore lint/performance/useDomNodeTextContent: what is hidden is not read.
    return (await this.page.locator('main').innerText()).replace(/\s+/g, ' ');
  }

  /**
   * The page is good as a whole: WCAG, 320 px, nothing that no page may do. A sub-path changes none of how a page looks, so
   * that there only the last is asked for.
   */
  good(): Promise<void> {
    if (this.#server.base === '') return this.tab.assertGood();
    this.tab.assertClean();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.tab.assertClean();
    return this.tab.close();
  }

  async #lead(deed: () => Promise<unknown>, status: number): Promise<void> {
    this.#actions += 1;
    await Promise.all([this.page.waitForEvent('load'), deed()]);
    this.#look(status);
  }

  #look(status: number): void {
    assert.equal(this.#status, status, `status at ${this.page.url()}`);
    this.tab.assertClean();
  }
}

/** The address that the code on the screen stands for, below the base path. */
export async function codePath(screen: Walk): Promise<string> {
  const link = screen.page.locator('#setup a[href*="/c/"]');
  const { pathname } = new URL((await link.getAttribute('href')) ?? '', screen.page.url());
  return pathname.slice(pathname.lastIndexOf('/c/'));
}

/** Presses what downloads a file, which is an action; gives the text of the file. */
export async function downloaded(walk: Walk, target: Locator): Promise<string> {
  const [download] = await Promise.all([walk.page.waitForEvent('download'), walk.unfold(target)]);
  const parts: Uint8Array[] = [];
  for await (const part of await download.createReadStream()) parts.push(part);
  walk.tab.assertClean();
  return Buffer.concat(parts).toString('utf8');
}

/** The password in an Apple profile. */
export function profilePassword(profile: string): string {
  const found = /<key>CalDAVPassword<\/key>\s*<string>([^<]+)/.exec(profile)?.[1];
  assert.ok(found !== undefined, 'the profile has no password');
  return found;
}

/** One request of a program: who it says it is and what it signs in with. */
export interface Program {
  readonly login: string;
  readonly password: string;
  readonly agent: string;
}

/** Sends one DAV request; `path` below the base path. */
export function dav(
  server: TestServer,
  { login, password, agent }: Program,
  method: string,
  path: string,
  body: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${server.origin}${server.base}${path}`, {
    method,
    headers: { Authorization: `Basic ${btoa(`${login}:${password}`)}`, 'User-Agent': agent, ...headers },
    ...(body === null ? {} : { body }),
  });
}

const SYNC = `<D:sync-collection xmlns:D="DAV:"><D:sync-token/><D:sync-level>1</D:sync-level>
<D:prop><D:getetag/></D:prop></D:sync-collection>`;

/** What an app does first and again and again: who am I, what is there, what is new. Gives the statuses. */
export async function sync(server: TestServer, program: Program): Promise<readonly number[]> {
  const xml = { 'Content-Type': 'application/xml; charset=utf-8' };
  const home = `/dav/calendars/${program.login}/`;
  const statuses: number[] = [];
  for (const [method, path, depth] of [
    ['PROPFIND', '/dav/', '0'],
    ['PROPFIND', home, '1'],
    ['REPORT', `${home}calendar/`, '1'],
  ] as const) {
    const body = method === 'REPORT' ? SYNC : null;
    const answer = await dav(server, program, method, path, body, { ...xml, Depth: depth });
    await answer.arrayBuffer();
    statuses.push(answer.status);
  }
  await server.running.flush();
  return statuses;
}
