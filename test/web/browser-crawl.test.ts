import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { HtmlValidate } from 'html-validate';
import { type Family, liveThrough, makeFamily, PASSWORD } from '../shots/family.ts';
import { testClock } from '../support/app.ts';
import { openBrowser, PHONE, type Tab, type TabOptions, type TestBrowser } from '../support/browser.ts';
import { crawl, formOf, type Reached, type Visited } from '../support/crawl.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const STARTS = [
  '/',
  '/connect',
  '/calendar',
  '/calendar?view=week',
  '/calendar?view=agenda',
  '/contacts',
  '/import',
  '/more',
  '/trash',
  '/account',
];
const ADMIN_STARTS = ['/admin/people', '/admin/activity', '/admin/health', '/admin/settings'];

/** Rules of axe about colours and sizes. */
const LOOKS = ['color-contrast', 'target-size'];

/** What the grammar of HTML says, without opinions on style. */
const GRAMMAR = new HtmlValidate({
  extends: ['html-validate:document'],
  rules: {
    'no-dup-id': 'error',
    'no-dup-attr': 'error',
    'close-order': 'error',
    'element-permitted-content': 'error',
    'element-permitted-parent': 'error',
    'element-permitted-order': 'error',
    'element-required-content': 'error',
    'element-required-attributes': 'error',
    'attribute-allowed-values': 'error',
    'no-unknown-elements': 'error',
    'form-dup-name': 'off',
    'long-title': 'off',
    'require-sri': 'off',
  },
});

function grammarOf(html: string): readonly string[] {
  const { results } = GRAMMAR.validateStringSync(html);
  return results.flatMap(({ messages }) =>
    messages.map(
      (message) =>
        `${message.ruleId}: ${message.message} at ${html.slice(message.offset - 40, message.offset + 60)}`,
    ),
  );
}

async function livedIn(server: TestServer, clock: ReturnType<typeof testClock>): Promise<Family> {
  const family = await makeFamily(server, clock);
  await liveThrough(family, '2026-11-23T06:00:00Z', []);
  const speaker = { owner: 'mara', password: PASSWORD, agent: 'curl/8' };
  await family.dav(speaker, 'DELETE', '/dav/addressbooks/mara/contacts/n3.vcf');
  await family.dav(speaker, 'DELETE', '/dav/calendars/mara/office/planning.ics');
  return family;
}

describe('every page that a link leads to', async () => {
  const clock = testClock('2026-11-22T06:00:00Z');
  let browser: TestBrowser | null = null;
  let root: TestServer;
  let sub: TestServer;
  const found: Reached[] = [];
  const browsing = async (server: TestServer, options: TabOptions, login = 'mara'): Promise<Tab | null> => {
    if (browser === null) return null;
    const tab = await browser.tab(server, options);
    await tab.signIn(login, PASSWORD);
    return tab;
  };
  before(async () => {
    browser = await openBrowser();
    if (browser === null) return;
    root = await startTestServer({ hasUser: false, surroundings: { clock } });
    await livedIn(root, clock);
    sub = await startTestServer({ base: '/sub/path', hasUser: false, surroundings: { clock } });
    clock.set('2026-11-22T06:00:00Z');
    await livedIn(sub, clock);
  });
  after(async () => {
    await browser?.close();
    await root?.stop();
    await sub?.stop();
  });

  /** Everything that is wrong on the way, so that one run shows all. */
  const walk = async (
    tab: Tab,
    server: TestServer,
    look: (page: Visited) => Promise<void>,
    starts: readonly string[],
    perForm = 2,
  ): Promise<readonly Reached[]> => {
    const wrong: string[] = [];
    const visit = async (page: Visited): Promise<void> => {
      try {
        await look(page);
      } catch (error) {
        wrong.push(`${page.path}: ${error instanceof Error ? error.message.slice(0, 1500) : error}`);
      }
    };
    const reached = await crawl(tab, starts, { base: server.base, visit, perForm });
    const broken = reached.filter(({ status }) => status !== 200 && status !== 303);
    assert.deepEqual(
      broken.map((one) => `${one.status} at ${one.path} linked from ${one.from}`),
      [],
    );
    assert.deepEqual(wrong, []);
    tab.assertClean();
    return reached;
  };

  test('keeps the policy, the grammar and WCAG, and fits 320 px', async () => {
    const tab = await browsing(root, {});
    if (tab === null) return;
    const reached = await walk(
      tab,
      root,
      async ({ html, isFirst }) => {
        assert.deepEqual(grammarOf(html), []);
        assert.equal(await tab.page.locator('h1').count(), 1);
        // The second page of a form has the same elements with other names in them.
        if (isFirst) await tab.assertAccessible();
        await tab.assertNarrow();
      },
      [...STARTS, ...ADMIN_STARTS],
    );
    found.push(...reached);
    process.stdout.write(
      `${reached.length} addresses, ${new Set(reached.map((one) => formOf(one.path))).size} forms\n`,
    );
    await tab.close();
  });

  test('is as good below a sub-path in German, in the dark on a phone', async () => {
    const tab = await browsing(sub, { language: 'de', scheme: 'dark', size: PHONE });
    if (tab === null) return;
    const reached = await walk(
      tab,
      sub,
      async () => {
        assert.equal(await tab.page.locator('html').getAttribute('lang'), 'de');
        // All that the dark and the phone can change; everything else is the same elements as on a desk.
        await tab.assertAccessible(LOOKS);
        await tab.assertNarrow();
      },
      [...STARTS, ...ADMIN_STARTS],
      1,
    );
    assert.ok(reached.length > 20, `only ${reached.length} addresses`);
    await tab.close();
  });

  test('works without scripts, for somebody who is no administrator', async () => {
    const tab = await browsing(root, { hasScripts: false }, 'jonas');
    if (tab === null) return;
    const reached = await walk(
      tab,
      root,
      async () => {
        assert.equal(await tab.page.locator('h1').count(), 1);
      },
      STARTS,
      1,
    );
    assert.deepEqual(
      reached.filter(({ path }) => path.startsWith('/admin')),
      [],
    );
    await tab.close();
  });

  test('has no text that was never given to translators', async () => {
    const tab = await browsing(root, { language: 'qps' }, 'oma');
    if (tab === null) return;
    await walk(
      tab,
      root,
      async () => {
        const texts = await tab.page.evaluate(() => {
          const seen: string[] = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
            const parent = node.parentElement;
            if (parent?.closest('code, pre, script, style, time, [lang], .data, bdi') === null)
              seen.push(node.textContent ?? '');
          }
          return seen;
        });
        const plain = texts.filter(
          (text) => !/[[\]·]/.test(text) && /[a-z]{3,}/.test(text) && !KNOWN.test(text.trim()),
        );
        assert.deepEqual([...new Set(plain)], []);
      },
      STARTS,
      1,
    );
    await tab.close();
  });
});

/** Names of people and things, dates that `Intl` writes, units: no words of ours. */
const KNOWN =
  /^(Helga Klein|oma|Daybook|.*(Mon|Tue|Wed|Thu|Fri|Sat|Sun|January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b.*|.*(ago|yesterday|now|in \d+).*|[\d.,]+ ?(byte|kB|MB|GB|k|m)s?|Calendar|Tasks|Contacts|calendar|contacts|tasks|Europe\/Berlin|https?:.*|DAVx5.*|Thunderbird|Evolution|iPhone.*|iPad|Mac|macOS|iOS|Android|Deutsch|English|vdirsyncer|Outlook.*|.*@.*)$/i;
