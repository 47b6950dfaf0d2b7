import type { App } from '../../app.ts';
import { areNamesCompatible } from '../../contacts/match.ts';
import { valueKeyOf } from '../../contacts/merge.ts';
import { type Compared, compareCards, mergeCards } from '../../vcard/edit-merge.ts';
import { unescapeText } from '../../vcard/lines.ts';
import { stableUid } from '../transforms/calendar.ts';
import { type CalNode, mainNodes, readTree, valueIn } from '../transforms/tree.ts';
import type { Differs } from './job.ts';

const MAX_DIFFERS = 6;
const MAX_VALUE = 120;

const shown = (values: readonly string[]): string => {
  const text = values
    .map((value) => (value.length > 1000 ? '…' : value))
    .join(', ')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text;
};

/** How a card of a file stands to one that is here. */
export interface Merging {
  /** The card that is here with everything of the other; the same bytes where there is nothing to add. */
  readonly body: Buffer;
  readonly differs: readonly Differs[];
  /** True when the other has nothing that this one lacks or has otherwise. */
  readonly isCovered: boolean;
}

type Uses = Pick<App, 'homeCountry' | 'clock'>;

/** Merges a card of a file into one that is here; where there is room for one value, the newer file wins, and the fuller name. */
export function mergeCard(app: Uses, here: Uint8Array, file: Uint8Array, isNewer: boolean): Merging {
  const keyOf = valueKeyOf(app);
  const rows = compareCards(here, file, keyOf);
  const choices = Object.fromEntries(
    rows.map((row) => [row.field, isNewer || isFuller(row) ? ('other' as const) : ('keep' as const)]),
  );
  const { body, dropped } = mergeCards(here, file, {
    choices,
    nowUtc: Math.floor(app.clock.nowMs() / 1000),
    keyOf,
  });
  const differs: Differs[] = [];
  for (const row of rows) {
    const known = new Set(row.keep.map((value) => keyOf(row.field.toUpperCase(), value)));
    const added = row.other.filter((value) => !known.has(keyOf(row.field.toUpperCase(), value)));
    if (row.outcome === 'choose')
      differs.push({ field: row.field, keep: shown(row.keep), other: shown(row.other) });
    else if (row.outcome === 'both' && added.length > 0)
      differs.push({ field: row.field, keep: '', other: shown(added) });
  }
  const isCovered = dropped.length === 0 && Buffer.compare(body, here) === 0;
  return { body, isCovered, differs: differs.slice(0, MAX_DIFFERS) };
}

/** A name that says more of the same person: "Jide Okafor" for "J. Okafor". */
function isFuller({ field, keep, other }: Compared): boolean {
  const [mine = '', theirs = ''] = [keep[0], other[0]];
  return (
    field === 'name' &&
    theirs.length > mine.length &&
    areNamesCompatible(mine, theirs) &&
    !theirs.includes('@')
  );
}

const EVENT_FIELDS = [
  ['title', 'SUMMARY'],
  ['start', 'DTSTART'],
  ['end', 'DTEND'],
  ['start', 'DUE'],
  ['repeat', 'RRULE'],
  ['place', 'LOCATION'],
  ['notes', 'DESCRIPTION'],
] as const;
/** Lines that say nothing of the event itself. */
const STAMPS: ReadonlySet<string> = new Set([
  'DTSTAMP',
  'LAST-MODIFIED',
  'CREATED',
  'SEQUENCE',
  'PRODID',
  'METHOD',
]);

function treeOf(body: Uint8Array): CalNode | null {
  return readTree(Buffer.from(body).toString('utf8').replace(/\r?\n/g, '\r\n')).root;
}

function essence(node: CalNode): string {
  const lines = node.items.map((item) => {
    if (item.kind === 'node') return essence(item);
    return STAMPS.has(item.name) ? '' : item.text;
  });
  return `${node.name}{${lines
    .filter((line) => line !== '')
    .sort((a, b) => (a < b ? -1 : 1))
    .join('\n')}}`;
}

const essenceOf = (root: CalNode): string =>
  mainNodes(root)
    .map(essence)
    .sort((a, b) => (a < b ? -1 : 1))
    .join('\n');

/** What differs between two versions of an event; `isCovered` when only stamps do. */
export function compareEvents(here: Uint8Array, file: Uint8Array): Omit<Merging, 'body'> {
  const [left, right] = [treeOf(here), treeOf(file)];
  if (left === null || right === null) return { isCovered: false, differs: [] };
  if (essenceOf(left) === essenceOf(right)) return { isCovered: true, differs: [] };
  const [mine, theirs] = [mainNodes(left)[0], mainNodes(right)[0]];
  const differs: Differs[] = [];
  if (mine !== undefined && theirs !== undefined)
    for (const [field, name] of EVENT_FIELDS) {
      const [keep, other] = [valueIn(mine, name), valueIn(theirs, name)].map((value) =>
        shown([unescapeText(value)]),
      );
      if (keep !== other) differs.push({ field, keep: keep ?? '', other: other ?? '' });
    }
  return {
    isCovered: false,
    differs: differs.length === 0 ? [{ field: 'details', keep: '', other: '' }] : differs,
  };
}

/** The title of an item that is here. */
export function titleOfBody(body: Uint8Array, component: string): string {
  const name = component === 'VCARD' ? 'FN' : 'SUMMARY';
  const text = Buffer.from(body)
    .toString('utf8')
    .replace(/\r?\n[ \t]/g, '');
  const part =
    component === 'VCARD'
      ? text
      : text.slice(Math.max(0, text.search(new RegExp(`^BEGIN:${component}`, 'im'))));
  const value =
    new RegExp(`^(?:[\\w-]+\\.)?${name}(?:;[^:\\r\\n]*)?:([^\\r\\n]*)`, 'im').exec(part)?.[1] ?? '';
  return unescapeText(value).replace(/\s+/g, ' ').trim().slice(0, 80);
}

/** An item under another UID made from its content, so that it can stand beside the one that has the UID. */
export function withOtherUid(body: Uint8Array, uid: string): { readonly body: Buffer; readonly uid: string } {
  const text = Buffer.from(body).toString('latin1');
  const other = stableUid(text);
  const changed = text.replace(
    /^UID((?:;[^:\r\n]*)?):((?:[^\r\n]|\r?\n[ \t])*)/gim,
    (whole, head: string, value: string) => {
      const plain = Buffer.from(value.replace(/\r?\n[ \t]/g, ''), 'latin1')
        .toString('utf8')
        .trim();
      return plain === uid || unescapeText(plain) === uid ? `UID${head}:${other}` : whole;
    },
  );
  return { body: Buffer.from(changed, 'latin1'), uid: other };
}
