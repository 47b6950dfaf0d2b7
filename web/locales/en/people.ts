/** Texts of People, Settings and Account. */
export const PEOPLE_EN = {} as const satisfies Readonly<Record<string, string>>;
