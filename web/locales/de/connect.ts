import type { CONNECT_EN } from '../en/connect.ts';

/** Texts of Connect, the set-up page and approvals, in German. */
export const CONNECT_DE: Readonly<Record<keyof typeof CONNECT_EN, string>> = {};
