import { FOLD_RECIPE } from '../ical/collation.ts';
import { OCCURRENCE_RECIPE } from '../ical/occurrences.ts';
import { zoneDataVersion } from '../ical/zone-names.ts';
import type { Holds } from '../types.ts';
import { CARD_FIELD_RECIPE } from '../vcard/fields.ts';

/**
 * Names what index rows mean today. Rows that were made by another recipe are made anew, and until then not believed. Those
 * of a calendar depend on the time zones Node knows, too: laws change, and a newer Node may put the same event elsewhere.
 */
export function recipeOf(holds: Holds, zoneData: string = zoneDataVersion()): string {
  return holds === 'calendar'
    ? `occurrences-${OCCURRENCE_RECIPE}-zones-${zoneData}`
    : `fields-${CARD_FIELD_RECIPE}-fold-${FOLD_RECIPE}`;
}
