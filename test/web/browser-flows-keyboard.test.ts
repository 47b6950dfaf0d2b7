import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeFamily, PASSWORD } from '../shots/family.ts';
import { flows, runningClock, type Walk } from '../support/flows.ts';

const clock = runningClock('2026-11-24T09:00:00Z');

/** Where the focus stands, and how it can be seen. */
interface Focus {
  readonly name: string;
  readonly selector: string;
  readonly isSeen: boolean;
  readonly isMarked: boolean;
  readonly isPrimary: boolean;
  readonly order: number;
}

function focusOf({ page }: Walk): Promise<Focus> {
  return page.evaluate(() => {
    const element = document.activeElement ?? document.body;
    const box = element.getBoundingClientRect();
    // Choices whose input lies under its label show the focus on the label.
    const shown = element.matches('.segmented input') ? (element.nextElementSibling ?? element) : element;
    const style = getComputedStyle(shown);
    const framed = [element, element.parentElement].some(
      (each) => each !== null && getComputedStyle(each).outlineStyle !== 'none',
    );
    return {
      name: (element.getAttribute('aria-label') ?? element.textContent ?? '').trim().slice(0, 60),
      selector: `${element.tagName.toLowerCase()}#${element.id}.${element.className}`,
      isSeen: box.width > 0 && box.height > 0,
      isMarked: (style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2) || framed,
      isPrimary: element.matches('main .button.primary'),
      order: [...document.querySelectorAll('*')].indexOf(element),
    };
  });
}

/** Tabs through the page until the primary action has the focus; every stop is seen and marked, in the order of the page. */
async function tabToPrimary(walk: Walk): Promise<number> {
  let last = -1;
  for (let stops = 1; stops <= 120; stops += 1) {
    await walk.page.keyboard.press('Tab');
    const focus = await focusOf(walk);
    assert.ok(focus.isSeen, `${focus.selector} has the focus and is not seen at ${walk.path}`);
    assert.ok(focus.isMarked, `${focus.selector} has the focus without a mark at ${walk.path}`);
    assert.ok(focus.order > last, `the focus goes back to ${focus.selector} at ${walk.path}`);
    last = focus.order;
    if (focus.isPrimary) return stops;
  }
  throw new Error(`no primary action at ${walk.path}`);
}

const PAGES: readonly (readonly [string, RegExp])[] = [
  ['/', /^\/admin\/people\/add/],
  ['/admin/people', /^\/admin\/people\/add/],
  ['/calendar?view=agenda&date=2026-11-01', /^\/calendar\/new/],
  ['/calendar?view=tasks', /^\/calendar\/new\?kind=task/],
  ['/contacts', /^\/contacts\/new/],
];

flows(
  'the keyboard alone',
  {
    bases: [''],
    hasUser: false,
    surroundings: { clock },
    furnish: async (server) => void (await makeFamily(server, clock)),
  },
  (stage) => {
    test('signs in, and reaches and presses the primary action of each page', async () => {
      const { walk } = stage();
      const mara = await walk();
      await mara.open('/sign-in');
      assert.equal(await mara.focused(), 'login');
      await mara.page.keyboard.type('mara');
      await mara.page.keyboard.press('Tab');
      await mara.page.keyboard.type(PASSWORD);
      await mara.key('Enter');
      for (const [path, leads] of PAGES) {
        await mara.open(path);
        await tabToPrimary(mara);
        await mara.key('Enter');
        assert.match(mara.path, leads);
      }
      await mara.close();
    });

    test('the first stop skips to the content', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await mara.open('/contacts');
      await mara.page.keyboard.press('Tab');
      const first = await focusOf(mara);
      assert.match(first.selector, /skip/);
      assert.ok(first.isMarked);
      await mara.page.keyboard.press('Enter');
      await mara.page.keyboard.press('Tab');
      const inside = await mara.page.evaluate(() => document.activeElement?.closest('main') !== null);
      assert.equal(inside, true);
      await mara.close();
    });

    test('forms are filled and sent by keys; the result has the focus, and Undo is the next stop', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await mara.open('/contacts');
      await mara.key('n');
      assert.equal(await mara.focused(), 'given');
      await mara.page.keyboard.type('Keyla');
      await mara.page.keyboard.press('Tab');
      await mara.page.keyboard.type('Board');
      await mara.key('Control+Enter');
      await mara.assertDone('Keyla Board added.');
      const danger = mara.page.locator('details.confirm summary').last();
      await danger.focus();
      await mara.page.keyboard.press('Enter');
      await mara.page.keyboard.press('Escape');
      assert.equal(await danger.evaluate((summary) => summary.parentElement?.hasAttribute('open')), false);
      await mara.page.keyboard.press('Enter');
      await mara.page.keyboard.press('Tab');
      assert.equal((await focusOf(mara)).name, 'Delete Keyla Board');
      await mara.key('Enter');
      await mara.assertDone('Keyla Board deleted.');
      await mara.page.keyboard.press('Tab');
      assert.equal((await focusOf(mara)).name, 'Undo');
      await mara.key('Enter');
      await mara.assertDone(/brought back|Keyla Board/);
      await mara.close();
    });

    test('rows are walked and opened by keys', async () => {
      const { walkAs } = stage();
      const mara = await walkAs('mara');
      await mara.open('/admin/people');
      await mara.page.keyboard.press('j');
      await mara.page.keyboard.press('j');
      await mara.page.keyboard.press('k');
      await mara.key('Enter');
      assert.match(mara.path, /^\/admin\/people\/.+/);
      for (const [key, path] of [
        ['k', /^\/contacts/],
        ['h', /^\/admin\/health/],
        ['p', /^\/admin\/people/],
        ['o', /^\/$/],
      ] as const) {
        await mara.page.keyboard.press('g');
        await mara.key(key);
        assert.match(mara.path, path);
      }
      await mara.close();
    });
  },
);
