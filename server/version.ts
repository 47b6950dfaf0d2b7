import { readFileSync, statSync } from 'node:fs';

/** The version in package.json: beside `server/` in a checkout, one folder further up from a build. */
export function readVersion(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const value: unknown = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'));
      const version: unknown =
        typeof value === 'object' && value !== null ? Reflect.get(value, 'version') : '';
      if (typeof version === 'string') return version;
    } catch {
      // The next place is tried.
    }
  }
  return '0';
}

/** Seconds of the moment at which the Node that runs came to this machine: it brings the time zone data along. */
export function nodeChangedUtc(): number {
  try {
    return Math.floor(statSync(process.execPath).mtimeMs / 1000);
  } catch {
    return 0;
  }
}
