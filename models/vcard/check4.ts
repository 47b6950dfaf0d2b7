import { parse } from 'vcard4';

/** What the vCard 4.0 library objects to in a card, or null when it is content (RFC 6350 §3.3). Its time is not linear: 0.15 s for 64 KB of quotes. */
export function objectionTo4(text: string): string | null {
  try {
    // It knows the parameter SORT-AS by the name SORTAS only.
    parse(text.replaceAll(';SORT-AS=', ';SORTAS='));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
