import { FOLD_RECIPE } from '../ical/collation.ts';
import { OCCURRENCE_RECIPE } from '../ical/occurrences.ts';
import type { Holds } from '../types.ts';
import { CARD_FIELD_RECIPE } from '../vcard/fields.ts';

/** Names what index rows mean today. Rows that were made by another recipe are made anew, and until then not believed. */
export function recipeOf(holds: Holds): string {
  return holds === 'calendar'
    ? `occurrences-${OCCURRENCE_RECIPE}`
    : `fields-${CARD_FIELD_RECIPE}-fold-${FOLD_RECIPE}`;
}
