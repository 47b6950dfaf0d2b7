/** Makes the benchmark's events: about 1,140 bytes each, from a seed, the same number per week at every size. */

const ZONE = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:DAYLIGHT',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'TZNAME:CEST',
  'DTSTART:19700329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'TZNAME:CET',
  'DTSTART:19701025T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'END:STANDARD',
  'END:VTIMEZONE',
];
const WORDS =
  'review budget planning dentist school choir garden train report lunch birthday call workshop travel music swim paint repair tax meeting'.split(
    ' ',
  );

/** A small repeatable source of numbers in [0, 1). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const pad = (n: number, width = 2): string => String(n).padStart(width, '0');
const dateText = (d: Date): string =>
  `${d.getUTCFullYear()}${pad(d.getUTCMonth() + 1)}${pad(d.getUTCDate())}`;

function fold(line: string): string {
  const parts: string[] = [];
  for (let at = 0; at < line.length; at += 73) parts.push(line.slice(at, at + 73));
  return parts.join('\r\n ');
}

function words(random: () => number, count: number): string {
  return Array.from({ length: count }, () => WORDS[Math.floor(random() * WORDS.length)] ?? '').join(' ');
}

/** One event object; `index` decides its week, so that about 16 events fall into each week. */
export function makeEvent(
  seed: number,
  index: number,
  startUtc: number,
): { readonly uid: string; readonly body: string } {
  const random = seeded(seed + index * 7919);
  const uid = `bench-${seed}-${pad(index, 6)}@example.org`;
  const day = new Date(
    (startUtc + Math.floor(index / 16) * 604_800 + Math.floor(random() * 7) * 86_400) * 1000,
  );
  const isAllDay = random() < 0.1;
  const hour = 7 + Math.floor(random() * 11);
  const recurs = random() < 0.15;
  const start = isAllDay
    ? `DTSTART;VALUE=DATE:${dateText(day)}`
    : `DTSTART;TZID=Europe/Berlin:${dateText(day)}T${pad(hour)}0000`;
  const end = isAllDay
    ? `DTEND;VALUE=DATE:${dateText(new Date(day.getTime() + 86_400_000))}`
    : `DTEND;TZID=Europe/Berlin:${dateText(day)}T${pad(hour + 1)}3000`;
  const lines = [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    'DTSTAMP:20260101T000000Z',
    'CREATED:20260101T000000Z',
    'LAST-MODIFIED:20260101T000000Z',
    start,
    end,
  ];
  if (recurs)
    lines.push(
      random() < 0.5 ? `RRULE:FREQ=WEEKLY;COUNT=${5 + Math.floor(random() * 20)}` : 'RRULE:FREQ=MONTHLY',
    );
  lines.push(
    `SUMMARY:${words(random, 4)}`,
    `LOCATION:${words(random, 3)}`,
    `DESCRIPTION:${words(random, 45)}`,
    'SEQUENCE:0',
    'STATUS:CONFIRMED',
    'TRANSP:OPAQUE',
  );
  if (random() < 0.3) {
    lines.push('ORGANIZER;CN=Bench:mailto:bench@example.org');
    for (let n = 1 + Math.floor(random() * 5); n > 0; n--) {
      lines.push(
        `ATTENDEE;CN=Guest ${n};PARTSTAT=NEEDS-ACTION;SCHEDULE-AGENT=CLIENT:mailto:guest${n}@example.org`,
      );
    }
  }
  if (random() < 0.5)
    lines.push('BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:Reminder', 'TRIGGER:-PT15M', 'END:VALARM');
  lines.push('END:VEVENT');
  const all = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Bench//Generator//EN',
    ...(isAllDay ? [] : ZONE),
    ...lines,
    'END:VCALENDAR',
  ];
  return { uid, body: `${all.map(fold).join('\r\n')}\r\n` };
}
