/** Pages in a real browser: the system's Chromium, driven by Playwright. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import axe from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/**
 * Where Chromium may stand; `CHROMIUM_PATH` comes first. The build without windows draws the same pages for two thirds of the
 * CPU.
 */
const PLACES = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

export interface TabOptions {
  /** 1280 by 860 unless told otherwise. */
  readonly size?: { readonly width: number; readonly height: number };
  readonly scheme?: 'light' | 'dark';
  readonly language?: 'en' | 'de' | 'qps';
  readonly hasScripts?: boolean;
  readonly timeZone?: string;
  /** What the browser says it is, where that matters. */
  readonly userAgent?: string;
}

/** The size of a window on a desk. */
const DESK = { width: 1280, height: 860 };
/** The size of a phone. */
export const PHONE = { width: 390, height: 844 };

interface ServerAt {
  readonly origin: string;
  readonly base: string;
}

/** One tab of somebody's browser; `problems` collects what no page may do. */
export interface Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Violations of the content security policy, errors on the console, uncaught errors, requests that failed. */
  readonly problems: readonly string[];
  /** Opens a path below the base path. Gives the status. */
  open(path: string): Promise<number>;
  signIn(login: string, password: string): Promise<void>;
  /** Fails when the page did anything of `problems`. */
  assertClean(): void;
  /** Fails on findings of axe with the tags of WCAG 2.2 A and AA, or of the rules named alone. */
  assertAccessible(rules?: readonly string[]): Promise<void>;
  /** Fails when the page is wider than a window of 320 px; the window has its own size again afterwards. */
  assertNarrow(width?: number): Promise<void>;
  /**
   * Everything above, in this order; without scripts axe cannot look. Below a path pages have the same elements: there it
   * looks only where it is asked to.
   */
  assertGood(): Promise<void>;
  /** Writes a PNG of the window, or of the whole page. */
  shot(path: string, options?: { readonly isWhole?: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** A browser that is there. */
export interface TestBrowser {
  tab(server: ServerAt, options?: TabOptions): Promise<Tab>;
  close(): Promise<void>;
}

function findChromium(): string | null {
  const wanted = process.env['CHROMIUM_PATH'];
  if (wanted !== undefined) return existsSync(wanted) ? wanted : null;
  return PLACES.find((path) => existsSync(path)) ?? null;
}

/** True when there is a Chromium; else prints a line that says so, and tests skip: `describe(…, { skip: !hasChromium() })`. */
export function hasChromium(): boolean {
  if (findChromium() !== null) return true;
  process.stdout.write('skipped: no Chromium on this machine; CHROMIUM_PATH says where it is\n');
  return false;
}

/** Starts Chromium, for `before`; `close` belongs into `after` of the same suite. Throws where there is none. */
export async function openBrowser(): Promise<TestBrowser> {
  const executablePath = findChromium();
  if (executablePath === null)
    throw new Error('There is no Chromium on this machine; ask hasChromium() first.');
  const browser: Browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  return {
    tab: (server, options = {}) => openTab(browser, server, options),
    close: () => browser.close(),
  };
}

/** Collects what no page may do. */
function watch(page: Page, problems: string[]): void {
  const documents = new Set<string>();
  page.on('response', (response) => {
    // Health asks without a password on purpose, to see that it is asked for one.
    const isAsked = response.status() === 401 && response.request().method() === 'PROPFIND';
    const isDocument = response.request().isNavigationRequest();
    if (isDocument || isAsked) documents.add(response.url());
    else if (response.status() >= 400) problems.push(`${response.status()} for ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? '';
    // Streams and questions that a page gave up, and downloads, end like this.
    if (why !== 'net::ERR_ABORTED') problems.push(`${why} for ${request.url()}`);
  });
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() !== 'error') return;
    // Chromium also says so of a page whose status is an error, which may be what the test wants.
    const isStatus =
      message.text().startsWith('Failed to load resource') && documents.has(message.location().url);
    if (!isStatus) problems.push(`console: ${message.text()}`);
  });
}

/** Runs in the page before its own scripts; the content security policy does not concern it. */
const ON_VIOLATION = `document.addEventListener('securitypolicyviolation', (event) => {
  console.error('policy: ' + event.violatedDirective + ' ' + event.blockedURI);
});`;

async function openTab(browser: Browser, server: ServerAt, options: TabOptions): Promise<Tab> {
  const { size = DESK, scheme = 'light', language = 'en' } = options;
  const context = await browser.newContext({
    viewport: size,
    colorScheme: scheme,
    javaScriptEnabled: options.hasScripts ?? true,
    timezoneId: options.timeZone ?? 'Europe/Berlin',
    reducedMotion: 'reduce',
    ...(options.userAgent === undefined ? {} : { userAgent: options.userAgent }),
    extraHTTPHeaders: { 'Accept-Language': language },
    // The build without windows asks nobody whether a page may copy.
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  await context.addInitScript({ content: ON_VIOLATION });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const problems: string[] = [];
  watch(page, problems);
  return new ChromiumTab(server, page, problems, options);
}

class ChromiumTab implements Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly problems: readonly string[];
  readonly #server: ServerAt;
  readonly #size: { readonly width: number; readonly height: number };
  readonly #hasScripts: boolean;

  constructor(server: ServerAt, page: Page, problems: readonly string[], options: TabOptions) {
    this.#server = server;
    this.page = page;
    this.context = page.context();
    this.problems = problems;
    this.#size = options.size ?? DESK;
    this.#hasScripts = options.hasScripts ?? true;
  }

  async open(path: string): Promise<number> {
    const answer = await this.page.goto(this.#server.origin + this.#server.base + path);
    return answer?.status() ?? 0;
  }

  async signIn(login: string, password: string): Promise<void> {
    await this.open('/sign-in');
    await this.page.fill('#login', login);
    await this.page.fill('#password', password);
    await this.page.click('main button[type="submit"]');
    await this.page.waitForURL((url) => !url.pathname.includes('/sign-in'));
  }

  assertClean(): void {
    assert.deepEqual(this.problems, [], `problems at ${this.page.url()}`);
  }

  async assertAccessible(rules: readonly string[] = []): Promise<void> {
    const session = await this.context.newCDPSession(this.page);
    const evaluate = async (expression: string): Promise<unknown> => {
      const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
        expression,
        awaitPromise: true,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined)
        throw new Error(exceptionDetails.exception?.description ?? 'axe failed');
      return result.value;
    };
    await evaluate(`${axe.source};undefined`);
    // Pages have no frames, and no rule of these tags reads style sheets.
    const speed = { preload: false, iframes: false, resultTypes: ['violations'] };
    const only = rules.length === 0 ? { type: 'tag', values: AXE_TAGS } : { type: 'rule', values: rules };
    const run = { runOnly: only, ...speed };
    const found = await evaluate(
      `axe.run(document, ${JSON.stringify(run)}).then((result) => result.violations.flatMap((violation) =>
        violation.nodes.map((node) => violation.id + ': ' + node.html.slice(0, 160) + ' ' +
          (node.any[0]?.message ?? node.all[0]?.message ?? node.none[0]?.message ?? ''))))`,
    );
    await session.detach();
    assert.deepEqual(found, [], `axe at ${this.page.url()}`);
  }

  async assertNarrow(width = 320): Promise<void> {
    await this.page.setViewportSize({ width, height: 800 });
    const wide = await this.page.evaluate(() => {
      const { scrollingElement } = document;
      const limit = scrollingElement?.clientWidth ?? 0;
      if ((scrollingElement?.scrollWidth ?? 0) <= limit) return [];
      return [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > limit + 0.5)
        .map((element) => element.outerHTML.slice(0, 120))
        .slice(0, 5);
    });
    await this.page.setViewportSize(this.#size);
    assert.deepEqual(wide, [], `sideways scroll at ${width} px at ${this.page.url()}`);
  }

  async assertGood(): Promise<void> {
    this.assertClean();
    if (this.#hasScripts && this.#server.base === '') await this.assertAccessible();
    await this.assertNarrow();
  }

  async shot(path: string, { isWhole = false }: { readonly isWhole?: boolean } = {}): Promise<void> {
    await this.page.evaluate(() => document.fonts.ready.then(() => undefined));
    await this.page.screenshot({ path, fullPage: isWhole, animations: 'disabled' });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
