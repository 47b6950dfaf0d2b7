import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { toDeviceId } from '../../../models/devices/service.ts';
import { NO_PREFERENCES } from '../../../models/principals/preferences.ts';
import type { Difference, FieldValue } from '../../../models/versions/difference.ts';
import { toCollectionId } from '../../../models/versions/service.ts';
import { ConflictsPage } from '../../../web/pages/conflicts.tsx';
import { ComparePage, type HistoryEntry, HistoryPage } from '../../../web/pages/history.tsx';
import { MomentPage } from '../../../web/pages/moment.tsx';
import { BulkPage, type TrashBurst, type TrashItem, TrashPage } from '../../../web/pages/trash.tsx';
import { fieldsText, fieldText, valueText } from '../../../web/parts/fields.ts';
import type { PageContext } from '../../../web/site.ts';
import { type Language, openWords } from '../../../web/words.ts';
import { HOSTILE_STRINGS } from '../../support/hostile-strings.ts';

const NOW = 1_795_600_000;

const context = (language: Language): PageContext => ({
  words: openWords(language),
  base: '/day',
  person: { displayName: 'Ann', login: 'ann', isAdmin: false },
  formToken: 'token',
  flash: null,
  preferences: NO_PREFERENCES,
  timeZone: 'Europe/Berlin',
  nowUtc: NOW,
  path: '/trash',
  asset: (name) => `/day/assets/${name}`,
});

const value = (text: string, more: Partial<FieldValue> = {}): FieldValue => ({
  ...{ text, label: null, when: null, zone: null },
  ...more,
});

function pages(ctx: PageContext, evil: string): readonly (readonly [string, JSX.Element])[] {
  const doer = { deviceName: evil, isDevice: true, isPerson: true };
  const item: TrashItem = {
    ...{ version: 5, collection: 7, name: evil.replace(/\p{Surrogate}/gu, '') || 'a', component: 'VEVENT' },
    ...{ title: evil, place: evil, endedUtc: NOW - 90, ...doer },
  };
  const burst: TrashBurst = {
    ...{ collection: 7, device: evil, place: evil, sinceUtc: NOW - 100, untilUtc: NOW - 60, count: 212 },
    ...{ first: [{ component: 'VCARD', title: evil }], ...doer },
  };
  const collection = {
    id: 9,
    kind: 'calendar',
    displayName: evil,
    deletedUtc: NOW - 5,
    objectCount: 1,
  } as const;
  const notice = {
    ...{
      id: 1,
      collection: toCollectionId(7),
      collectionName: evil,
      device: toDeviceId(evil),
      deviceName: evil,
    },
    ...{ sinceUtc: NOW - 100, untilUtc: NOW - 60, count: 212 },
  };
  const trash = {
    ...{ days: 30, holds: null, device: evil, devices: [{ id: evil, name: evil }], entries: [item, burst] },
    ...{ total: 213, collections: [collection], conflicts: true, page: 1, hasNext: true },
  };
  const nothing = {
    ...trash,
    entries: [],
    total: 0,
    collections: [],
    notices: [],
    device: null,
    devices: [],
  };
  const different: readonly Difference[] = [
    {
      component: 'VEVENT',
      of: null,
      field: 'summary',
      before: [value(evil)],
      after: [value('x', { label: evil })],
    },
    {
      component: 'VEVENT',
      of: value('', { when: evil }),
      field: evil,
      before: [],
      after: [value(evil, { zone: evil })],
    },
    {
      component: 'VEVENT',
      of: null,
      field: 'rrule',
      before: [value(evil)],
      after: [value('FREQ=WEEKLY;BYDAY=MO')],
    },
    { component: 'VEVENT', of: null, field: 'photo', before: [value('', { label: '900' })], after: [] },
  ];
  const entry = (how: HistoryEntry['how'], id: number): HistoryEntry => ({
    ...{
      id,
      how,
      endedUtc: NOW - id,
      isRestored: id === 3,
      changed: how === 'update' ? different : null,
      ...doer,
    },
  });
  const history = {
    ...{ collection: 7, name: item.name, component: 'VEVENT', title: evil, days: 90, trashDays: 30 },
    ...{ currentUtc: NOW - 9, href: '/calendar' },
    entries: [entry('update', 1), entry('refused', 2), entry('delete', 3), entry('move', 4)],
  };
  const compare = { ...history, entry: entry('refused', 2), differences: different, isSame: false };
  const moment = {
    ...{ places: [{ id: 7, name: evil }], place: evil, day: evil, time: evil, oldestUtc: NOW - 900 },
    isWrong: false,
    plan: {
      momentUtc: NOW - 100,
      rows: [{ collection: 7, displayName: evil, back: 3, changed: 2, gone: 1 }],
    },
  };
  const bulk = {
    days: 30,
    burst,
    items: [item],
    href: '/trash/bulk',
    isFirst: false,
    next: '/trash/bulk?cursor=1',
  };
  return [
    ['trash', TrashPage({ ctx: { ...ctx, notices: [notice] }, data: trash })],
    ['empty trash', TrashPage({ ctx, data: nothing })],
    ['filtered trash', TrashPage({ ctx, data: { ...nothing, holds: 'calendar' } })],
    ['bulk', BulkPage({ ctx, data: bulk })],
    [
      'empty bulk',
      BulkPage({ ctx, data: { ...bulk, items: [], burst: { ...burst, count: 0 }, next: null } }),
    ],
    ['history', HistoryPage({ ctx, data: history })],
    ['deleted', HistoryPage({ ctx, data: { ...history, currentUtc: null, href: null } })],
    ['no history', HistoryPage({ ctx, data: { ...history, entries: [] } })],
    ['conflict', ComparePage({ ctx, data: compare })],
    ['same', ComparePage({ ctx, data: { ...compare, entry: entry('update', 1), isSame: true } })],
    ['technical', ComparePage({ ctx, data: { ...compare, differences: [], currentUtc: null } })],
    ['conflicts', ConflictsPage({ ctx, data: { days: 90, items: [item], isFirst: true, next: '5' } })],
    ['no conflicts', ConflictsPage({ ctx, data: { days: 90, items: [], isFirst: true, next: null } })],
    ['moment', MomentPage({ ctx, data: moment })],
    ['wrong moment', MomentPage({ ctx, data: { ...moment, isWrong: true, plan: null } })],
    ['same moment', MomentPage({ ctx, data: { ...moment, plan: { momentUtc: 1, rows: [] } } })],
  ];
}

describe('pages that bring things back', () => {
  test('hostile titles, devices, places and values are text in every state of every page', () => {
    for (const evil of HOSTILE_STRINGS)
      for (const [name, page] of pages(context('en'), evil)) {
        const html = renderToString(page).replace(/<script type="module"[^>]*><\/script>/g, '');
        assert.doesNotMatch(
          html,
          /<script|<img|<iframe|<object|<embed|<base|<style|<form action="https/i,
          name,
        );
        for (const [, attributes = ''] of html.matchAll(
          /<[a-z][\w-]*((?:\s+[\w:-]+(?:="[^"]*")?)*)\s*\/?>/gi,
        ))
          assert.doesNotMatch(attributes.replace(/="[^"]*"/g, ''), /(^|\s)(on\w+|style|srcdoc)(\s|$)/i, name);
        for (const [, address = ''] of html.matchAll(/\s(?:href|action|src)="([^"]*)"/g))
          assert.match(address, /^(\/day\/|#)/, `${name} leads to ${address}`);
      }
  });

  test('ids are unique, every label has its field, every name has words in every language', () => {
    for (const language of ['en', 'de', 'qps'] as const)
      for (const [name, page] of pages(context(language), 'Dentist')) {
        const html = renderToString(page);
        const ids = [...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = '']) => id);
        assert.deepEqual(ids, [...new Set(ids)], name);
        for (const [, id = ''] of html.matchAll(/<label for="([^"]+)"/g))
          assert.ok(ids.includes(id), `${name} ${id}`);
        for (const [, list = ''] of html.matchAll(/aria-(?:describedby|labelledby)="([^"]+)"/g))
          for (const id of list.split(' ')) assert.ok(ids.includes(id), `${name} describes by ${id}`);
        assert.equal([...html.matchAll(/<h1/g)].length, 1, name);
        assert.doesNotMatch(html.replace(/<body [^>]*>/, ''), /\{[a-z]+\}/i, name);
      }
  });

  test('fields and values are said in words', () => {
    const ctx = context('en');
    const say = (field: string, of: FieldValue) => valueText(ctx, field, of);
    assert.equal(say('dtstart', value('', { when: '2026-11-24' })), 'Tuesday, November 24, 2026');
    const nine = '2026-11-24T09:00:00';
    assert.equal(say('dtstart', value('', { when: nine, zone: 'Europe/Berlin' })), 'Nov 24, 2026, 9:00 AM');
    assert.equal(say('dtstart', value('', { when: nine, zone: 'UTC' })), 'Nov 24, 2026, 10:00 AM');
    assert.equal(
      say('dtstart', value('', { when: nine, zone: 'America/New_York' })),
      'Nov 24, 2026, 9:00 AM, America/New_York',
    );
    assert.equal(
      say('rrule', value('FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH')),
      'Every 2 weeks on Tuesday and Thursday',
    );
    assert.equal(say('rrule', value('FREQ=MONTHLY;COUNT=3')), 'Every month, 3 times');
    assert.equal(
      say('rrule', value('FREQ=YEARLY;UNTIL=20301224T000000Z')),
      'Every year, until December 24, 2030',
    );
    assert.equal(say('rrule', value('FREQ=SECONDLY')), 'By a rule of its own');
    assert.equal(say('valarm', value('-PT30M')), '30 minutes before');
    assert.equal(say('valarm', value('-P1D')), '1 day before');
    assert.equal(say('valarm', value('PT5M')), 'PT5M');
    assert.equal(say('status', value('CANCELLED')), 'cancelled');
    assert.equal(say('tel', value('+49 151', { label: 'cell work' })), '+49 151 (mobile, work)');
    assert.equal(say('photo', value('', { label: '2100' })), 'a file of 2 kB');
    const of = (field: string): Difference => ({
      component: 'VEVENT',
      of: null,
      field,
      before: [],
      after: [],
    });
    assert.equal(fieldText(ctx, of('x-thing')), 'Other: x-thing');
    assert.equal(fieldsText(ctx, []), null);
    const many = ['summary', 'location', 'dtstart', 'dtend', 'url', 'status'].map(of);
    assert.equal(fieldsText(ctx, many), 'Title, Place, Start, End and 2 more');
  });
});
