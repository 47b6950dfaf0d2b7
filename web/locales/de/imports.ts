import type { IMPORTS_EN } from '../en/imports.ts';

/** Texts of imports, in German. */
export const IMPORTS_DE: Readonly<Record<keyof typeof IMPORTS_EN, string>> = {};
