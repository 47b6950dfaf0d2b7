/** Texts of the trash and versions. */
export const TRASH_EN = {} as const satisfies Readonly<Record<string, string>>;
