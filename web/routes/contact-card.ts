import { type Contact, listBooks } from '../../models/contacts/service.ts';
import { lastChangeBy } from '../../models/contacts/trash.ts';
import { openCard } from '../../models/vcard/edit-source.ts';
import { escapeText, foldLine } from '../../models/vcard/lines.ts';
import type { CardData } from '../pages/contact.tsx';
import { actorOf } from '../session.ts';
import type { PageRequest } from '../site.ts';

/** Cameras read codes up to about this many bytes from a screen. */
const MAX_CODE_BYTES = 600;
const MAX_RAW_CHARACTERS = 20_000;

/** The most useful lines of a card, as many as a code holds, in the order in which they matter. */
function codeOf({ values }: Pick<Contact, 'values'>): string | null {
  const { name, organization, title, phones, emails, addresses, links } = values;
  const parts = [name.family, name.given, name.additional, name.prefix, name.suffix].map(escapeText);
  const lines = [
    ...phones.map((row) => `TEL:${escapeText(row.value)}`),
    ...emails.map((row) => `EMAIL:${escapeText(row.value)}`),
    ...(organization === '' ? [] : [`ORG:${escapeText(organization)}`]),
    ...(title === '' ? [] : [`TITLE:${escapeText(title)}`]),
    ...addresses.map(({ street, city, region, postcode, country }) =>
      ['ADR:', '', street, city, region, postcode, country]
        .map((part, at) => (at === 0 ? part : escapeText(part)))
        .join(';'),
    ),
    ...links.map((row) => `URL:${row.value}`),
  ].map(foldLine);
  const shown = values.shownName.slice(0, 100);
  let code = `BEGIN:VCARD\r\nVERSION:3.0\r\nN:${parts.join(';').slice(0, 200)}\r\nFN:${escapeText(shown)}\r\n`;
  for (const line of lines) if (Buffer.byteLength(code + line) < MAX_CODE_BYTES) code += line;
  return `${code}END:VCARD\r\n`;
}

/** The stored text without its binary lines. */
function rawOf(page: PageRequest, { body }: Pick<Contact, 'body'>): string {
  const card = openCard(body);
  let text = '';
  let at = 0;
  for (const line of card.lines) {
    if (!/^(PHOTO|LOGO|SOUND|KEY)$/.test(line.name) || line.end - line.start < 500) continue;
    const left = page.words.t('contact.raw.photo');
    text += `${card.bytes.toString('utf8', at, line.start)}${line.writtenName}: ${left}\n`;
    at = line.end;
  }
  return (text + card.bytes.toString('utf8', at)).slice(0, MAX_RAW_CHARACTERS);
}

/** A contact with what its page says beside its fields. */
export async function cardData(page: PageRequest, contact: Contact): Promise<CardData> {
  const { app } = page.site;
  const actor = actorOf(page);
  const books = await listBooks(app, actor);
  const { collection, name, etag, values, others, hasPhoto, isGroup, modifiedUtc } = contact;
  return {
    ...{ collection, name, etag, values, others, hasPhoto, isGroup, modifiedUtc },
    book: contact.book.displayName,
    changedBy: await lastChangeBy(app, actor, contact),
    raw: rawOf(page, contact),
    qr: codeOf(contact),
    targets: books
      .filter((book) => book.id !== collection)
      .map((book) => ({ collection: book.id, displayName: book.displayName })),
  };
}
