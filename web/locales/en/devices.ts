/** Texts of Overview, Activity, Health and devices. */
export const DEVICES_EN = {} as const satisfies Readonly<Record<string, string>>;
