import { judgePassword } from '../models/credentials/strength.ts';
import type { PageRequest } from './site.ts';
import type { Words } from './words.ts';

/** A text field of the form, without white space around it; empty when it was not sent. */
export function textOf(page: Pick<PageRequest, 'form'>, name: string): string {
  return (page.form.get(name) ?? '').trim();
}

/** What is wrong with a new password, in words; undefined when it is fine. `about` is what others know of the person. */
export function passwordProblem(
  words: Words,
  password: string,
  about: readonly string[],
): string | undefined {
  const verdict = judgePassword(password, about);
  if (verdict === 'fine') return undefined;
  return verdict === 'short'
    ? words.t('password.short', { count: [...password].length })
    : words.t(`password.${verdict}`);
}

/** What is wrong with the name of a person, in words. */
export function nameProblem(words: Words, name: string): string | undefined {
  if (name === '') return words.t('field.needed');
  return name.length > 200 ? words.t('name.long') : undefined;
}

/** What is wrong with a user name, in words; an empty one is made from the name. */
export function loginProblem(words: Words, login: string): string | undefined {
  if (login === '') return undefined;
  return login.length > 128 || /[:/\\\u0000-\u001f\u007f]/.test(login) ? words.t('login.bad') : undefined;
}

/** What is wrong with an e-mail address, in words; an empty one is none. */
export function emailProblem(words: Words, email: string): string | undefined {
  if (email === '' || /^[^\s@<>"(),;:\\[\]]{1,64}@[^\s@<>"(),;:\\[\]]{1,189}$/.test(email)) return undefined;
  return words.t('email.bad');
}
