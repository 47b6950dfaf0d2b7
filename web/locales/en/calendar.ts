/** Texts of calendars, events and tasks. */
export const CALENDAR_EN = {} as const satisfies Readonly<Record<string, string>>;
