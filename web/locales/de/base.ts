import type { BASE_EN } from '../en/base.ts';

/** Texts that all pages share, and those of set-up, sign-in and errors, in German. */
export const BASE_DE: Readonly<Partial<Record<keyof typeof BASE_EN, string>>> = {};
