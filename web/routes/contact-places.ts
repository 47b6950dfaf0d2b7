import { type CardPlace, type Contact, toBookId } from '../../models/contacts/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { PageRequest } from '../site.ts';

/** `12/name` as a place; null when it is none. */
export function placeIn(text: string): CardPlace | null {
  const found = /^(\d{1,15})\/([\s\S]{1,255})$/.exec(text);
  return found === null ? null : { collection: toBookId(Number(found[1])), name: found[2] ?? '' };
}

/** The card that the path of the request names. Throws `Refusal` 404. */
export function placeOfPath({ params }: Pick<PageRequest, 'params'>): CardPlace {
  const place = placeIn(`${params['collection'] ?? ''}/${params['name'] ?? ''}`);
  if (place === null) throw new Refusal(404, 'There is no such contact.');
  return place;
}

/** The name a contact is called by in sentences. */
export function calledOf(page: Pick<PageRequest, 'words'>, { values }: Pick<Contact, 'values'>): string {
  return values.shownName || values.organization || page.words.t('contact.unnamed');
}
