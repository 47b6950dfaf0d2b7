import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JSX } from 'preact';
import { renderToString } from 'preact-render-to-string';
import type { ImportEntry, ImportId, ImportJob, ImportView } from '../../../models/imports/jobs/service.ts';
import {
  CONTACT_FIELDS,
  EVENT_FIELDS,
  IMPORT_STATES,
  REASONS,
} from '../../../models/imports/jobs/service.ts';
import { NO_PREFERENCES } from '../../../models/principals/preferences.ts';
import { toPrincipalId } from '../../../models/principals/service.ts';
import {
  ImportDonePage,
  ImportOverPage,
  ImportProgressPage,
  ImportStartPage,
  ImportStoppedPage,
  type UploadProblem,
} from '../../../web/pages/import.tsx';
import { ImportReviewPage, type ReviewData, type ReviewFilter } from '../../../web/pages/import-review.tsx';
import { fieldLabel } from '../../../web/pages/import-review-parts.tsx';
import type { PageContext } from '../../../web/site.ts';
import { openWords } from '../../../web/words.ts';

const HOSTILE = `<script>alert(1)</script>"'&\u202e</title>`;
const NOW = Math.floor(Date.UTC(2026, 10, 24, 12) / 1000);
const ID = 'a'.repeat(32) as ImportId;

const contextIn = (language: 'en' | 'de' | 'qps'): PageContext => ({
  words: openWords(language),
  base: '/day',
  person: { displayName: HOSTILE, login: HOSTILE, isAdmin: false },
  formToken: 'token',
  flash: { text: HOSTILE },
  preferences: NO_PREFERENCES,
  timeZone: 'Europe/Berlin',
  nowUtc: NOW,
  path: '/import',
  asset: (name) => `/day/assets/${name}`,
});

const job: ImportJob = {
  id: ID,
  owner: toPrincipalId('ann'),
  state: 'review',
  wish: null,
  fileName: HOSTILE,
  sha256: '',
  sizeBytes: 1_000_000,
  timeZone: null,
  createdUtc: NOW - 600,
  finishedUtc: NOW - 60,
  resumedUtc: NOW - 120,
  done: 936,
  total: 1561,
  atFile: HOSTILE,
  kept: 0,
};

const entry = (position: number, more: Partial<ImportEntry> = {}): ImportEntry => ({
  position,
  group: 0,
  component: 'VCARD',
  uid: HOSTILE,
  title: HOSTILE,
  file: `${HOSTILE}!${HOSTILE}`,
  line: 4118,
  tag: 'tag',
  bodyStart: 0,
  bodyBytes: 10,
  rawStart: 0,
  rawBytes: 0,
  verdict: 'look',
  reason: 'email',
  reasonText: HOSTILE,
  repairs: [],
  match: null,
  matchTitle: HOSTILE,
  differs: ['tel', 'photo', 'x-odd', 'details'].flatMap((field) => [
    { field, keep: '', other: HOSTILE },
    { field, keep: HOSTILE, other: HOSTILE },
    { field, keep: HOSTILE, other: '' },
  ]),
  choice: 'merge',
  result: { step: null, collection: null, name: null, formerEtag: null, etag: null, failure: HOSTILE },
  ...more,
});

const viewOf = (more: Partial<ImportView> = {}): ImportView => ({
  job,
  files: [{ name: HOSTILE, sizeBytes: 1, sha256: '' }],
  counts: { new: 1544, look: 17, here: 38, unreadable: 1, repaired: 2, chosen: 1563, chosenBytes: 900 },
  tally: { created: 1541, updated: 17, failed: 3, undone: 0, kept: 2 },
  groups: ['VCARD', 'VEVENT', 'VODD'].map((component, position) => ({
    position,
    name: HOSTILE,
    file: HOSTILE,
    component,
    target: position === 0 ? { kind: 'none' as const } : { kind: 'new' as const, name: HOSTILE },
    made: null,
    items: position + 1,
  })),
  tables: [
    {
      position: 0,
      file: HOSTILE,
      info: {
        kind: 'contacts',
        encoding: 'utf-8',
        delimiter: ',',
        skip: 0,
        header: [HOSTILE, HOSTILE, 'unused'],
        sample: [[HOSTILE, HOSTILE, '']],
        mapping: ['first', 'google.email.1.value', 'note'],
        used: [true, true, false],
        order: 'day-first',
      },
    },
  ],
  earlier: job,
  availableBytes: 1000,
  undoUntilUtc: NOW + 86_400,
  ...more,
});

const reviewOf = (filter: ReviewFilter | null, more: Partial<ReviewData> = {}): ReviewData => ({
  view: viewOf(),
  filter,
  parts: [
    {
      filter: 'look',
      items: [entry(1), entry(2, { component: 'VEVENT', title: '', matchTitle: '' })],
      count: 17,
    },
    {
      filter: 'unreadable',
      items: [
        entry(3, {
          verdict: 'repaired',
          reason: 'repaired',
          choice: 'import',
          repairs: ['end-before-start', 'bad-parameters'],
        }),
        ...REASONS.map((reason, at) => entry(10 + at, { verdict: 'unreadable', reason, choice: 'leave' })),
      ],
      count: 3,
    },
  ],
  places: [],
  previous: null,
  next: null,
  back: '',
  ...more,
});

/** Renders and looks at what every page must keep; gives the HTML. */
function whole(page: JSX.Element): string {
  const html = renderToString(page);
  assert.doesNotMatch(html, /<script>alert|<\/title>"|undefined|\[object|NaN/);
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
  assert.deepEqual(ids, [...new Set(ids)]);
  assert.doesNotMatch(html, / style=/);
  assert.equal(html.match(/<h1>/g)?.length, 1);
  assert.ok((html.match(/class="button primary"/g)?.length ?? 0) <= 1, 'one primary button');
  return html;
}

for (const language of ['en', 'de', 'qps'] as const)
  describe(`pages of imports in ${language}`, () => {
    const ctx = contextIn(language);

    test('the start, with every problem and every state in the list', () => {
      const tally = viewOf().tally;
      const past = IMPORT_STATES.map((state, at) => ({
        ...{ ...job, id: String(at).padStart(32, '0') as ImportId, state },
        ...{ tally, undoUntilUtc: null },
      }));
      for (const problem of [
        null,
        'too-large',
        'no-file',
        'too-many',
        'broken',
      ] as const satisfies readonly (UploadProblem | null)[])
        whole(
          ImportStartPage({
            ctx,
            data: { past, next: '/import?cursor=1', previous: '/import', maxBytes: 2e8, problem },
          }),
        );
      whole(
        ImportStartPage({
          ctx,
          data: { past: [], next: null, previous: null, maxBytes: 2e8, problem: null },
        }),
      );
    });

    test('progress of reading, comparing, importing and undoing', () => {
      for (const state of ['uploaded', 'reading', 'matching', 'applying', 'undoing'] as const)
        for (const wish of [null, 'stop'] as const)
          for (const total of [0, 1561]) {
            const html = whole(
              ImportProgressPage({ ctx, view: viewOf({ job: { ...job, state, wish, total } }) }),
            );
            assert.match(html, /data-state=/);
          }
    });

    test('the review in every shape', () => {
      const html = whole(ImportReviewPage({ ctx, data: reviewOf(null) }));
      assert.match(html, /1[,.]?563/);
      for (const filter of ['new', 'look', 'here', 'unreadable'] as const)
        whole(
          ImportReviewPage({
            ctx,
            data: reviewOf(filter, {
              parts: [{ filter, items: [entry(1, { verdict: 'here', reason: 'equal' })], count: 1 }],
              next: '/next',
              previous: '/previous',
              hasMoved: true,
            }),
          }),
        );
      const tight = whole(
        ImportReviewPage({ ctx, data: reviewOf(null, { view: viewOf({ availableBytes: 10 }) }) }),
      );
      assert.doesNotMatch(tight, /\/start"/);
    });

    test('a review of nothing says why and has no button', () => {
      const none = { new: 0, look: 0, here: 0, unreadable: 1, repaired: 0, chosen: 0, chosenBytes: 0 };
      for (const reason of ['password', 'empty-file', 'other-file', 'cut'] as const) {
        const parts = [
          {
            filter: 'unreadable' as const,
            items: [entry(1, { verdict: 'unreadable', reason, choice: 'leave' })],
            count: 1,
          },
        ];
        const html = whole(
          ImportReviewPage({
            ctx,
            data: reviewOf(null, {
              parts,
              view: viewOf({ counts: none, tables: [], groups: [], earlier: null }),
            }),
          }),
        );
        assert.doesNotMatch(html, /\/start"/);
      }
      const here = { ...none, unreadable: 0, here: 4 };
      whole(
        ImportReviewPage({
          ctx,
          data: reviewOf(null, {
            parts: [{ filter: 'new', items: [], count: 0 }],
            view: viewOf({ counts: here }),
          }),
        }),
      );
    });

    test('stopped, done, undone and failed', () => {
      const failed = [entry(1, { result: { ...entry(1).result, step: 'failed' } })];
      whole(ImportStoppedPage({ ctx, view: viewOf({ job: { ...job, state: 'stopped' } }) }));
      for (const items of [[], failed])
        for (const undoUntilUtc of [null, NOW + 60])
          whole(
            ImportDonePage({ ctx, view: viewOf({ job: { ...job, state: 'done' }, undoUntilUtc }), items }),
          );
      for (const state of ['undone', 'failed'] as const)
        whole(
          ImportOverPage({
            ctx,
            view: viewOf({ job: { ...job, state } }),
            items: state === 'undone' ? failed : [],
          }),
        );
    });

    test('every place for a column has a name of its own', () => {
      for (const fields of [CONTACT_FIELDS, EVENT_FIELDS]) {
        const names = fields.map((field) => fieldLabel(ctx, field));
        assert.deepEqual(names, [...new Set(names)]);
      }
    });
  });
