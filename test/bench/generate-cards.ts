import { seeded } from './generate.ts';

/** Makes the benchmark's contacts: about 500 bytes each, from a seed. What is searched for stands in the first 10,000 only. */

const SYLLABLES =
  'ba do ri mel tan kor vis lu hen gar po sti wa fel ne bru cha mor ild ber set ona mi ra'.split(' ');
const FIRMS = ['Partner', 'Works', 'Garage', 'Bakery', 'Studio', 'Clinic'];

function pick<T>(random: () => number, list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error('the list is empty');
  return found;
}

function name(random: () => number): string {
  const parts = Array.from({ length: 2 + Math.floor(random() * 2) }, () => pick(random, SYLLABLES)).join('');
  return parts[0]?.toUpperCase() + parts.slice(1);
}

/** Digits without a 9, which is kept for what is searched. */
const digits = (random: () => number, count: number): string =>
  Array.from({ length: count }, () => Math.floor(random() * 9)).join('');

/** The texts that searches look at. */
export interface BenchCard {
  readonly uid: string;
  readonly fn: string;
  readonly family: string;
  readonly org: string;
  readonly email: readonly string[];
  readonly tel: readonly string[];
  readonly body: string;
}

/** One contact; every hundredth of the first 10,000 is findable in name, firm, mail and phone, each at a place of its own. */
export function makeCard(seed: number, index: number): BenchCard {
  const random = seeded(seed + index * 6271);
  const isFindable = (at: number): boolean => index < 10_000 && index % 100 === at;
  const uid = `card-${seed}-${String(index).padStart(6, '0')}`;
  const given = name(random);
  const family = isFindable(0) ? `${name(random)}quendel${name(random).toLowerCase()}` : name(random);
  const fn = `${given} ${family}`;
  const org = `${name(random)} ${isFindable(25) ? 'Myzelquarz' : pick(random, FIRMS)}`;
  const host = `${name(random).toLowerCase()}.example`;
  const email = [
    `${given}.${isFindable(50) ? 'xerophyt' : name(random)}@${host}`.toLowerCase(),
    `${name(random)}@example.org`.toLowerCase(),
  ];
  const tel = [`+41 44 ${digits(random, 3)} ${isFindable(75) ? '9959' : digits(random, 4)}`];
  tel.push(`+41 7${digits(random, 8)}`);
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    'PRODID:-//Bench//Generator//EN',
    `UID:${uid}`,
    `FN:${fn}`,
    `N:${family};${given};;;`,
    `ORG:${org};Department ${digits(random, 2)}`,
    ...email.map((value, at) => `EMAIL;TYPE=${at === 0 ? 'WORK' : 'HOME'}:${value}`),
    ...tel.map((value, at) => `TEL;TYPE=${at === 0 ? 'WORK' : 'CELL'}:${value}`),
    `ADR;TYPE=HOME:;;${name(random)}weg ${digits(random, 2)};${name(random)};;${digits(random, 5)};Switzerland`,
    `NOTE:${Array.from({ length: 8 }, () => name(random)).join(' ')}`,
    'REV:20260101T000000Z',
    'END:VCARD',
  ];
  return { uid, fn, family, org, email, tel, body: `${lines.join('\r\n')}\r\n` };
}
