import { lineTo4, type PlainLine } from './convert-lines.ts';
import { type CardProperty, paramValues, splitValue, unescapeText } from './lines.ts';

/** Which line of what a client was shown a line of its upload stands for. */
export interface Pairing {
  /** Index of the shown line for each line of the upload; -1 where it is new. */
  readonly shownOf: readonly number[];
  /** Indexes of shown lines that the upload lacks. */
  readonly missing: readonly number[];
  /** Lines of the upload whose value is another one. */
  readonly edited: ReadonlySet<number>;
}

/** What a value says, whatever its escapes, date format and empty components at the end. */
function meaningOf(line: PlainLine): string {
  const { value } = lineTo4(line);
  const parts = splitValue(value, ';').map((part) => unescapeText(part).trim());
  while (parts.at(-1) === '') parts.pop();
  return parts.join('\n');
}

const groupOf = (line: CardProperty): string => line.group?.toLowerCase() ?? '';
const typesOf = (line: CardProperty): string =>
  paramValues(line, 'TYPE')
    .map((word) => word.toLowerCase())
    .sort()
    .join();

/** Ways to know a line again, from the surest; the last ones take only what is alone in its kind. */
const WAYS: readonly {
  readonly key: (line: CardProperty, meaning: string) => string;
  readonly isLoose: boolean;
}[] = [
  { key: (l, meaning) => [l.name, groupOf(l), typesOf(l), meaning].join('\0'), isLoose: false },
  { key: (l, meaning) => [l.name, typesOf(l), meaning].join('\0'), isLoose: false },
  { key: (l, meaning) => [l.name, meaning].join('\0'), isLoose: false },
  { key: (l) => [l.name, typesOf(l)].join('\0'), isLoose: true },
  { key: (l) => l.name, isLoose: true },
];

/** Pairs the lines of an upload with the lines that were shown, both of one version. Linear in both. */
export function pairLines(shown: readonly CardProperty[], upload: readonly CardProperty[]): Pairing {
  const shownOf = upload.map(() => -1);
  const edited = new Set<number>();
  const left = { shown: new Set(shown.keys()), upload: new Set(upload.keys()) };
  const meanings = { shown: shown.map(meaningOf), upload: upload.map(meaningOf) };
  for (const { key, isLoose } of WAYS) {
    const here = grouped(left.shown, (i) => keyAt(shown, meanings.shown, i, key));
    const there = grouped(left.upload, (i) => keyAt(upload, meanings.upload, i, key));
    for (const [name, uploaded] of there) {
      const candidates = here.get(name) ?? [];
      if (isLoose && (candidates.length !== 1 || uploaded.length !== 1)) continue;
      for (const [at, own] of uploaded.entries()) {
        const found = candidates[at];
        if (found === undefined) break;
        shownOf[own] = found;
        if (isLoose) edited.add(own);
        left.shown.delete(found);
        left.upload.delete(own);
      }
    }
  }
  return { shownOf, missing: [...left.shown], edited };
}

function keyAt(
  lines: readonly CardProperty[],
  meanings: readonly string[],
  at: number,
  key: (line: CardProperty, meaning: string) => string,
): string {
  const line = lines[at];
  return line === undefined ? '' : key(line, meanings[at] ?? '');
}

function grouped(indexes: Iterable<number>, keyOf: (index: number) => string): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (const index of indexes) {
    const key = keyOf(index);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [index]);
    else group.push(index);
  }
  return groups;
}
