import { TimezoneProblem } from './problems.ts';

/** Longer than any name of a zone. */
const MAX_PATTERN_CHARS = 200;

/** Says whether a name is meant. */
export type NameMatch = (name: string) => boolean;

/** Names are compared in lower-case ASCII, with spaces for underscores (RFC 7808 §5.5). */
function fold(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replaceAll('_', ' ');
}

/**
 * Reads the pattern of a `find`: a text, with a star for anything before it, after it, or both; `\*` and `\\` are the
 * characters themselves (RFC 7808 §5.5). Throws TimezoneProblem `invalid-pattern`.
 */
export function readPattern(pattern: string): NameMatch {
  if (pattern === '' || pattern.length > MAX_PATTERN_CHARS)
    throw invalid(`A pattern has 1 to ${MAX_PATTERN_CHARS} characters.`);
  const opens = pattern.startsWith('*');
  const closes = pattern.length > 1 && pattern.endsWith('*') && !isEscaped(pattern, pattern.length - 1);
  const text = fold(unescaped(pattern.slice(opens ? 1 : 0, closes ? -1 : undefined)));
  return (name) => {
    const folded = fold(name);
    if (opens && closes) return folded.includes(text);
    if (opens) return folded.endsWith(text);
    return closes ? folded.startsWith(text) : folded === text;
  };
}

/** An odd number of backslashes before a character escapes it. */
function isEscaped(text: string, at: number): boolean {
  let count = 0;
  while (text[at - 1 - count] === '\\') count++;
  return count % 2 === 1;
}

function unescaped(text: string): string {
  let plain = '';
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '*')
      throw invalid('A star stands at the beginning or the end of a pattern, or behind a backslash.');
    if (char !== '\\') {
      plain += char;
      continue;
    }
    const next = text[++at];
    if (next !== '*' && next !== '\\') throw invalid('A backslash stands before a star or a backslash only.');
    plain += next;
  }
  return plain;
}

function invalid(message: string): TimezoneProblem {
  return new TimezoneProblem('invalid-pattern', message);
}
