/** Texts of contacts, books and duplicates. */
export const CONTACTS_EN = {} as const satisfies Readonly<Record<string, string>>;
