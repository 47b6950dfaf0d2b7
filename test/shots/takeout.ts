import { ZipFile } from 'yazl';
import { CONTACTS } from './family-data.ts';

/** What somebody brings from another provider: much that is new, some that is here, a few that cannot be read. */

const contact = (at: number): string =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:takeout-${at}\r\nFN:Person ${at}\r\nN:Person ${at};;;;\r\nEMAIL:person${at}@takeout.example\r\nEND:VCARD\r\n`;

const event = (at: number): string => {
  const day = new Date(Date.UTC(2019, 0, 1) + (at % 8000) * 21_600_000)
    .toISOString()
    .slice(0, 10)
    .replaceAll('-', '');
  return `BEGIN:VEVENT\r\nUID:takeout-event-${at}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:${day}T090000Z\r\nDTEND:${day}T100000Z\r\nSUMMARY:Old appointment ${at}\r\nEND:VEVENT\r\n`;
};

/** Look like people who are here already. */
const LOOKALIKES = [
  ['Anna Schmidt', 'EMAIL:anna.schmidt@example.org', 'TEL;TYPE=WORK:+49 431 778899'],
  ['W. Chen', 'EMAIL:wei@example.org', 'TITLE:Engineer'],
  ['Ada A.', 'TEL;TYPE=CELL:+49 151 2010000', 'BDAY:1990-04-01'],
  ['Ben B.', 'EMAIL:ben.bauer@example.org', 'NOTE:Plays the cello'],
].map(
  ([name, ...more], at) =>
    `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:alike-${at}\r\nFN:${name}\r\nN:${name};;;;\r\n${more.join('\r\n')}\r\nEND:VCARD\r\n`,
);

const BROKEN_CARDS = ['BEGIN:VCARD\r\nVERSION:3.0\r\nUID:no-name\r\nNOTE:\r\nEND:VCARD\r\n'];

const BROKEN_EVENTS = [
  'BEGIN:VEVENT\r\nUID:no-start\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:Quarterly\r\nEND:VEVENT\r\n',
  'BEGIN:VEVENT\r\nUID:backwards\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\nDTEND:20260104T100000Z\r\nSUMMARY:Ends before it starts\r\nEND:VEVENT\r\n',
  'BEGIN:VEVENT\r\nUID:odd-rule\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\nRRULE:FREQ=SOMETIMES\r\nSUMMARY:Now and then\r\nEND:VEVENT\r\n',
  'BEGIN:VEVENT\r\nUID:strange-date\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:2026-13-45\r\nSUMMARY:Some day\r\nEND:VEVENT\r\n',
];

function zipped(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files))
    zip.addBuffer(Buffer.from(text), name, { mtime: new Date(Date.UTC(2026, 10, 22)) });
  zip.end();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    zip.outputStream.on('data', (chunk: Buffer) => chunks.push(chunk));
    zip.outputStream.on('end', () => resolve(Buffer.concat(chunks)));
    zip.outputStream.on('error', reject);
  });
}

/** An archive with contacts and a calendar; `size` is the count of new contacts and of new events, numbered on from `from`. */
export function takeout(size: number, from: number): Promise<Buffer> {
  const numbers = Array.from({ length: size }, (_, at) => from + at);
  const here = CONTACTS.slice(-12, -2).map(({ vcf }) => vcf);
  const cards = [...numbers.map(contact), ...LOOKALIKES, ...here, ...BROKEN_CARDS].join('');
  const events = [...numbers.map(event), ...BROKEN_EVENTS].join('');
  const calendar = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Old//Provider//EN\r\n${events}END:VCALENDAR\r\n`;
  return zipped({ 'Takeout/Contacts/All Contacts.vcf': cards, 'Takeout/Calendar/Work.ics': calendar });
}
