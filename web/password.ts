/** Among the first things anybody would try, with digits and signs at the ends taken off. */
const OBVIOUS: ReadonlySet<string> = new Set([
  'password',
  'passwort',
  'passw0rd',
  'qwerty',
  'qwertz',
  'qwertyuiop',
  'qwertzuiop',
  'asdfghjkl',
  'letmein',
  'welcome',
  'willkommen',
  'admin',
  'administrator',
  'iloveyou',
  'changeme',
  'daybook',
  'abcdefgh',
  'abcdefghij',
]);

/** What is to be said about a new password. */
export type PasswordVerdict = 'short' | 'long' | 'guessable' | 'fine';

const RUN = '01234567890123456789 98765432109876543210 abcdefghijklmnopqrstuvwxyz';

/** Judges a new password by length and by what anybody would try first; `about` is what others know of the person. */
export function judgePassword(password: string, about: readonly string[]): PasswordVerdict {
  const normal = password.normalize('NFC');
  if ([...normal].length < 10) return 'short';
  if (Buffer.byteLength(normal) > 1024) return 'long';
  const folded = normal.toLowerCase();
  const core = folded.replace(/^[^a-z]{0,8}/, '').replace(/[^a-z]{0,8}$/, '');
  const known = about.map((text) => text.trim().toLowerCase()).filter((text) => text.length >= 3);
  const isKnown = known.some((text) => folded.replaceAll(text, '').length < 6);
  const isUniform = new Set(folded).size < 4;
  return OBVIOUS.has(core) || isKnown || isUniform || RUN.includes(folded) ? 'guessable' : 'fine';
}
