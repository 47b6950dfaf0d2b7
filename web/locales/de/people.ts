import type { PEOPLE_EN } from '../en/people.ts';

/** Texts of People, Settings and Account, in German. */
export const PEOPLE_DE: Readonly<Record<keyof typeof PEOPLE_EN, string>> = {};
