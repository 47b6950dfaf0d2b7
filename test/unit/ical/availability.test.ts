import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { availabilityOf, unavailableTime, without } from '../../../models/ical/availability.ts';
import { mergeBusy } from '../../../models/ical/freebusy.ts';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { validateObject } from '../../../models/ical/validate.ts';
import { calendar, LIMITS, read, refusal, zoned } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

const utc = (text: string): number => Date.parse(text) / 1000;
/** Monday, 6 November 2006, in Montreal. */
const DAY = { startUtc: utc('2006-11-06T05:00Z'), endUtc: utc('2006-11-07T05:00Z') };
const LETTERS = { busy: 'B', unavailable: 'U', tentative: 'T', free: 'F' } as const;

const availability = (...lines: readonly string[]): readonly string[] => [
  'BEGIN:VAVAILABILITY',
  'UID:1@example.com',
  'DTSTAMP:20060101T000000Z',
  ...lines,
  'END:VAVAILABILITY',
];
const available = (start: string, end: string, ...lines: readonly string[]): readonly string[] => [
  'BEGIN:AVAILABLE',
  'UID:1-a@example.com',
  'DTSTAMP:20060101T000000Z',
  `DTSTART;TZID=America/Montreal:${start}`,
  `DTEND;TZID=America/Montreal:${end}`,
  ...lines,
  'END:AVAILABLE',
];
const workdays = (from: string, to: string): readonly string[] =>
  available(`20061002T${from}`, `20061002T${to}`, 'RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR');

/** The day in slots of two hours, as RFC 7953 §4 draws it. */
async function slots(...objects: readonly (readonly string[])[]): Promise<string> {
  const layers = [];
  for (const lines of objects) {
    const options = { maxInstances: 100, floating: zoned(null) };
    layers.push(...(await availabilityOf(read(calendar(...lines)), DAY, runner, options)));
  }
  const periods = mergeBusy(unavailableTime(layers), DAY);
  return Array.from({ length: 12 }, (_, slot) => {
    const at = DAY.startUtc + slot * 7200;
    const period = periods.find((one) => one.startUtc <= at && one.endUtc > at);
    return LETTERS[period?.busy ?? 'free'];
  }).join('');
}

test('the simple example: what is not available is unavailable', async () => {
  const own = availability('DTSTART;TZID=America/Montreal:20061002T000000', ...workdays('080000', '180000'));
  assert.equal(await slots(own), 'UUUUFFFFFUUU');
});

test('without an end it lasts for ever, before its start it says nothing', async () => {
  assert.equal(await slots(availability()), 'UUUUUUUUUUUU');
  assert.equal(await slots(availability('DTSTART:20061106T150000Z')), 'FFFFFUUUUUUU');
  assert.equal(await slots(availability('DTSTART:20061106T150000Z', 'DURATION:PT4H')), 'FFFFFUUFFFFF');
  assert.equal(await slots(availability('DTEND:20061106T150000Z')), 'UUUUUFFFFFFF');
});

test('what is available counts inside the period only', async () => {
  const own = availability(
    'DTSTART;TZID=America/Montreal:20061106T100000',
    'DTEND;TZID=America/Montreal:20061106T140000',
    ...workdays('080000', '120000'),
  );
  assert.equal(await slots(own), 'FFFFFFUFFFFF');
});

test('the busy type is said by BUSYTYPE', async () => {
  assert.equal(await slots(availability('BUSYTYPE:BUSY')), 'BBBBBBBBBBBB');
  assert.equal(await slots(availability('BUSYTYPE:busy-tentative')), 'TTTTTTTTTTTT');
  assert.equal(await slots(availability('BUSYTYPE:X-ANY')), 'UUUUUUUUUUUU');
});

test('a higher priority lies over a lower one, whatever the order; none is the lowest', async () => {
  const usual = availability(...workdays('080000', '180000'));
  const lunch = ['DTSTART:20061106T170000Z', 'DTEND:20061106T190000Z'];
  const high = availability('PRIORITY:1', 'BUSYTYPE:BUSY', ...lunch);
  assert.equal(await slots(usual, high), 'UUUUFFBFFUUU');
  assert.equal(await slots(high, usual), 'UUUUFFBFFUUU');
  const low = availability('PRIORITY:9', 'BUSYTYPE:BUSY', ...lunch);
  const raised = availability('PRIORITY:5', ...workdays('080000', '180000'));
  assert.equal(await slots(low, raised), 'UUUUFFFFFUUU');
  const zero = availability('PRIORITY:0', 'BUSYTYPE:BUSY', ...lunch);
  assert.equal(
    await slots(zero, availability('PRIORITY:9', ...workdays('080000', '180000'))),
    'UUUUFFFFFUUU',
  );
});

test('of one priority all periods are marked before anything is made free', async () => {
  const early = availability(...workdays('080000', '120000'));
  const late = availability('BUSYTYPE:BUSY', ...workdays('140000', '180000'));
  assert.equal(await slots(early, late), 'BBBBFFBFFBBB');
  assert.equal(await slots(late, early), 'BBBBFFBFFBBB');
});

test('instances of AVAILABLE are replaced and excluded as those of events are', async () => {
  const moved = available(
    '20061106T200000',
    '20061106T220000',
    'RECURRENCE-ID;TZID=America/Montreal:20061106T080000',
  );
  assert.equal(await slots(availability(...workdays('080000', '180000'), ...moved)), 'UUUUUUUUUUFU');
  const rule = 'RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR';
  const off = available('20061002T080000', '20061002T180000', rule, 'EXDATE:20061106T130000Z');
  assert.equal(await slots(availability(...off)), 'UUUUUUUUUUUU');
});

test('holes are cut out of periods', () => {
  const span = (startUtc: number, endUtc: number) => ({ startUtc, endUtc });
  assert.deepEqual(without([span(0, 10)], []), [span(0, 10)]);
  assert.deepEqual(without([span(0, 10)], [span(8, 12), span(2, 4), span(3, 5), span(20, 30)]), [
    span(0, 2),
    span(5, 8),
  ]);
  assert.deepEqual(without([span(0, 10), span(10, 20)], [span(-5, 25)]), []);
});

test('what may not be stored is refused with its line', () => {
  const judge = (...lines: readonly string[]) =>
    refusal(() => validateObject(read(calendar(...availability(...lines))), LIMITS));
  assert.equal(judge(...workdays('080000', '180000')).code, 'accepted');
  assert.match(judge('RRULE:FREQ=DAILY').message, /Line 7: RRULE cannot stand in VAVAILABILITY/);
  assert.match(
    judge('BEGIN:AVAILABLE', 'UID:2', 'END:AVAILABLE').message,
    /Line 7: the AVAILABLE has no DTSTART/,
  );
  assert.equal(judge(...available('20061002T080000', '20061002T070000')).code, 'valid-calendar-data');
  assert.equal(judge('DTSTART:20061002T080000Z', 'DTEND:20061002T070000Z').code, 'valid-calendar-data');
  const dates = Array.from({ length: 3001 }, () => '20061106T130000Z').join();
  assert.equal(
    judge(...available('20061002T080000', '20061002T090000', `RDATE:${dates}`)).code,
    'max-instances',
  );
});
