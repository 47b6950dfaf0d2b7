import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import { Precondition, Refusal } from '../../../models/errors.ts';
import { changeItem, removeItem } from '../../../models/ical/edit/change.ts';
import { newItem } from '../../../models/ical/edit/create.ts';
import { type ItemChange, readItem } from '../../../models/ical/edit/fields.ts';
import type { Repeat } from '../../../models/ical/edit/repeat.ts';
import { type Editing, openSeries, type Scope } from '../../../models/ical/edit/series.ts';
import type { TimeValue } from '../../../models/ical/edit/times.ts';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { validateObject } from '../../../models/ical/validate.ts';
import { localSeconds, parseDateTime } from '../../../models/ical/values.ts';
import { FLOATING } from '../../../models/ical/zones.ts';
import { calendar, corpus, event, LIMITS } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());
const editing: Editing = {
  runner,
  nowUtc: Date.UTC(2026, 10, 24, 12) / 1000,
  newUid: () => 'new-uid',
};
const ALL: Scope = { kind: 'all' };
const one = (at: string): Scope => ({ kind: 'one', at });
const following = (at: string): Scope => ({ kind: 'following', at });

function time(text: string, tzid: string | null = null): TimeValue {
  const value = parseDateTime(text);
  assert.ok(value !== null, text);
  return { isDate: value.isDate, isUtc: value.isUtc, local: localSeconds(value), tzid };
}
const berlin = (text: string): TimeValue => time(text, 'Europe/Berlin');

async function change(text: string, scope: Scope, wanted: ItemChange): Promise<string> {
  const { body } = await changeItem(editing, Buffer.from(text), scope, wanted);
  assert.ok(body !== null);
  validateObject(runner.parse(body), LIMITS);
  return Buffer.from(body).toString('utf8');
}

/** Starts of all occurrences up to 2030, with titles where they differ from the master's. */
async function dates(bytes: Uint8Array | string): Promise<readonly string[]> {
  const window = { startUtc: 0, endUtc: Date.UTC(2030, 0, 1) / 1000 };
  const found = await runner.expand(Buffer.from(bytes), window, { maxInstances: 5000, floating: FLOATING });
  return found.occurrences.map(
    ({ startUtc, endUtc }) =>
      `${new Date(startUtc * 1000).toISOString().slice(0, 16)}+${(endUtc - startUtc) / 60}`,
  );
}

/** Lines that are in only one of two texts, stamps apart. */
function differences(before: string, after: string): { gone: readonly string[]; come: readonly string[] } {
  const stamps = /^(DTSTAMP|LAST-MODIFIED|SEQUENCE)[:;]/;
  const lines = (text: string) => text.split('\r\n').filter((line) => !stamps.test(line));
  const [old, now] = [lines(before), lines(after)];
  const counts = new Map<string, number>();
  for (const line of old) counts.set(line, (counts.get(line) ?? 0) + 1);
  const come = now.filter((line) => {
    const count = counts.get(line) ?? 0;
    counts.set(line, count - 1);
    return count <= 0;
  });
  const gone = [...counts].flatMap(([line, count]) => (count > 0 ? [line] : []));
  return { gone, come };
}

const RICH = event(
  'DTSTART;TZID=Europe/Berlin;X-KEEP=1:20261103T090000',
  'DTEND;TZID=Europe/Berlin:20261103T093000',
  'SUMMARY;LANGUAGE=de:Besprechung',
  'DESCRIPTION;ALTREP="CID:part":Alt',
  'X-ALT-DESC;FMTTYPE=text/html:<b>Alt</b>',
  'LOCATION:Raum 1',
  'X-UNKNOWN;A="b:c":some\\, thing',
  'ATTACH:https://example.org/a.pdf',
  'ATTENDEE;CN=Wei;PARTSTAT=ACCEPTED:mailto:wei@example.org',
  'BEGIN:VALARM',
  'ACTION:DISPLAY',
  'TRIGGER:-PT15M',
  'X-WR-ALARMUID:1',
  'END:VALARM',
  'BEGIN:VALARM',
  'ACTION:EMAIL',
  'TRIGGER:-P1D',
  'END:VALARM',
);

const WEEKLY = calendar(
  'BEGIN:VEVENT',
  'UID:1@example.com',
  'DTSTAMP:20260101T000000Z',
  'DTSTART;TZID=Europe/Berlin:20261006T190000',
  'DTEND;TZID=Europe/Berlin:20261006T210000',
  'RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=TU',
  'EXDATE;TZID=Europe/Berlin:20261020T190000',
  'SUMMARY:Choir',
  'END:VEVENT',
  'BEGIN:VEVENT',
  'UID:1@example.com',
  'DTSTAMP:20260101T000000Z',
  'RECURRENCE-ID;TZID=Europe/Berlin:20261117T190000',
  'DTSTART;TZID=Europe/Berlin:20261118T190000',
  'DTEND;TZID=Europe/Berlin:20261118T210000',
  'SUMMARY:Choir',
  'END:VEVENT',
);

describe('one field of one event', () => {
  const cases: readonly (readonly [string, ItemChange, readonly string[], readonly string[]])[] = [
    [
      'title',
      { summary: 'Neu, ganz' },
      ['SUMMARY;LANGUAGE=de:Besprechung'],
      ['SUMMARY;LANGUAGE=de:Neu\\, ganz'],
    ],
    ['place', { location: '' }, ['LOCATION:Raum 1'], []],
    [
      'notes, with the HTML that says the same',
      { description: 'a\nb' },
      ['DESCRIPTION;ALTREP="CID:part":Alt', 'X-ALT-DESC;FMTTYPE=text/html:<b>Alt</b>'],
      ['DESCRIPTION:a\\nb'],
    ],
    [
      'time, keeping other parameters',
      { times: { start: berlin('20261103T100000'), end: berlin('20261103T103000') } },
      ['DTSTART;TZID=Europe/Berlin;X-KEEP=1:20261103T090000', 'DTEND;TZID=Europe/Berlin:20261103T093000'],
      ['DTSTART;TZID=Europe/Berlin;X-KEEP=1:20261103T100000', 'DTEND;TZID=Europe/Berlin:20261103T103000'],
    ],
    ['reminder', { reminder: 60 }, ['TRIGGER:-PT15M'], ['TRIGGER:-PT1H']],
    [
      'no reminder, the mail stays',
      { reminder: null },
      ['BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT15M', 'X-WR-ALARMUID:1', 'END:VALARM'],
      [],
    ],
    [
      'repeat',
      {
        repeat: {
          every: 'week',
          interval: 2,
          weekdays: [2],
          monthlyBy: 'date',
          end: { kind: 'count', count: 4 },
        },
      },
      [],
      ['RRULE:FREQ=WEEKLY;COUNT=4;INTERVAL=2;BYDAY=TU'],
    ],
    ['nothing at all', { summary: 'Besprechung', location: 'Raum 1', reminder: 15 }, [], []],
  ];
  for (const [name, wanted, gone, come] of cases)
    it(name, async () => {
      assert.deepEqual(differences(RICH, await change(RICH, ALL, wanted)), { gone, come });
    });

  it('leaves the bytes alone when nothing is different', async () => {
    assert.equal(await change(RICH, ALL, { summary: 'Besprechung' }), RICH);
  });

  it('says when it was changed', async () => {
    const text = await change(RICH, ALL, { summary: 'x' });
    assert.match(text, /\r\nDTSTAMP:20261124T120000Z\r\n/);
    assert.match(text, /\r\nLAST-MODIFIED:20261124T120000Z\r\n/);
    assert.match(text, /\r\nSEQUENCE:1\r\n/);
  });

  it('brings the zone it newly uses', async () => {
    const start = time('20261103T090000', 'America/New_York');
    const text = await change(RICH, ALL, { times: { start, end: { ...start, local: start.local + 1800 } } });
    assert.match(text, /BEGIN:VTIMEZONE\r\nTZID:America\/New_York\r\n/);
    assert.deepEqual(await dates(text), ['2026-11-03T14:00+30']);
  });

  it('makes an event last whole days and back', async () => {
    const text = await change(RICH, ALL, { times: { start: time('20261103'), end: time('20261105') } });
    assert.match(text, /\r\nDTSTART;VALUE=DATE:20261103\r\nDTEND;VALUE=DATE:20261105\r\n/);
    const back = await change(text, ALL, {
      times: { start: berlin('20261103T090000'), end: berlin('20261103T093000') },
    });
    assert.deepEqual(await dates(back), ['2026-11-03T08:00+30']);
  });

  it('keeps DURATION while the length stays, and an end in another zone', async () => {
    const lasting = event('DTSTART:20261103T090000Z', 'DURATION:PT1H', 'SUMMARY:a');
    const moved = { times: { start: time('20261104T090000Z'), end: time('20261104T100000Z') } };
    assert.deepEqual(differences(lasting, await change(lasting, ALL, moved)).come, [
      'DTSTART:20261104T090000Z',
    ]);
    const flight = event(
      'DTSTART;TZID=Europe/Berlin:20261103T090000',
      'DTEND;TZID=America/New_York:20261103T120000',
    );
    const later = { times: { start: berlin('20261103T100000'), end: berlin('20261103T190000') } };
    assert.deepEqual(differences(flight, await change(flight, ALL, later)).come, [
      'DTSTART;TZID=Europe/Berlin:20261103T100000',
      'DTEND;TZID=America/New_York:20261103T130000',
    ]);
  });

  it('keeps LF line ends and folds, and folds new lines at 75 octets', async () => {
    const text = RICH.replaceAll('\r\n', '\n').replace('some\\, thing', 'some\n  thing');
    const changed = await change(text, ALL, { summary: 'ä'.repeat(60) });
    assert.ok(!changed.includes('\r'));
    assert.ok(changed.includes('some\n  thing'));
    assert.ok(changed.split('\n').every((line) => Buffer.byteLength(line) <= 75));
  });

  it('keeps the bytes of a fold inside a character', async () => {
    const [head, tail] = event('DTSTART:20261103T090000Z', 'X-A:ü', 'SUMMARY:a').split('ü');
    const bytes = Buffer.concat([
      Buffer.from(`${head}`),
      Buffer.from([0xc3, 0x0d, 0x0a, 0x20, 0xbc]),
      Buffer.from(`${tail}`),
    ]);
    const { body } = await changeItem(editing, bytes, ALL, { summary: 'b' });
    assert.ok(body !== null && Buffer.from(body).includes(Buffer.from([0xc3, 0x0d, 0x0a, 0x20, 0xbc])));
    assert.ok(Buffer.from(body ?? []).includes('SUMMARY:b\r\n'));
  });
});

describe('tasks', () => {
  const TASK = calendar(
    'BEGIN:VTODO',
    'UID:1@example.com',
    'DTSTAMP:20260101T000000Z',
    'SUMMARY:Buy milk',
    'STATUS:NEEDS-ACTION',
    'X-APPLE-SORT-ORDER:7',
    'END:VTODO',
  );
  it('is done, and open again as before', async () => {
    const done = await change(TASK, ALL, { isDone: true });
    assert.deepEqual(differences(TASK, done), {
      gone: ['STATUS:NEEDS-ACTION'],
      come: ['STATUS:COMPLETED', 'COMPLETED:20261124T120000Z', 'PERCENT-COMPLETE:100'],
    });
    assert.deepEqual(differences(TASK, await change(done, ALL, { isDone: false })), { gone: [], come: [] });
  });
  it('gets due, priority and a reminder that counts from the due time', async () => {
    const text = await change(TASK, ALL, {
      due: berlin('20261201T170000'),
      priority: 1,
      reminder: 30,
      percent: 50,
    });
    assert.match(text, /\r\nDUE;TZID=Europe\/Berlin:20261201T170000\r\n/);
    assert.match(text, /\r\nPRIORITY:1\r\n/);
    assert.match(text, /\r\nTRIGGER;RELATED=END:-PT30M\r\n/);
    assert.match(text, /\r\nSTATUS:IN-PROCESS\r\n/);
  });
});

describe('one date of a series', () => {
  it('writes an override in the form of the series', async () => {
    const text = await change(WEEKLY, one('20261110T180000Z'), { summary: 'Choir with guests' });
    assert.match(text, /\r\nRECURRENCE-ID;TZID=Europe\/Berlin:20261110T190000\r\n/);
    assert.deepEqual(await dates(text), await dates(WEEKLY));
    assert.equal(text.match(/BEGIN:VEVENT/g)?.length, 3);
  });
  it('changes the override that is there already', async () => {
    const text = await change(WEEKLY, one('20261117T180000Z'), { summary: 'b' });
    assert.deepEqual(differences(WEEKLY, text), { gone: ['SUMMARY:Choir'], come: ['SUMMARY:b'] });
  });
  it('refuses a date the series does not have', async () => {
    await assert.rejects(change(WEEKLY, one('20261111T180000Z'), { summary: 'b' }), Refusal);
  });
  it('is removed by an EXDATE, its override with it', async () => {
    for (const [at, gone] of [
      ['20261110T180000Z', '2026-11-10T18:00+120'],
      ['20261117T180000Z', '2026-11-18T18:00+120'],
    ] as const) {
      const { body } = await removeItem(editing, Buffer.from(WEEKLY), one(at));
      assert.deepEqual(
        await dates(body ?? ''),
        (await dates(WEEKLY)).filter((date) => date !== gone),
      );
    }
  });
  it('leaves nothing when the last date goes', async () => {
    const single = event('DTSTART:20261103T090000Z', 'RRULE:FREQ=DAILY;COUNT=1');
    assert.equal((await removeItem(editing, Buffer.from(single), one('20261103T090000Z'))).body, null);
  });
});

describe('this date and later ones', () => {
  it('shares out the count, EXDATEs and overrides', async () => {
    const { body, other } = await changeItem(editing, Buffer.from(WEEKLY), following('20261110T180000Z'), {
      summary: 'Concert choir',
    });
    assert.ok(body !== null && other !== null);
    validateObject(runner.parse(body), LIMITS);
    validateObject(runner.parse(other.body), LIMITS);
    assert.match(Buffer.from(body).toString(), /RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5\r\n/);
    assert.match(Buffer.from(other.body).toString(), /RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5\r\n/);
    assert.deepEqual([...(await dates(body)), ...(await dates(other.body))], await dates(WEEKLY));
    assert.equal(
      Buffer.from(other.body)
        .toString()
        .match(/SUMMARY:Concert choir/g)?.length,
      2,
    );
    assert.equal(
      Buffer.from(other.body)
        .toString()
        .match(/UID:new-uid/g)?.length,
      2,
    );
  });
  it('ends before the date even where the clock skips the hour before it', async () => {
    const start = {
      isDate: false,
      isUtc: false,
      tzid: 'Europe/Berlin',
      local: Date.UTC(2028, 2, 19, 3) / 1000,
    };
    const bytes = series(start, {
      every: 'week',
      interval: 1,
      weekdays: [],
      monthlyBy: 'date',
      end: { kind: 'count', count: 3 },
    });
    const endless = Buffer.from(Buffer.from(bytes).toString().replace(';COUNT=3', ''));
    const { body, other } = await changeItem(editing, endless, following('20280326T010000Z'), {
      summary: 'b',
    });
    assert.match(Buffer.from(body ?? '').toString(), /UNTIL=20280326T005959Z/);
    assert.deepEqual(await dates(body ?? ''), ['2028-03-19T02:00+60']);
    assert.equal((await dates(other?.body ?? ''))[0], '2028-03-26T01:00+60');
  });
  it('from the first date on means all', async () => {
    const { other } = await changeItem(editing, Buffer.from(WEEKLY), following('20261006T170000Z'), {
      summary: 'b',
    });
    assert.equal(other, null);
  });
  it('removes them', async () => {
    const { body } = await removeItem(editing, Buffer.from(WEEKLY), following('20261103T180000Z'));
    assert.deepEqual(
      await dates(body ?? ''),
      (await dates(WEEKLY)).filter((date) => date < '2026-11-03'),
    );
  });
  it('ends all-day and floating series in their own form', async () => {
    const allDay = event('DTSTART;VALUE=DATE:20261103', 'RRULE:FREQ=DAILY');
    const cut = await removeItem(editing, Buffer.from(allDay), following('20261110'));
    assert.match(Buffer.from(cut.body ?? []).toString(), /RRULE:FREQ=DAILY;UNTIL=20261109\r\n/);
    const floating = event('DTSTART:20261103T090000', 'RRULE:FREQ=DAILY');
    const cut2 = await removeItem(editing, Buffer.from(floating), following('20261110T090000'));
    assert.match(Buffer.from(cut2.body ?? []).toString(), /RRULE:FREQ=DAILY;UNTIL=20261110T085959\r\n/);
  });
});

describe('all dates', () => {
  it('moves EXDATEs, overrides and the rule along', async () => {
    const text = await change(WEEKLY, ALL, {
      times: { start: berlin('20261007T200000'), end: berlin('20261007T223000') },
    });
    assert.match(text, /RRULE:FREQ=WEEKLY;COUNT=10;BYDAY=WE\r\n/);
    assert.match(text, /EXDATE;TZID=Europe\/Berlin:20261021T200000\r\n/);
    assert.match(text, /RECURRENCE-ID;TZID=Europe\/Berlin:20261118T200000\r\n/);
    const found = await dates(text);
    assert.equal(found.length, 9);
    assert.ok(found.includes('2026-11-18T18:00+120'), 'the date moved by hand stays where it was put');
    assert.ok(found.includes('2026-11-11T19:00+150'));
  });
  it('reaches overrides that said the same, not those with a word of their own', async () => {
    const own = WEEKLY.replace(/SUMMARY:Choir(\r\nEND:VEVENT\r\nEND:VCALENDAR)/, 'SUMMARY:Concert$1');
    assert.equal((await change(WEEKLY, ALL, { summary: 'x' })).match(/SUMMARY:x/g)?.length, 2);
    assert.equal((await change(own, ALL, { summary: 'x' })).match(/SUMMARY:x/g)?.length, 1);
  });
  it('keeps the last date when the time moves later', async () => {
    const until = event('DTSTART:20261103T090000Z', 'RRULE:FREQ=DAILY;UNTIL=20261105T090000Z');
    const text = await change(until, ALL, {
      times: { start: time('20261103T120000Z'), end: time('20261103T120000Z') },
    });
    assert.equal((await dates(text)).length, 3);
  });
  it('counts every second week from a first day that moves along', async () => {
    const biweekly = event('DTSTART:20260904T000000Z', 'RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3;BYDAY=MO,FR');
    const moved = { times: { start: time('20260903T234500Z'), end: time('20260903T234500Z') } };
    assert.deepEqual(await dates(await change(biweekly, ALL, moved)), [
      '2026-09-03T23:45+0',
      '2026-09-13T23:45+0',
      '2026-09-17T23:45+0',
    ]);
  });
  it('stops repeating, and drops strays of another rule', async () => {
    const single = await change(WEEKLY, ALL, { repeat: null });
    assert.deepEqual(await dates(single), ['2026-10-06T17:00+120']);
    const monthly: Repeat = {
      every: 'month',
      interval: 1,
      weekdays: [],
      monthlyBy: 'weekday',
      end: { kind: 'count', count: 3 },
    };
    const text = await change(WEEKLY, ALL, { repeat: monthly });
    assert.deepEqual(await dates(text), [
      '2026-10-06T17:00+120',
      '2026-11-03T18:00+120',
      '2026-12-01T18:00+120',
    ]);
    assert.equal(text.match(/BEGIN:VEVENT/g)?.length, 1);
  });
  it('refuses to move the days of a rule it does not show', async () => {
    const custom = event('DTSTART:20261103T090000Z', 'RRULE:FREQ=MONTHLY;BYDAY=1TU,3TU');
    const moved = { times: { start: time('20261104T090000Z'), end: time('20261104T090000Z') } };
    await assert.rejects(change(custom, ALL, moved), Refusal);
    const later = { times: { start: time('20261103T100000Z'), end: time('20261103T100000Z') } };
    assert.match(await change(custom, ALL, later), /RRULE:FREQ=MONTHLY;BYDAY=1TU,3TU\r\n/);
    const moving = event('DTSTART:20261031T090000Z', 'RRULE:RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD');
    await assert.rejects(change(moving, ALL, moved), Refusal);
  });
});

describe('new items', () => {
  it('hold what was asked for and can be stored', async () => {
    const body = newItem({
      component: 'VEVENT',
      uid: 'u',
      nowUtc: editing.nowUtc,
      fields: {
        summary: 'Dentist; Lea',
        location: 'Main St',
        times: { start: berlin('20261124T153000'), end: berlin('20261124T160000') },
        repeat: {
          every: 'year',
          interval: 1,
          weekdays: [],
          monthlyBy: 'date',
          end: { kind: 'until', day: localSeconds(parseDateTime('20281124') ?? assert.fail()) },
        },
        reminder: 30,
      },
    });
    validateObject(runner.parse(body), LIMITS);
    assert.deepEqual(await dates(body), [
      '2026-11-24T14:30+30',
      '2027-11-24T14:30+30',
      '2028-11-24T14:30+30',
    ]);
    const { series, reading } = openSeries(editing, body);
    assert.ok(series.master !== null);
    const fields = readItem(series.master, reading);
    assert.equal(fields.summary, 'Dentist; Lea');
    assert.equal(fields.reminder, 30);
    assert.equal(fields.repeat.kind, 'common');
  });
});

const anyRule = fc.record({
  every: fc.constantFrom('day', 'week', 'month', 'year'),
  interval: fc.integer({ min: 1, max: 3 }),
  weekdays: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 3 }),
  monthlyBy: fc.constantFrom('date', 'weekday'),
  end: fc.oneof(
    fc.constant({ kind: 'never' } as const),
    fc.record({ kind: fc.constant('count' as const), count: fc.integer({ min: 2, max: 40 }) }),
    fc.record({
      kind: fc.constant('until' as const),
      day: fc.integer({ min: 20_800, max: 21_500 }).map((day) => day * 86_400),
    }),
  ),
}) as fc.Arbitrary<Repeat>;
const anyStart = fc
  .tuple(
    fc.integer({ min: 20_700, max: 20_790 }),
    fc.integer({ min: 0, max: 95 }),
    fc.constantFrom('Europe/Berlin', 'America/New_York', 'UTC', null, 'date'),
  )
  .map(([day, quarter, zone]): TimeValue => {
    if (zone === 'date') return { isDate: true, isUtc: false, tzid: null, local: day * 86_400 };
    const local = day * 86_400 + quarter * 900;
    return { isDate: false, isUtc: zone === 'UTC', tzid: zone === 'UTC' ? null : zone, local };
  });

function series(start: TimeValue, repeat: Repeat): Uint8Array {
  const end = { ...start, local: start.local + (start.isDate ? 86_400 : 3600) };
  const fields = { summary: 'a', times: { start, end }, repeat };
  return newItem({ component: 'VEVENT', uid: 'u', nowUtc: 0, fields });
}

describe('any series', () => {
  it('has the same dates after it was split, whatever was removed and moved before', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyStart,
        anyRule,
        fc.nat(30),
        fc.nat(30),
        fc.nat(30),
        async (start, repeat, a, b, c) => {
          const window = { startUtc: 0, endUtc: Date.UTC(2030, 0, 1) / 1000 };
          const idsOf = async (bytes: Uint8Array) =>
            (
              await runner.expand(bytes, window, { maxInstances: 5000, floating: FLOATING })
            ).occurrences.flatMap((one) => one.recurrenceId ?? []);
          let bytes = series(start, repeat);
          const ids = await idsOf(bytes);
          const pick = (n: number) => ids[n % ids.length] ?? '';
          if (ids.length < 3) return;
          bytes = (await removeItem(editing, bytes, one(pick(a)))).body ?? bytes;
          if (pick(b) !== pick(a))
            bytes = (await changeItem(editing, bytes, one(pick(b)), { summary: 'moved' })).body ?? bytes;
          if (pick(c) === pick(a)) return;
          const before = await dates(bytes);
          const { body, other } = await changeItem(editing, bytes, following(pick(c)), { location: 'there' });
          validateObject(runner.parse(body ?? bytes), LIMITS);
          if (other === null) return;
          assert.deepEqual([...(await dates(body ?? '')), ...(await dates(other.body))], before);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('keeps its removed and moved dates when all move by hours or days', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyStart,
        anyRule,
        fc.nat(30),
        fc.integer({ min: -7, max: 7 }),
        async (start, repeat, a, by) => {
          // Days that some months lack come and go with the date itself.
          if (repeat.every === 'month' || repeat.every === 'year') return;
          // So do times in the hour that is skipped in spring.
          const small = start.isDate ? 0 : 4 * 3600;
          const shift = start.isDate ? by * 86_400 : by * 900;
          const early = Math.min(start.local % 86_400, (start.local + shift) % 86_400);
          if (early < small) return;
          const bytes = series(start, repeat);
          const delta = start.isDate ? by * 86_400 : by * 900;
          const at = await dates(bytes);
          const window = { startUtc: 0, endUtc: Date.UTC(2030, 0, 1) / 1000 };
          const all = await runner.expand(bytes, window, { maxInstances: 5000, floating: FLOATING });
          const id = all.occurrences[a % all.occurrences.length]?.recurrenceId ?? '';
          const less = (await removeItem(editing, bytes, one(id))).body;
          if (less === null || at.length < 2) return;
          const moved = { ...start, local: start.local + delta };
          const end = { ...moved, local: moved.local + (start.isDate ? 86_400 : 3600) };
          const { body } = await changeItem(editing, less, ALL, { times: { start: moved, end } });
          assert.ok(body !== null);
          if (repeat.end.kind !== 'never')
            assert.equal((await dates(body)).length, (await dates(less)).length);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('is read back as it was asked for', () => {
    fc.assert(
      fc.property(anyStart, anyRule, (start, repeat) => {
        const { series: read, reading } = openSeries(editing, series(start, repeat));
        assert.ok(read.master !== null);
        assert.equal(readItem(read.master, reading).repeat.kind, 'common');
      }),
    );
  });
});

describe('real files', () => {
  const stampless = (text: string) =>
    text.replace(/\r\n?|\n/g, '\n').replace(/^(DTSTAMP|LAST-MODIFIED|SEQUENCE)[:;].*\n(?:[ \t].*\n)*/gm, '');
  it('come back to the byte when a title is changed and changed back', async () => {
    let count = 0;
    for (const { name, bytes } of corpus(/\.ics$/)) {
      let open: ReturnType<typeof openSeries>;
      try {
        open = openSeries(editing, bytes);
        validateObject(open.parsed, LIMITS);
      } catch (error) {
        assert.ok(error instanceof Refusal || error instanceof Precondition, `${name}: ${error}`);
        continue;
      }
      const { master } = open.series;
      if (master === null || open.series.overrides.length > 0) continue;
      const { summary } = readItem(master, open.reading);
      if (summary === '') continue;
      const there = await changeItem(editing, bytes, ALL, { summary: `${summary} (x)` });
      const back = await changeItem(editing, there.body ?? bytes, ALL, { summary });
      const canonical = (text: string) =>
        stampless(text).replace(/^SUMMARY.*\n(?:[ \t].*\n)*/gm, 'SUMMARY\n');
      const [was, is] = [bytes.toString('utf8'), Buffer.from(back.body ?? []).toString('utf8')];
      assert.equal(canonical(is), canonical(was), name);
      const again = openSeries(editing, back.body ?? bytes);
      assert.ok(again.series.master !== null);
      assert.equal(readItem(again.series.master, again.reading).summary, summary, name);
      count += 1;
    }
    console.log(`  ${count} files`);
  });
});
