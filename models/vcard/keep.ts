import { objectionToLines } from './check4.ts';
import { type CardVersion, cardText, convertLines, isSameLine, sourceLine } from './convert.ts';
import { type Pairing, pairLines } from './keep-lines.ts';
import { type CardParam, type CardProperty, foldLine, readCardLines, writeLine } from './lines.ts';
import { type ParsedCard, parseCardText } from './parse.ts';

/** Properties that clients of a version know; what they leave out of these they took away (RFC 2426, RFC 4770; RFC 6350). */
const KNOWN: Readonly<Record<CardVersion, ReadonlySet<string>>> = {
  '3.0': names(
    'VERSION FN N NICKNAME PHOTO BDAY ADR LABEL TEL EMAIL MAILER TZ GEO TITLE ROLE LOGO AGENT ORG CATEGORIES NOTE PRODID',
    'REV SORT-STRING SOUND UID URL CLASS KEY NAME PROFILE SOURCE IMPP',
  ),
  '4.0': names(
    'VERSION SOURCE KIND XML FN N NICKNAME PHOTO BDAY ANNIVERSARY GENDER ADR TEL EMAIL IMPP LANG TZ GEO TITLE ROLE LOGO',
    'ORG MEMBER RELATED CATEGORIES NOTE PRODID REV SOUND UID CLIENTPIDMAP URL KEY FBURL CALADRURI CALURI',
  ),
};
const KNOWN_PARAMS: Readonly<Record<CardVersion, ReadonlySet<string>>> = {
  '3.0': names('TYPE VALUE ENCODING LANGUAGE CHARSET'),
  '4.0': names('TYPE VALUE LANGUAGE PREF ALTID PID MEDIATYPE CALSCALE SORT-AS GEO TZ LABEL'),
};
/** Names that many clients know although they are in no RFC: keeping one does not show that a client keeps what it does not know. */
const COMMON: ReadonlyMap<string, string> = new Map([
  ['X-ADDRESSBOOKSERVER-KIND', 'group'],
  ['X-ADDRESSBOOKSERVER-MEMBER', 'group'],
  ['X-ABLABEL', 'label'],
  ['X-ABADR', 'X-ABADR'],
  ['X-ABSHOWAS', 'X-ABSHOWAS'],
]);
/** Parameters that speak of the value they stand with. */
const OF_VALUE: ReadonlySet<string> = names(
  'X-MEDIATYPE X-CALSCALE X-DAYBOOK-V3 X-DAYBOOK-V4 X-LABEL X-GEO X-TZ',
);
const LABELS: ReadonlySet<string> = names('X-ABLABEL X-ABADR');
/** Cards with more lines are no person's; they are taken as they come. */
const MAX_LINES = 1000;

function names(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(' ')));
}

/** What is compared: the stored card, how the client saw it and what it sent. */
interface Sides {
  readonly stored: ParsedCard;
  readonly shown: readonly CardProperty[];
  readonly upload: readonly CardProperty[];
  readonly pairing: Pairing;
  /** Of the upload. */
  readonly version: CardVersion;
  /** Of the stored card. */
  readonly target: CardVersion;
  /** Whether the client gave lines, and parameters, back that it cannot know. */
  readonly keepsLines: boolean;
  readonly keepsParams: boolean;
}

/**
 * The card to store when a client that read `stored` in another version sends `upload`: what that version cannot say, and the
 * client lost, is put back, in the version of `stored`. Null when nothing is lost, or both have one version: then the upload
 * is stored as it is. A line the client knows and left out is gone; so is one it does not know when it kept others of that
 * kind. Throws `valid-address-data` when one of the two cannot be read or said in the other version.
 */
export function keepUnknown(stored: ParsedCard, upload: ParsedCard): string | null {
  const target = versionOf(stored);
  const version = versionOf(upload);
  if (target === null || version === null || target === version) return null;
  if (stored.properties.length > MAX_LINES || upload.properties.length > MAX_LINES) return null;
  const shown = readCardLines(convertLines(stored, version).join(''));
  const pairing = pairLines(shown, upload.properties);
  const evidence = evidenceOf(shown, upload.properties, pairing, version);
  const sides = { stored, shown, upload: upload.properties, pairing, version, target, ...evidence };
  return assembled(sides, returning(sides));
}

function versionOf({ version }: ParsedCard): CardVersion | null {
  if (version === '3.0') return '3.0';
  return version === '4.0' ? '4.0' : null;
}

function isUnknown(line: CardProperty, version: CardVersion): boolean {
  return !KNOWN[version].has(line.name);
}

const unknownParams = (line: CardProperty, version: CardVersion): readonly CardParam[] =>
  line.params.filter((param) => !KNOWN_PARAMS[version].has(param.name) && param.name !== 'X-APPLE-OMIT-YEAR');

function evidenceOf(
  shown: readonly CardProperty[],
  upload: readonly CardProperty[],
  { shownOf }: Pairing,
  version: CardVersion,
): Pick<Sides, 'keepsLines' | 'keepsParams'> {
  let [keepsLines, keepsParams] = [false, false];
  for (const [at, line] of upload.entries()) {
    const old = shown[shownOf[at] ?? -1];
    if (old === undefined) continue;
    if (isUnknown(old, version)) keepsLines ||= !COMMON.has(old.name) && old.value === line.value;
    else keepsParams ||= unknownParams(old, version).some((p) => line.params.some((q) => q.name === p.name));
  }
  return { keepsLines, keepsParams };
}

/** The upload with what comes back, in the stored version; null when nothing does. */
function assembled(sides: Sides, back: readonly number[]): string | null {
  const { stored, shown, upload, pairing, target } = sides;
  const labelled = new Set(back.filter((at) => isLabel(shown[at])).map((at) => groupOf(shown[at])));
  const restored = upload.map((_line, at) => restoredLine(sides, at, labelled));
  if (back.length === 0 && restored.every((line, at) => line === upload[at])) return null;
  const text = restored.map((line) =>
    foldLine(writeLine(line.group, line.writtenName, line.params, line.value)),
  );
  const converted = convertLines(parseCardText(`BEGIN:VCARD\r\n${text.join('')}END:VCARD\r\n`), target);
  const lines = restored.map((line, at) => {
    const from = pairing.shownOf[at] ?? -1;
    const [old, original] = [shown[from], stored.properties[from]];
    const isSame = old !== undefined && line.name !== 'VERSION' && isSameLine(old, line);
    return isSame && original !== undefined ? sourceLine(original, stored.text) : (converted[at] ?? '');
  });
  lines.push(...regrouped(sides, back, restored));
  if (target === '4.0' && objectionToLines(lines) !== null && isInOrder(stored)) return null;
  return cardText(lines, target);
}

/** What was not in order before need not be now. */
function isInOrder({ properties, text }: ParsedCard): boolean {
  return objectionToLines(properties.map((line) => sourceLine(line, text))) === null;
}

/** Indexes of the lines that come back: those the client cannot know and did not take away, labels with what they label. */
function returning({ shown, upload, pairing, version, keepsLines }: Sides): readonly number[] {
  if (keepsLines) return [];
  const spoken = new Set(upload.map((line) => COMMON.get(line.name) ?? line.name));
  const isDue = (at: number): boolean => {
    const line = shown[at];
    return line !== undefined && isUnknown(line, version) && !spoken.has(COMMON.get(line.name) ?? line.name);
  };
  const due = pairing.missing.filter(isDue);
  const staying = new Set([...pairing.shownOf, ...due].filter((at) => at >= 0 && !isLabel(shown[at])));
  const groups = new Set([...staying].map((at) => shown[at]?.group?.toLowerCase()));
  return due.filter((at) => !isLabel(shown[at]) || groups.has(shown[at]?.group?.toLowerCase()));
}

const isLabel = (line: CardProperty | undefined): boolean => line !== undefined && LABELS.has(line.name);

/** A line of the upload with what the client dropped of it; the line itself when that is nothing. */
function restoredLine(sides: Sides, at: number, labelled: ReadonlySet<string>): CardProperty {
  const { stored, shown, upload, pairing, version, keepsParams } = sides;
  const from = pairing.shownOf[at] ?? -1;
  const [old, original, line] = [shown[from], stored.properties[from], upload[at]];
  if (line === undefined) throw new RangeError('The upload has no such line.');
  if (old === undefined || original === undefined) return line;
  const isEdited = pairing.edited.has(at);
  const isGone = (p: CardParam): boolean =>
    !(isEdited && OF_VALUE.has(p.name)) && !line.params.some((q) => q.name === p.name);
  const lost = keepsParams ? [] : unknownParams(old, version).filter(isGone);
  const isUngrouped = old.group !== null && line.group === null && labelled.has(groupOf(old));
  const group = isUngrouped ? old.group : line.group;
  const whole = {
    ...line,
    group,
    params: [...line.params, ...lost],
    value: isEdited ? line.value : old.value,
  };
  const isWhole = !isEdited && isSameLine(whole, old);
  // A memory speaks of the line as it was.
  const params = isWhole
    ? whole.params
    : whole.params.filter((p) => !p.name.startsWith('X-DAYBOOK-') || !lost.includes(p));
  if (params.length === line.params.length && !isUngrouped) return line;
  return isWhole ? whole : { ...line, group, params };
}

const groupOf = (line: CardProperty | undefined): string => line?.group?.toLowerCase() ?? '';

/** The returning lines as they are stored; a group whose name the upload uses for something else gets a free one. */
function regrouped(sides: Sides, back: readonly number[], lines: readonly CardProperty[]): readonly string[] {
  const { stored, shown, pairing } = sides;
  const taken = new Set(lines.map(groupOf));
  const own = new Set(
    lines.map(groupOf).filter((group, at) => group === groupOf(shown[pairing.shownOf[at] ?? -1])),
  );
  const renamed = new Map<string, string>();
  return back.flatMap((at) => {
    const line = stored.properties[at];
    if (line === undefined) return [];
    const group = groupOf(line);
    if (group === '' || own.has(group) || !(taken.has(group) || renamed.has(group)))
      return [sourceLine(line, stored.text)];
    const free = renamed.get(group) ?? freeGroup(taken);
    renamed.set(group, free);
    return [foldLine(writeLine(free, line.writtenName, line.params, line.value))];
  });
}

function freeGroup(taken: Set<string>): string {
  let number = 1;
  while (taken.has(`item${number}`)) number += 1;
  taken.add(`item${number}`);
  return `item${number}`;
}
