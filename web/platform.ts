import type { WireRequest } from '../protocols/wire.ts';

/** What a browser runs on, as far as it says; an iPad may say that it is a Mac. */
export type Platform = 'iphone' | 'ipad' | 'mac' | 'android' | 'desktop' | 'unknown';

/** Reads the platform from `User-Agent`. */
export function platformOf({ headers }: Pick<WireRequest, 'headers'>): Platform {
  const agent = headers['user-agent'] ?? '';
  if (/\biPad\b/.test(agent)) return 'ipad';
  if (/\biPhone\b|\biPod\b/.test(agent)) return 'iphone';
  if (/\bAndroid\b/.test(agent)) return 'android';
  if (/\bMac(intosh| OS X)\b/.test(agent)) return 'mac';
  return /\bWindows\b|\bLinux\b|\bX11\b|\bCrOS\b/.test(agent) ? 'desktop' : 'unknown';
}

/** Asks a browser for the model of its device, where it would tell (Client Hints). */
export const ASK_MODEL = { 'Accept-CH': 'Sec-CH-UA-Model', 'Critical-CH': 'Sec-CH-UA-Model' } as const;

const MAX_MODEL = 40;
/** What newer browsers say in the place of a model. */
const NO_MODEL: ReadonlySet<string> = new Set(['', 'K', 'Mobile', 'Tablet', 'wv', 'Linux']);

/** The model of an Android device, `Pixel 8`; null when nobody tells. */
export function modelOf({ headers }: Pick<WireRequest, 'headers'>): string | null {
  const hint = /^"([^"\\]*)"$/.exec(headers['sec-ch-ua-model'] ?? '')?.[1];
  const told = /\bAndroid [\d.]+; (?:[a-z]{2}-[A-Za-z]{2}; )?([^;()]+?)(?: Build\/[^;()]*)?[;)]/.exec(
    headers['user-agent'] ?? '',
  )?.[1];
  for (const text of [hint, told]) {
    const model = (text ?? '').trim();
    if (!NO_MODEL.has(model) && model.length <= MAX_MODEL && /^[\w .,+()/-]+$/.test(model)) return model;
  }
  return null;
}
