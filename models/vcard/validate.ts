import { Precondition } from '../errors.ts';
import type { CardLimits, ParsedCard } from './parse.ts';

const MAX_UID_LENGTH = 1024;

/**
 * Checks what a card must have to be stored: version 3.0 or 4.0, one UID, an FN, no control characters.
 * Throws `supported-address-data` for another version, else `valid-address-data` (RFC 6352 §5.1, RFC 6350 §6.2.1).
 * N is not asked for: clients leave it out of 3.0 cards of companies and groups.
 */
export function validateCard(parsed: ParsedCard, _limits: CardLimits): void {
  checkVersion(parsed);
  checkUid(parsed);
  if (!parsed.properties.some((p) => p.name === 'FN'))
    throw invalid('The card has no FN; every card needs a name to show.');
  const at = controlCharacterAt(parsed.text);
  if (at >= 0) throw invalid(`The card has the control character U+${codeOf(parsed.text, at)}; take it out.`);
}

function checkVersion(parsed: ParsedCard): void {
  const versions = parsed.properties.filter((p) => p.name === 'VERSION');
  if (versions.length !== 1)
    throw invalid(`The card has ${versions.length} VERSION lines; exactly one is needed.`);
  if (parsed.version !== '3.0' && parsed.version !== '4.0') {
    throw new Precondition(
      'supported-address-data',
      `vCard version "${parsed.version.slice(0, 20)}" is not taken; send 3.0 or 4.0.`,
    );
  }
}

function checkUid(parsed: ParsedCard): void {
  const uids = parsed.properties.filter((p) => p.name === 'UID');
  if (uids.length === 0 || parsed.uid === '')
    throw invalid('The card has no UID; it must have one that never changes.');
  if (new Set(uids.map((p) => p.value.trim())).size > 1)
    throw invalid('The card has several different UIDs; it must have one.');
  if (parsed.uid.length > MAX_UID_LENGTH)
    throw invalid(`The UID is longer than ${MAX_UID_LENGTH} characters.`);
}

/** Offset of the first character XML cannot carry (NUL, other C0 except TAB, LF and CR at a line's end, U+FFFE, U+FFFF), or -1. */
export function controlCharacterAt(text: string): number {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (
      code < 32
        ? code !== 9 && code !== 10 && !(code === 13 && text.charCodeAt(i + 1) === 10)
        : code >= 0xfffe
    ) {
      if (code === 13 && i === text.length - 1) continue;
      return i;
    }
  }
  return -1;
}

function codeOf(text: string, at: number): string {
  return text.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
}

function invalid(message: string): Precondition {
  return new Precondition('valid-address-data', message);
}
