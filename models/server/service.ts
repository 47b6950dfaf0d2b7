import { requireAdmin } from '../access/service.ts';
import type { App, Limits } from '../app.ts';
import { audit } from '../audit/service.ts';
import type { Db } from '../db/database.ts';
import { Refusal } from '../errors.ts';
import type { Actor } from '../types.ts';
import { storedSettings, storeSettings } from './store.ts';

/** Colours of buttons and marks to choose from; each has a light and a dark pair in the stylesheet. */
export const ACCENTS = ['green', 'blue', 'violet', 'pink', 'orange', 'slate'] as const;
/** One of `ACCENTS`. */
export type Accent = (typeof ACCENTS)[number];

/** What an administrator chose on the settings page; it holds at once, in every process of the server. */
export interface ServerSettings {
  /** Stands on every page and in the names of profiles. */
  readonly name: string;
  readonly accent: Accent;
  /** Whether a profile carries the password it was made with; otherwise the device asks. */
  readonly profileHasPassword: boolean;
  /** For browsers that ask for none of our languages. */
  readonly defaultLanguage: 'en' | 'de';
  /** `https://host[:port]` without path, told to people where `BASE_URL` is not set; null: what the browser says. */
  readonly address: string | null;
  /** Null: what the environment says, or the default. */
  readonly trashDays: number | null;
  readonly versionDays: number | null;
  readonly quotaBytes: number | null;
}

/** What holds until somebody chooses. */
export const DEFAULT_SETTINGS: ServerSettings = {
  name: 'Daybook',
  accent: 'green',
  profileHasPassword: true,
  defaultLanguage: 'en',
  address: null,
  trashDays: null,
  versionDays: null,
  quotaBytes: null,
};

const MAX_NAME = 60;
const MAX_DAYS = 36_500;

const numberIn = (value: unknown, min: number, max: number): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max ? value : null;

function parse(json: string | null): ServerSettings {
  const value: unknown = json === null ? {} : JSON.parse(json);
  if (typeof value !== 'object' || value === null) return DEFAULT_SETTINGS;
  const of = (key: keyof ServerSettings): unknown => Reflect.get(value, key);
  const [name, address] = [of('name'), of('address')];
  return {
    name: typeof name === 'string' && name !== '' ? name : DEFAULT_SETTINGS.name,
    accent: ACCENTS.find((accent) => accent === of('accent')) ?? DEFAULT_SETTINGS.accent,
    profileHasPassword: of('profileHasPassword') !== false,
    defaultLanguage: of('defaultLanguage') === 'de' ? 'de' : 'en',
    address: typeof address === 'string' && isOrigin(address) ? address : null,
    trashDays: numberIn(of('trashDays'), 0, MAX_DAYS),
    versionDays: numberIn(of('versionDays'), 0, MAX_DAYS),
    quotaBytes: numberIn(of('quotaBytes'), 1024, Number.MAX_SAFE_INTEGER),
  };
}

/** What was chosen, or the defaults. One keyed read, so that every process sees a change at once. */
export async function serverSettings(db: Db): Promise<ServerSettings> {
  return parse(await storedSettings(db));
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Gives an address as it is kept: scheme, host and port. Throws `Refusal` 400 for anything else. */
export function checkedAddress(text: string): string {
  const typed = text.trim().replace(/\/+$/, '');
  const whole = /^[a-z]+:\/\//i.test(typed) ? typed : `https://${typed}`;
  const origin = URL.canParse(whole) ? new URL(whole).origin : '';
  if (!isOrigin(origin) || origin.length > 200 || new URL(whole).pathname !== '/')
    throw new Refusal(
      400,
      `"${typed.slice(0, 80)}" is not an address. Write it like https://dav.example.org.`,
    );
  return origin;
}

function checkedName(text: string): string {
  const name = text.normalize('NFC').trim();
  if (name === '' || [...name].length > MAX_NAME || /\p{C}/u.test(name))
    throw new Refusal(400, `A name for the server has 1 to ${MAX_NAME} characters.`);
  return name;
}

/** Gives what is kept of a change. Throws `Refusal` 400 naming what cannot be used. */
function checked(patch: Partial<ServerSettings>): Partial<ServerSettings> {
  const { name, address, trashDays, versionDays, quotaBytes } = patch;
  for (const days of [trashDays, versionDays])
    if (days !== undefined && days !== null && numberIn(days, 0, MAX_DAYS) === null)
      throw new Refusal(400, `Days are a whole number from 0 to ${MAX_DAYS}.`);
  if (
    quotaBytes !== undefined &&
    quotaBytes !== null &&
    numberIn(quotaBytes, 1024, Number.MAX_SAFE_INTEGER) === null
  )
    throw new Refusal(400, 'The room for one person is at least 1024 bytes.');
  return {
    ...patch,
    ...(name === undefined ? {} : { name: checkedName(name) }),
    ...(address === undefined || address === null ? {} : { address: checkedAddress(address) }),
  };
}

/** Changes what is chosen, for everybody and at once. For administrators. Throws `Refusal` 400. */
export async function changeServerSettings(
  app: Pick<App, 'db' | 'clock'>,
  actor: Actor,
  patch: Partial<ServerSettings>,
): Promise<ServerSettings> {
  requireAdmin(actor);
  const change = checked(patch);
  const settings = await app.db.write(async (tx) => {
    const next = parse(JSON.stringify({ ...parse(await storedSettings(tx)), ...change }));
    await storeSettings(tx, JSON.stringify(next));
    return next;
  });
  const about = Object.fromEntries(Object.entries(change).map(([key, value]) => [key, String(value)]));
  await audit(app, actor, { action: 'settings.change', about });
  return settings;
}

/** The room for one person in stored settings, null where they say nothing about it. */
export function quotaIn(json: string | null): number | null {
  return parse(json).quotaBytes;
}

/** Gives settings back to their defaults, for the start of a server whose environment says them. */
export async function resetServerSettings(
  app: Pick<App, 'db'>,
  keys: readonly (keyof ServerSettings)[],
): Promise<void> {
  const before = await serverSettings(app.db);
  if (keys.every((key) => before[key] === DEFAULT_SETTINGS[key])) return;
  const defaults = Object.fromEntries(keys.map((key) => [key, DEFAULT_SETTINGS[key]]));
  await app.db.write((tx) => storeSettings(tx, JSON.stringify({ ...before, ...defaults })));
}

/** The limits of the environment with what the settings page says instead. */
export async function limitsNow(app: Pick<App, 'db' | 'limits'>): Promise<Limits> {
  const { trashDays, versionDays, quotaBytes } = await serverSettings(app.db);
  return {
    ...app.limits,
    ...(trashDays === null ? {} : { trashDays }),
    ...(versionDays === null ? {} : { versionDays }),
    ...(quotaBytes === null ? {} : { maxBytesPerUser: quotaBytes }),
  };
}
