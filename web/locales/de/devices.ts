import type { DEVICES_EN } from '../en/devices.ts';

/** Texts of Overview, Activity, Health and devices, in German. */
export const DEVICES_DE: Readonly<Record<keyof typeof DEVICES_EN, string>> = {};
