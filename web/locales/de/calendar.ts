import type { CALENDAR_EN } from '../en/calendar.ts';

/** Texts of calendars, events and tasks, in German. */
export const CALENDAR_DE: Readonly<Record<keyof typeof CALENDAR_EN, string>> = {};
