import type { CONTACTS_EN } from '../en/contacts.ts';

/** Texts of contacts, books and duplicates, in German. */
export const CONTACTS_DE: Readonly<Record<keyof typeof CONTACTS_EN, string>> = {};
