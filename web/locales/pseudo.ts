import { EN, type WordKey } from './en.ts';

const LETTERS: Readonly<Record<string, string>> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  A: 'Á',
  E: 'É',
  I: 'Í',
  O: 'Ó',
  U: 'Ú',
  n: 'ñ',
  c: 'ç',
  s: 'š',
  y: 'ý',
};

/** Accents on every letter outside `{values}`, and two fifths more length: what clips or was never translated shows. */
function stretch(text: string): string {
  const accented = text.replace(/\{\w+\}|[a-zA-Z]/g, (part) => LETTERS[part] ?? part);
  return `[${accented}${'·'.repeat(Math.ceil(text.length * 0.4))}]`;
}

/** The language `qps`, for tests: every English text, changed so that it can be recognised. */
export function pseudoWords(): Readonly<Record<WordKey, string>> {
  const entries = Object.entries(EN).map(([key, text]) => [key, stretch(text)]);
  return { ...EN, ...Object.fromEntries(entries) };
}
