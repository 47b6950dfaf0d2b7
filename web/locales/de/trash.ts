import type { TRASH_EN } from '../en/trash.ts';

/** Texts of the trash and versions, in German. */
export const TRASH_DE: Readonly<Record<keyof typeof TRASH_EN, string>> = {};
