/** Passwords that many people have, and keyboards' rows; digits and signs at both ends are taken off before looking here. */
const COMMON: ReadonlySet<string> = new Set(
  (
    'password passwort passw0rd pa55word p@ssword p@ssw0rd mypassword motdepasse contrasena contraseña senha parola ' +
    'wachtwoord kennwort geheim geheimnis sicherheit secret topsecret secretpassword passphrase ' +
    'qwerty qwertz azerty qwertyui qwertyuio qwertyuiop qwertzuiop azertyuiop asdfgh asdfghjk asdfghjkl yxcvbnm zxcvbnm ' +
    'zxcvbn qazwsx qazwsxedc qweasd qweasdzxc qweqwe asdasd asdfasdf qwerqwer qwertyqwerty poiuytrewq lkjhgfdsa ' +
    'q1w2e3r4t5 q1w2e3r4t5y6 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6z 1qaz2wsx 1qaz2wsx3edc zaq12wsx zaq1zaq1 ' +
    'letmein welcome willkommen bienvenue bienvenido hello helloworld hallo halloween hallowelt goodmorning gutenmorgen ' +
    'admin administrator adminadmin root rootroot toor user username guest default changeme changeit test testtest testing ' +
    'temp temporary demo example login master superuser server computer internet windows microsoft google facebook ' +
    'iloveyou iloveu ichliebedich jetaime teamo loveyou lovelove mylove schatz schatzi liebling darling sweetheart ' +
    'princess prinzessin sunshine sonnenschein butterfly schmetterling dragon drachen monkey shadow superman batman ' +
    'spiderman pokemon starwars skywalker harrypotter minecraft fortnite football fussball fußball baseball basketball ' +
    'liverpool barcelona realmadrid bayernmunich fcbayern borussia schalke chelsea arsenal manchester juventus ' +
    'summer sommer winter herbst spring fruehling frühling januar february monday montag sunday sonntag christmas ' +
    'weihnachten freedom trustno1 whatever nothing blink michael jennifer jordan charlie thomas daniel jessica ashley ' +
    'michelle nicole christian andreas alexander stefanie sebastian katharina hamburg berlin muenchen münchen ' +
    'deutschland australia elephant elefant chocolate schokolade computer1 family familie password1password ' +
    'daybook calendar kalender contacts kontakte caldav carddav nextcloud synology raspberry raspberrypi homeserver ' +
    'abc abcd abcde abcdef abcdefg abcdefgh abcdefghi abcdefghij abcabc aabbccdd correcthorsebatterystaple'
  ).split(' '),
);

const RUN = '01234567890123456789 98765432109876543210 abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba';

/** What is to be said about a new password. */
export type PasswordVerdict = 'short' | 'long' | 'guessable' | 'fine';

/** How long a password is at least, in characters. */
export const MIN_PASSWORD = 10;
/** How long it is at most, in bytes. */
export const MAX_PASSWORD_BYTES = 1024;

/** "winter2026", "admin.admin" and "!!password!!" hold one common word and little else. */
function isCommon(folded: string): boolean {
  if (COMMON.has(folded)) return true;
  const core = folded.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  if (folded.length - core.length <= 10 && COMMON.has(core)) return true;
  const squeezed = folded.replace(/[^\p{L}\p{N}]/gu, '');
  return COMMON.has(squeezed) || /^(.{1,6})\1+$/u.test(squeezed);
}

/** Judges a new password by length and by what anybody would try first; `about` is what others know of the person. */
export function judgePassword(password: string, about: readonly string[]): PasswordVerdict {
  const normal = password.normalize('NFC');
  if ([...normal].length < MIN_PASSWORD) return 'short';
  if (Buffer.byteLength(normal) > MAX_PASSWORD_BYTES) return 'long';
  const folded = normal.toLowerCase();
  const known = about.map((text) => text.trim().toLowerCase()).filter((text) => text.length >= 3);
  const isKnown = known.some((text) => folded.replaceAll(text, '').length < 6);
  const isUniform = new Set(folded).size < 4;
  return isCommon(folded) || isKnown || isUniform || RUN.includes(folded) ? 'guessable' : 'fine';
}
