import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type CalendarDataRequest, type CompRequest, projectCalendar } from '../../../models/ical/project.ts';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { calendar, crlf, event, LIMITS, zoned } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

const utc = (text: string): number => Date.parse(text) / 1000;
const window = (start: string, end: string) => ({ startUtc: utc(start), endUtc: utc(end) });
const NOTHING: CalendarDataRequest = {
  comp: null,
  expand: null,
  limitRecurrenceSet: null,
  limitFreebusySet: null,
};

async function project(
  text: string,
  request: Partial<CalendarDataRequest>,
  zone: string | null = null,
): Promise<string> {
  const options = { floating: zoned(zone), maxInstances: 100 };
  const made = await projectCalendar(Buffer.from(text), { ...NOTHING, ...request }, runner, options);
  return typeof made === 'string' ? made : Buffer.from(made).toString('utf8');
}

const comp = (name: string, parts: Partial<CompRequest> = {}): CompRequest => ({
  name,
  allProps: false,
  props: [],
  allComps: false,
  comps: [],
  ...parts,
});
const props = (...names: readonly string[]) => names.map((name) => ({ name, noValue: false }));

const TIMEZONE = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:STANDARD',
  'DTSTART:19701025T030000',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'END:STANDARD',
  'END:VTIMEZONE',
];
const SERIES = calendar(
  ...TIMEZONE,
  'BEGIN:VEVENT',
  'UID:1@example.com',
  'DTSTAMP:20260101T000000Z',
  'SUMMARY:a long summary that is folded',
  '  in a place of its own',
  'DTSTART;TZID=Europe/Berlin:20250324T100000',
  'DTEND;TZID=Europe/Berlin:20250324T110000',
  'RRULE:FREQ=WEEKLY;COUNT=3',
  'EXDATE;TZID=Europe/Berlin:20250407T100000',
  'END:VEVENT',
  'BEGIN:VEVENT',
  'UID:1@example.com',
  'DTSTAMP:20260101T000000Z',
  'RECURRENCE-ID;TZID=Europe/Berlin:20250331T100000',
  'DTSTART;TZID=Europe/Berlin:20250331T150000',
  'DURATION:PT30M',
  'END:VEVENT',
);

test('nothing asked gives the very bytes', async () => {
  const bytes = Buffer.from(SERIES);
  assert.equal(
    await projectCalendar(bytes, NOTHING, runner, { floating: zoned(null), maxInstances: 1 }),
    bytes,
  );
});

describe('expand', () => {
  test('writes instances in UTC without rules and zones', async () => {
    assert.equal(
      await project(SERIES, { expand: window('2025-01-01', '2026-01-01') }),
      calendar(
        'BEGIN:VEVENT',
        'UID:1@example.com',
        'DTSTAMP:20260101T000000Z',
        'SUMMARY:a long summary that is folded',
        '  in a place of its own',
        'DTSTART:20250324T090000Z',
        'RECURRENCE-ID:20250324T090000Z',
        'DTEND:20250324T100000Z',
        'END:VEVENT',
        'BEGIN:VEVENT',
        'UID:1@example.com',
        'DTSTAMP:20260101T000000Z',
        'DTSTART:20250331T130000Z',
        'RECURRENCE-ID:20250331T080000Z',
        'DURATION:PT30M',
        'END:VEVENT',
      ),
    );
  });
  test('keeps alarms, puts other times in UTC and leaves single events without a RECURRENCE-ID', async () => {
    const lines = [
      'BEGIN:VALARM',
      'TRIGGER:-PT5M',
      'END:VALARM',
      'X-DUE;X-A=1;TZID=Europe/Berlin:20250701T100000',
    ];
    assert.equal(
      await project(event('DTSTART;TZID=Europe/Berlin:20250701T100000', ...lines), {
        expand: window('2025-07-01', '2025-07-02'),
      }),
      event(
        'DTSTART:20250701T080000Z',
        'BEGIN:VALARM',
        'TRIGGER:-PT5M',
        'END:VALARM',
        'X-DUE;X-A=1:20250701T080000Z',
      ),
    );
  });
  test('leaves days as days and floating times floating', async () => {
    const days = event(
      'DTSTART;VALUE=DATE:20250701',
      'DTEND;VALUE=DATE:20250702',
      'RRULE:FREQ=DAILY;COUNT=2',
    );
    const made = await project(
      days,
      { expand: window('2025-07-02T00:00Z', '2025-07-03') },
      'America/New_York',
    );
    assert.equal(
      made.includes(
        'DTSTART;VALUE=DATE:20250702\r\nRECURRENCE-ID;VALUE=DATE:20250702\r\nDTEND;VALUE=DATE:20250703\r\n',
      ),
      true,
    );
    const floating = event('DTSTART:20250701T100000', 'RRULE:FREQ=DAILY;COUNT=1');
    assert.match(
      await project(floating, { expand: window('2025-07-01', '2025-07-02') }, 'Asia/Tokyo'),
      /DTSTART:20250701T100000\r\n/,
    );
  });
  test('writes the end of a length in days, which UTC does not know', async () => {
    const text = event('DTSTART;TZID=Europe/Berlin:20250329T120000', 'DURATION:P1D');
    assert.match(
      await project(text, { expand: window('2025-03-01', '2025-04-01') }),
      /DTEND:20250330T100000Z\r\n/,
    );
  });
  test('refuses too many instances', async () => {
    const text = event('DTSTART:20250101T000000Z', 'RRULE:FREQ=DAILY');
    await assert.rejects(project(text, { expand: window('2025-01-01', '9999-01-01') }), {
      code: 'max-instances',
    });
  });
  test('leaves an empty calendar outside the window', async () => {
    assert.equal(await project(SERIES, { expand: window('2020-01-01', '2020-01-02') }), calendar());
  });
});

test('limit-recurrence-set leaves out overrides far from the window', async () => {
  const near = await project(SERIES, { limitRecurrenceSet: window('2025-03-31', '2025-04-01') });
  assert.equal(near, SERIES);
  const far = await project(SERIES, { limitRecurrenceSet: window('2025-03-24', '2025-03-25') });
  assert.equal(far, `${SERIES.slice(0, SERIES.lastIndexOf('BEGIN:VEVENT'))}END:VCALENDAR\r\n`);
});

test('limit-freebusy-set leaves out periods', async () => {
  const busy = (...lines: readonly string[]): string =>
    calendar('BEGIN:VFREEBUSY', 'UID:1', ...lines, 'END:VFREEBUSY');
  const text = busy(
    'FREEBUSY;FBTYPE=BUSY:20250101T100000Z/PT1H,20250201T100000Z/PT1H',
    'FREEBUSY:20250301T100000Z/PT1H',
  );
  assert.equal(
    await project(text, { limitFreebusySet: window('2025-02-01', '2025-02-02') }),
    busy('FREEBUSY;FBTYPE=BUSY:20250201T100000Z/PT1H'),
  );
});

describe('parts', () => {
  test('keeps the properties asked for and a component that is only named', async () => {
    const request = comp('VCALENDAR', {
      props: props('VERSION'),
      comps: [
        comp('VEVENT', { props: [...props('UID', 'SUMMARY'), { name: 'DTSTART', noValue: true }] }),
        comp('VTIMEZONE'),
      ],
    });
    assert.equal(
      await project(SERIES, { comp: request }),
      crlf(
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        ...TIMEZONE,
        'BEGIN:VEVENT',
        'UID:1@example.com',
        'SUMMARY:a long summary that is folded',
        '  in a place of its own',
        'DTSTART;TZID=Europe/Berlin:',
        'END:VEVENT',
        'BEGIN:VEVENT',
        'UID:1@example.com',
        'DTSTART;TZID=Europe/Berlin:',
        'END:VEVENT',
        'END:VCALENDAR',
      ),
    );
  });
  test('allprop and allcomp keep everything', async () => {
    assert.equal(
      await project(SERIES, { comp: comp('VCALENDAR', { allProps: true, allComps: true }) }),
      SERIES,
    );
    assert.equal(await project(SERIES, { comp: comp('VCALENDAR') }), SERIES);
  });
  test('go with expand', async () => {
    const request = comp('VCALENDAR', { comps: [comp('VEVENT', { props: props('DTSTART') })] });
    assert.equal(
      await project(SERIES, { expand: window('2025-03-24', '2025-03-25'), comp: request }),
      crlf('BEGIN:VCALENDAR', 'BEGIN:VEVENT', 'DTSTART:20250324T090000Z', 'END:VEVENT', 'END:VCALENDAR'),
    );
  });
});
