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
const MAX_LINES = 10_000;

function names(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.flatMap((list) => list.split(' ')));
}

/** What is compared: the stored card, how the client saw it, what it sent and what that is in the stored version. */
interface Sides {
  readonly stored: ParsedCard;
  readonly shown: readonly CardProperty[];
  readonly upload: readonly CardProperty[];
  readonly converted: readonly string[];
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
  const converted = convertLines(upload, target);
  const sides = {
    stored,
    shown,
    upload: upload.properties,
    converted,
    pairing,
    version,
    target,
    ...evidence,
  };
  return assembled(sides);
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

function assembled(sides: Sides): string | null {
  const { stored, shown, upload, pairing, converted, target } = sides;
  const back = returning(sides);
  const lines: string[] = [];
  let isLost = back.length > 0;
  for (const [at, line] of upload.entries()) {
    const from = pairing.shownOf[at] ?? -1;
    const [old, original] = [shown[from], stored.properties[from]];
    const plain = converted[at] ?? '';
    if (old === undefined || original === undefined) lines.push(plain);
    else if (line.name !== 'VERSION' && isSameLine(old, line)) lines.push(sourceLine(original, stored.text));
    else {
      const mended = mendedLine(sides, at, back);
      isLost ||= mended !== null;
      lines.push(mended ?? plain);
    }
  }
  if (!isLost) return null;
  const taken = new Set(readCardLines(lines.join('')).map((line) => line.group?.toLowerCase() ?? ''));
  lines.push(...regrouped(sides, back, taken));
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

/** A line the client gave back without what it does not know, with that again; null when it lost nothing. */
function mendedLine(sides: Sides, at: number, back: readonly number[]): string | null {
  const { stored, shown, upload, pairing, version, target } = sides;
  const from = pairing.shownOf[at] ?? -1;
  const [old, original, line] = [shown[from], stored.properties[from], upload[at]];
  if (old === undefined || original === undefined || line === undefined) return null;
  const isEdited = pairing.edited.has(at);
  const lost = sides.keepsParams
    ? []
    : unknownParams(old, version).filter(
        (p) => !(isEdited && OF_VALUE.has(p.name)) && !line.params.some((q) => q.name === p.name),
      );
  const isUngrouped = old.group !== null && line.group === null && back.some((i) => isLabelOf(shown[i], old));
  if (lost.length === 0 && !isUngrouped) return null;
  const group = isUngrouped ? old.group : line.group;
  const whole = { ...line, group, params: [...line.params, ...lost] };
  if (!isEdited && isSameLine({ ...whole, value: old.value }, old)) return sourceLine(original, stored.text);
  const params = lost.filter((p) => !p.name.startsWith('X-DAYBOOK-'));
  if (params.length === 0 && !isUngrouped) return null;
  const text = foldLine(writeLine(group, line.writtenName, [...line.params, ...params], line.value));
  const alone = parseCardText(`BEGIN:VCARD\r\nVERSION:${version}\r\nFN:x\r\n${text}END:VCARD\r\n`);
  return convertLines(alone, target)[2] ?? null;
}

const isLabelOf = (label: CardProperty | undefined, line: CardProperty): boolean =>
  label !== undefined && isLabel(label) && label.group?.toLowerCase() === line.group?.toLowerCase();

/** The returning lines as they are stored; a group whose name the upload uses for something else gets a free one. */
function regrouped(sides: Sides, back: readonly number[], taken: Set<string>): readonly string[] {
  const { stored, shown, upload, pairing } = sides;
  const own = new Set<string>();
  for (const [at, line] of upload.entries()) {
    const old = shown[pairing.shownOf[at] ?? -1];
    if (
      old?.group !== null &&
      old?.group !== undefined &&
      (line.group === null || line.group.toLowerCase() === old.group.toLowerCase())
    )
      own.add(old.group.toLowerCase());
  }
  const renamed = new Map<string, string>();
  return back.flatMap((at) => {
    const line = stored.properties[at];
    if (line === undefined) return [];
    const group = line.group?.toLowerCase();
    if (
      line.group === null ||
      group === undefined ||
      own.has(group) ||
      !(taken.has(group) || renamed.has(group))
    )
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
