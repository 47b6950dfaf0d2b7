import { deflateSync } from 'node:zlib';
import { crc32 } from './crc32.ts';

/** Who lives in the family, and what they keep. */

interface Member {
  readonly login: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

export const PEOPLE: readonly Member[] = [
  { login: 'mara', name: 'Mara Klein', isAdmin: true },
  { login: 'jonas', name: 'Jonas Klein', isAdmin: false },
  { login: 'lea', name: 'Lea Klein', isAdmin: false },
  { login: 'oma', name: 'Helga Klein', isAdmin: false },
  { login: 'school', name: 'School timetable', isAdmin: false },
];

export const CALENDARS = [
  { name: 'Family', path: 'calendar', color: '#0B6358' },
  { name: 'Work', path: 'office', color: '#1F5FA8' },
  { name: 'Children', path: 'children', color: '#B65200' },
  { name: 'Choir', path: 'choir', color: '#7A3EB1' },
] as const;

interface Item {
  readonly calendar: string;
  readonly uid: string;
  readonly ics: string;
}

const ZONE = [
  'BEGIN:VTIMEZONE',
  'TZID:Europe/Berlin',
  'BEGIN:DAYLIGHT',
  'DTSTART:19810329T020000',
  'RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU',
  'TZOFFSETFROM:+0100',
  'TZOFFSETTO:+0200',
  'TZNAME:CEST',
  'END:DAYLIGHT',
  'BEGIN:STANDARD',
  'DTSTART:19961027T030000',
  'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU',
  'TZOFFSETFROM:+0200',
  'TZOFFSETTO:+0100',
  'TZNAME:CET',
  'END:STANDARD',
  'END:VTIMEZONE',
];

function wrap(lines: readonly string[]): string {
  return `${['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Klein//Family//EN', ...ZONE, ...lines, 'END:VCALENDAR'].join('\r\n')}\r\n`;
}

const berlin = (name: string, at: string) => `${name};TZID=Europe/Berlin:${at}00`;
const day = (name: string, at: string) => `${name};VALUE=DATE:${at}`;
const STAMP = 'DTSTAMP:20261010T080000Z';

function timed(
  calendar: string,
  uid: string,
  title: string,
  from: string,
  to: string,
  ...more: string[]
): Item {
  const lines = [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    STAMP,
    `SUMMARY:${title}`,
    berlin('DTSTART', from),
    berlin('DTEND', to),
  ];
  return { calendar, uid, ics: wrap([...lines, ...more, 'END:VEVENT']) };
}

function allDay(
  calendar: string,
  uid: string,
  title: string,
  from: string,
  to: string,
  ...more: string[]
): Item {
  const lines = [
    'BEGIN:VEVENT',
    `UID:${uid}`,
    STAMP,
    `SUMMARY:${title}`,
    day('DTSTART', from),
    day('DTEND', to),
  ];
  return { calendar, uid, ics: wrap([...lines, ...more, 'END:VEVENT']) };
}

/** The choir meets every Tuesday; once it is moved to Wednesday. */
const CHOIR: Item = {
  calendar: 'choir',
  uid: 'choir',
  ics: wrap([
    'BEGIN:VEVENT',
    'UID:choir',
    STAMP,
    'SUMMARY:Choir',
    berlin('DTSTART', '20260901T1900'),
    berlin('DTEND', '20260901T2100'),
    'RRULE:FREQ=WEEKLY;BYDAY=TU',
    'LOCATION:Parish hall\\, Kirchweg 4',
    'DESCRIPTION:Bring the Christmas oratorio.',
    'ORGANIZER;CN=Anna Schmidt:mailto:anna.schmidt@example.org',
    'ATTENDEE;CN=Mara Klein;PARTSTAT=ACCEPTED:mailto:mara@klein.example',
    'ATTENDEE;CN=Wei Chen;PARTSTAT=TENTATIVE:mailto:wei@example.org',
    'BEGIN:VALARM',
    'ACTION:DISPLAY',
    'DESCRIPTION:Choir',
    'TRIGGER:-PT1H',
    'END:VALARM',
    'END:VEVENT',
    'BEGIN:VEVENT',
    'UID:choir',
    STAMP,
    'SUMMARY:Choir (in the town hall)',
    'RECURRENCE-ID;TZID=Europe/Berlin:20261110T190000',
    berlin('DTSTART', '20261111T1930'),
    berlin('DTEND', '20261111T2130'),
    'LOCATION:Town hall',
    'END:VEVENT',
  ]),
};

export const EVENTS: readonly Item[] = [
  allDay('calendar', 'autumn', 'Autumn break', '20261102', '20261104'),
  timed(
    'office',
    'standup',
    'Standup',
    '20261103T0900',
    '20261103T0915',
    'RRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=20',
  ),
  timed('children', 'football', 'Football, Jonas', '20261103T1600', '20261103T1730'),
  CHOIR,
  timed('calendar', 'parents', 'Parents’ evening', '20261120T1800', '20261120T1930', 'LOCATION:School'),
  timed('children', 'dentist', 'Dentist, Lea', '20261123T1530', '20261123T1600', 'LOCATION:Dr. Brandt'),
  timed('office', 'review', 'Review', '20261123T0900', '20261123T1000'),
  allDay('calendar', 'oma', 'Oma’s birthday', '20261127', '20261128', 'RRULE:FREQ=YEARLY'),
  timed('calendar', 'advent', 'Advent market', '20261128T1600', '20261128T1900'),
  timed('office', 'planning', 'Planning', '20261112T1000', '20261112T1200'),
  allDay('children', 'camp', 'Class trip', '20261116', '20261119'),
  timed('children', 'swim', 'Swimming', '20261106T1500', '20261106T1600', 'RRULE:FREQ=WEEKLY;COUNT=8'),
  timed('calendar', 'm1', 'Bakery', '20261128T0900', '20261128T0930'),
  timed('office', 'm2', 'Call with Wei', '20261128T1000', '20261128T1030'),
  timed('children', 'm3', 'Birthday of Finn', '20261128T1400', '20261128T1600'),
];

const task = (uid: string, title: string, ...more: string[]): Item => ({
  calendar: 'tasks',
  uid,
  ics: wrap(['BEGIN:VTODO', `UID:${uid}`, STAMP, `SUMMARY:${title}`, ...more, 'END:VTODO']),
});

export const TASKS: readonly Item[] = [
  task('t1', 'Renew the library cards', day('DUE', '20261130')),
  task('t2', 'Winter tyres', day('DUE', '20261120'), 'PRIORITY:1'),
  task('t3', 'Call the plumber', 'STATUS:COMPLETED', 'COMPLETED:20261119T101500Z', 'PERCENT-COMPLETE:100'),
];

/** A flat face in a PNG of 96 pixels, by hue. */
export function portrait([red, green, blue]: readonly [number, number, number]): Buffer {
  const size = 96;
  const rows = Buffer.alloc(size * (1 + size * 3));
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1) {
      const isHead = (x - 48) ** 2 + (y - 38) ** 2 < 18 ** 2;
      const isBody = (x - 48) ** 2 / 34 ** 2 + (y - 96) ** 2 / 34 ** 2 < 1;
      const shade = isHead || isBody ? 0.45 : 1;
      const at = y * (1 + size * 3) + 1 + x * 3;
      rows.set([red * shade, green * shade, blue * shade], at);
    }
  const chunk = (type: string, data: Buffer) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(data.length);
    head.write(type, 4, 'latin1');
    const tail = Buffer.alloc(4);
    tail.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), data])));
    return Buffer.concat([head, data, tail]);
  };
  const header = Buffer.from([0, 0, 0, size, 0, 0, 0, size, 8, 2, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function fold(line: string): string {
  return line.length <= 75 ? line : (line.match(/.{1,74}/g) ?? []).join('\r\n ');
}

const photo = (hue: readonly [number, number, number]) =>
  fold(`PHOTO;ENCODING=b;TYPE=PNG:${portrait(hue).toString('base64')}`);

interface Card {
  readonly uid: string;
  readonly vcf: string;
}

function card(uid: string, family: string, given: string, ...more: string[]): Card {
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:${uid}`,
    `FN:${given} ${family}`.trim(),
    `N:${family};${given};;;`,
  ];
  return { uid, vcf: `${[...lines, ...more, 'END:VCARD'].join('\r\n')}\r\n` };
}

const GIVEN = [
  'Ada',
  'Ben',
  'Clara',
  'David',
  'Emma',
  'Felix',
  'Greta',
  'Hugo',
  'Ida',
  'Jakob',
  'Karl',
  'Lotte',
  'Mia',
  'Noah',
  'Ole',
  'Paula',
];
const FAMILY = [
  'Albrecht',
  'Bauer',
  'Conrad',
  'Dietz',
  'Ebert',
  'Fuchs',
  'Graf',
  'Huber',
  'Jansen',
  'Kramer',
  'Lang',
  'Maier',
  'Neumann',
  'Otto',
  'Peters',
  'Richter',
  'Sommer',
  'Thiel',
  'Vogel',
  'Winter',
];

const NEIGHBOURS: readonly Card[] = FAMILY.map((family, at) => {
  const given = GIVEN[at % GIVEN.length] ?? 'Kim';
  const phone = `TEL;TYPE=CELL:+49 151 20${String(10_000 + at * 137)}`;
  return card(`n${at}`, family, given, phone, `EMAIL:${given}.${family}@example.org`.toLowerCase());
});

export const CONTACTS: readonly Card[] = [
  card(
    'anna',
    'Schmidt',
    'Anna',
    'ORG:Kirchenchor St. Anna;Leitung',
    'TITLE:Choir leader',
    'TEL;TYPE=CELL:+49 151 2345678',
    'TEL;TYPE=HOME:+49 431 445566',
    'EMAIL;TYPE=HOME:anna.schmidt@example.org',
    'ADR;TYPE=HOME:;;Lindenweg 4;Kiel;;24103;Germany',
    'BDAY:1979-05-17',
    'NOTE:Knows where the keys are.',
    photo([244, 190, 120]),
  ),
  card(
    'anna2',
    'Schmidt',
    'Anna',
    'TEL;TYPE=CELL:0151 2345678',
    'EMAIL;TYPE=WORK:anna@choir.example',
    'TITLE:Conductor',
    'BDAY:1979-05-17',
    photo([150, 190, 230]),
  ),
  card('okafor', 'Okafor', 'Jide', 'TEL;TYPE=CELL:+44 20 7946 0958', 'EMAIL:jide@okafor.example'),
  card('brandt', 'Brandt', 'Family', 'ADR;TYPE=HOME:;;Lindenweg 6;Kiel;;24103;Germany'),
  card('chen', 'Chen', 'Wei', 'EMAIL:wei@example.org', 'ORG:Harbour Labs', photo([170, 220, 170])),
  ...NEIGHBOURS,
];
