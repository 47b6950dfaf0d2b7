/** Texts of imports. */
export const IMPORTS_EN = {} as const satisfies Readonly<Record<string, string>>;
