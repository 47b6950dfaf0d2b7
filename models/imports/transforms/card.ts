import { escapeText, foldLine, readCardLines, splitValue, unescapeText } from '../../vcard/lines.ts';
import { upgradeText } from '../../vcard/upgrade.ts';
import { stableUid } from './calendar.ts';
import type { Repair } from './names.ts';
import { dropControlCharacters } from './text.ts';

/** A named change to the text of a card (lines end in CRLF); `apply` is pure and gives null when there is nothing to do. */
export interface CardTransform {
  readonly name: Repair;
  readonly apply: (text: string) => string | null;
}

/** What import does to a card, in this order. */
export const CARD_TRANSFORMS: readonly CardTransform[] = [
  { name: 'vcard-2.1', apply: upgradeOld },
  { name: 'control-characters', apply: dropControlCharacters },
  { name: 'blank-lines', apply: dropBlankLines },
  { name: 'wrong-folding', apply: joinBroken },
  { name: 'property-name', apply: fixNames },
  { name: 'card-version', apply: setVersion },
  { name: 'repeated-property', apply: dropRepeated },
  { name: 'missing-name', apply: addName },
  { name: 'missing-uid', apply: addUid },
];

function upgradeOld(text: string): string | null {
  return /^VERSION:[ \t]*2\.[01][ \t]*\r$/im.test(text) ? upgradeText(text) : null;
}

function dropBlankLines(text: string): string | null {
  const kept = text.replace(/(?:\r\n)+/g, '\r\n').replace(/^\r\n/, '');
  return kept === text ? null : kept;
}

/** A line that is none belongs to the one before: as text with a line break in NOTE and the like, else directly. */
function joinBroken(text: string): string | null {
  const lines = readCardLines(text);
  if (lines.every((l) => l.name !== '')) return null;
  const joined: string[] = [];
  let name = '';
  for (const l of lines) {
    const source = text.slice(l.start, l.end).replace(/\r\n[ \t]?/g, '');
    if (l.name !== '') {
      joined.push(source);
      name = l.name;
    } else if (joined.length > 0)
      joined.push(`${joined.pop() ?? ''}${name === 'NOTE' ? '\\n' : ''}${source}`);
  }
  return joined.map(foldLine).join('');
}

/** White space and other signs that cannot be in a name are taken out of it. */
function fixNames(text: string): string | null {
  let isChanged = false;
  const lines = readCardLines(text).map((l) => {
    const source = text.slice(l.start, l.end);
    if (/^[A-Z0-9_-]+$/.test(l.name)) return source;
    isChanged = true;
    const fixed = l.writtenName.replace(/[^A-Za-z0-9_-]+/g, '-').replace(/^-+|-+$/g, '') || 'X-UNNAMED';
    return foldLine(source.replace(/\r\n[ \t]?/g, '').replace(l.writtenName, fixed));
  });
  return isChanged ? lines.join('') : null;
}

function setVersion(text: string): string | null {
  const lines = readCardLines(text);
  const versions = lines.filter((l) => l.name === 'VERSION');
  const value = versions[0]?.value ?? '';
  if (versions.length === 1 && (value === '3.0' || value === '4.0')) return null;
  const version =
    value.trim() === '4.0' || (value === '' && lines.some((l) => l.name === 'KIND')) ? '4.0' : '3.0';
  const rest = lines
    .filter((l) => l.name !== 'VERSION' && l.name !== 'BEGIN')
    .map((l) => text.slice(l.start, l.end));
  return `BEGIN:VCARD\r\nVERSION:${version}\r\n${rest.join('')}`;
}

function dropRepeated(text: string): string | null {
  const lines = readCardLines(text);
  const uids = lines.filter((l) => l.name === 'UID' && l.value.trim() !== '');
  const isPlain = uids.length === lines.filter((l) => l.name === 'UID').length && uids.length <= 1;
  if (isPlain) return null;
  return lines
    .filter((l) => l.name !== 'UID' || l === uids[0])
    .map((l) => text.slice(l.start, l.end))
    .join('');
}

/** FN from N, else NICKNAME, ORG, EMAIL, TEL; a card with none of them is called by its first words. */
function addName(text: string): string | null {
  const lines = readCardLines(text);
  if (lines.some((l) => l.name === 'FN' && l.value.trim() !== '')) return null;
  const firstValue = (name: string): string =>
    lines.find((l) => l.name === name && l.value.trim() !== '')?.value ?? '';
  const names = splitValue(firstValue('N'), ';').map((part) =>
    splitValue(part, ',').map(unescapeText).join(' ').trim(),
  );
  const [family, given, additional, prefix, suffix] = names;
  const full = [prefix, given, additional, family, suffix]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
  const org = splitValue(firstValue('ORG'), ';')
    .map(unescapeText)
    .filter((part) => part !== '')
    .join(', ');
  const others = ['NICKNAME', 'EMAIL', 'TEL', 'URL', 'NOTE'].map(
    (name) => unescapeText(firstValue(name)).split('\n')[0] ?? '',
  );
  const shown =
    [full, others[0], org, ...others.slice(1)].find((name) => name !== undefined && name.trim() !== '') ??
    'Unnamed';
  const rest = lines.filter((l) => l.name !== 'FN').map((l) => text.slice(l.start, l.end));
  return insertAfterVersion(rest.join(''), `FN:${escapeText(shown.trim().slice(0, 200))}`);
}

function addUid(text: string): string | null {
  const lines = readCardLines(text);
  if (lines.some((l) => l.name === 'UID')) return null;
  const content = lines
    .filter((l) => l.name !== 'REV' && l.name !== 'PRODID')
    .map((l) => text.slice(l.start, l.end).replace(/\r\n[ \t]?/g, ''));
  return insertAfterVersion(text, `UID:${stableUid(content.join('\n'))}`);
}

function insertAfterVersion(text: string, added: string): string {
  const version = readCardLines(text).find((l) => l.name === 'VERSION');
  const at = version?.end ?? text.indexOf('\n') + 1;
  return text.slice(0, at) + foldLine(added) + text.slice(at);
}
