import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type BusyPeriod, busyPeriods, mergeBusy, renderFreeBusy } from '../../../models/ical/freebusy.ts';
import { openRuleRunner } from '../../../models/ical/runner.ts';
import { crlf, event, LIMITS, zoned } from './support.ts';

const runner = openRuleRunner(LIMITS);
after(() => runner.close());

const utc = (text: string): number => Date.parse(text) / 1000;
const period = (startUtc: number, endUtc: number, busy: BusyPeriod['busy'] = 'busy'): BusyPeriod => ({
  startUtc,
  endUtc,
  busy,
});
const WEEK = { startUtc: utc('2025-06-30'), endUtc: utc('2025-07-07') };

async function taken(lines: readonly string[], floatingZone: string | null = null): Promise<string[]> {
  const found = await busyPeriods(Buffer.from(event(...lines)), WEEK, runner, {
    maxInstances: 100,
    floating: zoned(floatingZone),
  });
  return found.map((one) => `${one.busy} ${new Date(one.startUtc * 1000).toISOString().slice(0, 16)}`);
}

test('periods of a kind merge where they overlap or touch', () => {
  const merged = mergeBusy([
    period(50, 60),
    period(10, 20),
    period(20, 30),
    period(15, 18),
    period(31, 40),
    period(5, 12, 'tentative'),
    period(0, 99, 'free'),
  ]);
  assert.deepEqual(merged, [period(5, 12, 'tentative'), period(10, 30), period(31, 40), period(50, 60)]);
});

test('periods are clipped to the window', () => {
  const window = { startUtc: 10, endUtc: 20 };
  assert.deepEqual(
    mergeBusy([period(0, 12), period(18, 40), period(0, 10), period(20, 30), period(15, 15)], window),
    [period(10, 12), period(18, 20)],
  );
});

test('transparent and cancelled events take no time, tentative ones say so', async () => {
  const at = 'DTSTART:20250701T100000Z';
  const length = 'DURATION:PT1H';
  assert.deepEqual(await taken([at, length]), ['busy 2025-07-01T10:00']);
  assert.deepEqual(await taken([at, length, 'TRANSP:TRANSPARENT']), []);
  assert.deepEqual(await taken([at, length, 'STATUS:CANCELLED']), []);
  assert.deepEqual(await taken([at, length, 'STATUS:TENTATIVE', 'TRANSP:OPAQUE']), [
    'tentative 2025-07-01T10:00',
  ]);
});

test('a whole day is a day of the zone', async () => {
  assert.deepEqual(await taken(['DTSTART;VALUE=DATE:20250701'], 'America/New_York'), [
    'busy 2025-07-01T04:00',
  ]);
});

test('the answer is a VFREEBUSY with merged periods', () => {
  const text = renderFreeBusy(
    [
      period(utc('2025-07-01T10:00Z'), utc('2025-07-01T11:00Z')),
      period(utc('2025-07-01T11:00Z'), utc('2025-07-01T12:00Z')),
      period(utc('2025-07-02'), utc('2025-07-03'), 'unavailable'),
    ],
    {
      window: WEEK,
      nowUtc: utc('2025-01-01'),
      uid: 'u1',
      productId: '-//Daybook//EN',
    },
  );
  assert.equal(
    text,
    crlf(
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Daybook//EN',
      'BEGIN:VFREEBUSY',
      'UID:u1',
      'DTSTAMP:20250101T000000Z',
      'DTSTART:20250630T000000Z',
      'DTEND:20250707T000000Z',
      'FREEBUSY;FBTYPE=BUSY:20250701T100000Z/20250701T120000Z',
      'FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20250702T000000Z/20250703T000000Z',
      'END:VFREEBUSY',
      'END:VCALENDAR',
    ),
  );
});
