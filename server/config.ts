import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import type { Limits } from '../models/app.ts';
import { DEFAULT_LIMITS } from '../models/limits.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';

/** The configuration cannot be used; the message is for the person who wrote it, one line per problem. */
export class BadConfiguration extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'BadConfiguration';
  }
}

/** A row of the settings table. */
export interface Setting<T> {
  /** The environment variable. */
  readonly name: string;
  /** The text that stands for the default; null where the setting may be left out altogether. */
  readonly fallback: string | null;
  /** How the default is described when it is not simply that text. */
  readonly fallbackDoc?: string;
  /** What a good value looks like, for error messages and the page. */
  readonly expected: string;
  readonly doc: string;
  /** True when the value must not be shown. */
  readonly isSecret?: boolean;
  /** The value, or undefined when the text is not what is expected. */
  parse(text: string): T | undefined;
}

const row = <T>(setting: Setting<T>): Setting<T> => setting;

function whole(min: number, max: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

const YES = new Set(['yes', 'true', '1', 'on']);
const NO = new Set(['no', 'false', '0', 'off']);

function yesOrNo(text: string): boolean | undefined {
  const word = text.toLowerCase();
  if (YES.has(word)) return true;
  return NO.has(word) ? false : undefined;
}

/** Where the server is reached from outside. */
export interface BaseUrl {
  readonly origin: string;
  /** Path prefix without trailing slash. */
  readonly base: string;
}

function baseUrl(text: string): BaseUrl | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (!isPlain || !['http:', 'https:'].includes(url.protocol)) return undefined;
  if (!/^[A-Za-z0-9/_.~-]*$/.test(url.pathname) || url.pathname.includes('//')) return undefined;
  return { origin: url.origin, base: url.pathname.replace(/\/$/, '') };
}

function isNetwork(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, more] = text.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  return bits === undefined || (whole(0, family === 4 ? 32 : 128)(bits) ?? -1) >= 0;
}

function networks(text: string): readonly string[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  return parts.every(isNetwork) ? parts : undefined;
}

function databaseUrl(text: string): string | undefined {
  if (/^sqlite:.+/.test(text)) return text;
  return /^postgres(ql)?:\/\/./.test(text) && URL.canParse(text) ? text : undefined;
}

function origins(text: string): readonly string[] | undefined {
  const parts = text.split(/[\s,]+/).filter((part) => part !== '');
  return parts.every((part) => URL.canParse(part) && new URL(part).origin === part) ? parts : undefined;
}

const count = (name: string, fallback: number, min: number, max: number, doc: string): Setting<number> =>
  row({
    name,
    fallback: String(fallback),
    expected: `a whole number from ${min} to ${max}`,
    doc,
    parse: whole(min, max),
  });

const filePath = (name: string, doc: string): Setting<string> =>
  row({ name, fallback: null, expected: 'the path of a file', doc, parse: (text) => resolve(text) });

const FLAG = 'yes or no';
const MIB = 1024 * 1024;

/** Every setting there is, in the order of the documentation. */
export const SETTINGS = {
  host: row({
    name: 'HOST',
    fallback: '127.0.0.1',
    expected: 'an address or host name to listen on',
    doc: 'Address to listen on. The default is reachable from this machine only; put a proxy with https in front to reach it from others.',
    parse: (text) => (/^[A-Za-z0-9.:_-]{1,253}$/.test(text) ? text : undefined),
  }),
  port: row({
    name: 'PORT',
    fallback: '8008',
    expected: 'a port from 0 to 65535 (0 takes a free one)',
    doc: 'Port to listen on.',
    parse: whole(0, 65_535),
  }),
  baseUrl: row<BaseUrl>({
    name: 'BASE_URL',
    fallback: null,
    expected:
      'an http or https address without query, such as https://dav.example.org or https://example.org/daybook',
    doc: 'Address people and clients use. Give it when a proxy stands in front; a path in it is honoured everywhere.',
    parse: baseUrl,
  }),
  dataDir: row({
    name: 'DATA_DIR',
    fallback: './data',
    expected: 'a folder',
    doc: 'Folder for everything Daybook keeps. It is created when it is missing.',
    parse: (text) => resolve(text),
  }),
  databaseUrl: row({
    name: 'DATABASE_URL',
    fallback: null,
    fallbackDoc: '`sqlite:` with `daybook.sqlite` in `DATA_DIR`',
    expected: 'sqlite:/path/to/file.sqlite or postgres://user:password@host/database',
    doc: 'Database to keep things in: an SQLite file, or PostgreSQL.',
    isSecret: true,
    parse: databaseUrl,
  }),
  trustProxy: row<readonly string[]>({
    name: 'TRUST_PROXY',
    fallback: '',
    fallbackDoc: 'nobody',
    expected: 'addresses or networks separated by commas, such as 10.0.0.7,192.168.4.0/24, or loopback',
    doc: 'Proxies whose X-Forwarded-For and X-Forwarded-Proto headers are believed. From anybody else they are ignored.',
    parse: networks,
  }),
  allowInsecure: row({
    name: 'ALLOW_INSECURE',
    fallback: 'no',
    expected: FLAG,
    doc: 'Accept passwords over plain http from other machines. Everybody on the way can read them; for closed test networks only.',
    parse: yesOrNo,
  }),
  logLevel: row<LogLevel>({
    name: 'LOG_LEVEL',
    fallback: 'info',
    expected: LOG_LEVELS.join(', '),
    doc: 'How much is written to the log: JSON lines on standard error. `debug` has a line for every request.',
    parse: (text) => LOG_LEVELS.find((level) => level === text.toLowerCase()),
  }),
  compress: row({
    name: 'COMPRESS',
    fallback: 'yes',
    expected: FLAG,
    doc: 'Compress large answers for clients that ask for it.',
    parse: yesOrNo,
  }),
  corsOrigins: row<readonly string[]>({
    name: 'CORS_ORIGINS',
    fallback: '',
    fallbackDoc: 'none',
    expected: 'origins separated by commas, such as https://calendar.example.org',
    doc: 'Web applications on other origins whose scripts may speak to the DAV addresses.',
    parse: origins,
  }),
  profileCert: filePath(
    'PROFILE_CERT',
    'Certificate that signs profiles for Apple devices, so that they show as verified: PEM, with an RSA key. Goes with PROFILE_KEY.',
  ),
  profileKey: filePath('PROFILE_KEY', 'Private key of PROFILE_CERT: PEM, not encrypted.'),
  profileChain: filePath(
    'PROFILE_CHAIN',
    'Certificates between PROFILE_CERT and one that devices trust: PEM, one after another.',
  ),
  maxConnections: count(
    'MAX_CONNECTIONS',
    2000,
    1,
    1_000_000,
    'Connections open at the same time; more are closed at once.',
  ),
  maxRequests: row({
    name: 'MAX_REQUESTS',
    fallback: String(availableParallelism() * 32),
    fallbackDoc: '32 for every processor',
    expected: 'a whole number from 1 to 100000',
    doc: 'Requests worked on at the same time; as many again wait, more are answered 503.',
    parse: whole(1, 100_000),
  }),
  maxRequestsPerUser: count(
    'MAX_REQUESTS_PER_USER',
    8,
    1,
    10_000,
    'Requests of one person worked on at the same time.',
  ),
  maxQueuedPerUser: count(
    'MAX_QUEUED_PER_USER',
    32,
    0,
    10_000,
    'Requests of one person that wait for their turn; more are answered 429.',
  ),
  requestDeadlineSeconds: count(
    'REQUEST_DEADLINE_SECONDS',
    120,
    1,
    3600,
    'Seconds after which a request that has not begun to be answered is given up.',
  ),
  maxCalendarObjectBytes: count(
    'MAX_EVENT_BYTES',
    DEFAULT_LIMITS.maxCalendarObjectBytes,
    1024,
    64 * MIB,
    'Largest event or task, in bytes.',
  ),
  maxCardBytes: count(
    'MAX_CONTACT_BYTES',
    DEFAULT_LIMITS.maxCardBytes,
    1024,
    64 * MIB,
    'Largest contact with its photo, in bytes.',
  ),
  maxObjectsPerCollection: count(
    'MAX_ITEMS_PER_COLLECTION',
    DEFAULT_LIMITS.maxObjectsPerCollection,
    1,
    100_000_000,
    'Events, tasks or contacts in one calendar or address book.',
  ),
  maxCollectionsPerHome: count(
    'MAX_COLLECTIONS',
    DEFAULT_LIMITS.maxCollectionsPerHome,
    1,
    100_000,
    'Calendars, and address books, of one person.',
  ),
  maxBytesPerUser: count(
    'QUOTA_BYTES',
    DEFAULT_LIMITS.maxBytesPerUser,
    1024,
    Number.MAX_SAFE_INTEGER,
    'Bytes one person may keep.',
  ),
  maxInstances: count(
    'MAX_INSTANCES',
    DEFAULT_LIMITS.maxInstances,
    1,
    1_000_000,
    'Occurrences of one series that are looked at.',
  ),
  maxAnswerBytes: count(
    'MAX_ANSWER_BYTES',
    DEFAULT_LIMITS.maxAnswerBytes,
    64 * 1024,
    1024 * MIB,
    'Largest answer with expanded series, in bytes.',
  ),
  maxAttendees: count('MAX_ATTENDEES', DEFAULT_LIMITS.maxAttendees, 1, 100_000, 'Attendees of one event.'),
  horizonBackDays: count(
    'HORIZON_BACK_DAYS',
    DEFAULT_LIMITS.horizonBackDays,
    1,
    36_500,
    'Days before today for which endless series are indexed.',
  ),
  horizonAheadDays: count(
    'HORIZON_AHEAD_DAYS',
    DEFAULT_LIMITS.horizonAheadDays,
    1,
    36_500,
    'Days after today for which endless series are indexed.',
  ),
  journalDays: count(
    'JOURNAL_DAYS',
    DEFAULT_LIMITS.journalDays,
    1,
    36_500,
    'Days for which changes are remembered at least; a device that was away longer reads everything again.',
  ),
  journalRows: count(
    'JOURNAL_ROWS',
    DEFAULT_LIMITS.journalRows,
    100,
    1_000_000_000,
    'Newest changes of a calendar or address book that are remembered whatever their age.',
  ),
  trashDays: count(
    'TRASH_DAYS',
    DEFAULT_LIMITS.trashDays,
    0,
    36_500,
    'Days that whatever was deleted is kept before it is gone for good.',
  ),
  maxImportBytes: count(
    'MAX_IMPORT_BYTES',
    DEFAULT_LIMITS.maxImportBytes,
    1024,
    16 * 1024 * MIB,
    'Bytes of all files of one import from the pages; they lie in `DATA_DIR` until the import is done.',
  ),
  versionDays: count(
    'VERSION_DAYS',
    DEFAULT_LIMITS.versionDays,
    0,
    36_500,
    'Days for which former versions of events, tasks and contacts are kept.',
  ),
  versionsPerObject: count(
    'VERSIONS_PER_OBJECT',
    DEFAULT_LIMITS.versionsPerObject,
    1,
    10_000,
    'Newest former versions that are kept of one event, task or contact.',
  ),
  maxVersionBytesPerUser: count(
    'MAX_VERSION_BYTES_PER_USER',
    DEFAULT_LIMITS.maxVersionBytesPerUser,
    0,
    1_000_000 * MIB,
    'Bytes of former versions and deleted items that are kept of one person, beside what the person uses; the oldest go first.',
  ),
  guardShare: row({
    name: 'GUARD_SHARE',
    fallback: String(DEFAULT_LIMITS.guardShare),
    expected: 'a share from 0 to 1, such as 0.3',
    doc: 'Share of a calendar or address book that one device may remove in a short time before its owner is told.',
    parse: (text) => (/^(0(\.\d{1,4})?|1(\.0{1,4})?)$/.test(text) ? Number(text) : undefined),
  }),
  guardMin: count(
    'GUARD_MIN',
    DEFAULT_LIMITS.guardMin,
    1,
    1_000_000,
    'Items that one device must remove at least before the owner is told.',
  ),
  guardMinutes: count(
    'GUARD_MINUTES',
    DEFAULT_LIMITS.guardMinutes,
    1,
    1440,
    'Minutes in which it must remove them.',
  ),
  defaultCountry: row({
    name: 'DEFAULT_COUNTRY',
    fallback: '',
    fallbackDoc: "the country of the machine's time zone",
    expected: 'two letters, such as DE',
    doc: 'Country whose phone numbers are written without a country code; duplicates of contacts are found by it.',
    parse: (text) => (text === '' || /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : undefined),
  }),
};

/** Everything the environment can say, read once. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly baseUrl: BaseUrl | null;
  readonly dataDir: string;
  readonly databaseUrl: string;
  readonly trustProxy: readonly string[];
  readonly allowInsecure: boolean;
  readonly logLevel: LogLevel;
  readonly compress: boolean;
  readonly corsOrigins: readonly string[];
  readonly profileCert: string | null;
  readonly profileKey: string | null;
  readonly profileChain: string | null;
  readonly maxConnections: number;
  readonly maxRequests: number;
  readonly maxRequestsPerUser: number;
  readonly maxQueuedPerUser: number;
  readonly requestDeadlineSeconds: number;
  readonly limits: Limits;
  /** Settings that were given, by name, as text. */
  readonly given: Environment;
}

/** Environment variables, or whatever stands for them in a test. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads rows and gathers what is wrong with them, so that a person sees all problems at once. */
class Reader {
  readonly problems: string[] = [];
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  optional<T>(setting: Setting<T>): T | null {
    const given = this.#environment[setting.name]?.trim();
    const text = given === undefined || given === '' ? setting.fallback : given;
    if (text === null) return null;
    const value = setting.parse(text);
    if (value !== undefined) return value;
    const shown = setting.isSecret === true ? '(not shown)' : `"${text.slice(0, 100)}"`;
    this.problems.push(`${setting.name}=${shown} cannot be used. Expected: ${setting.expected}.`);
    return null;
  }

  required<T>(setting: Setting<T>, placeholder: T): T {
    return this.optional(setting) ?? placeholder;
  }
}

function readLimits(r: Reader): Limits {
  const number = (setting: Setting<number>) => r.required(setting, 0);
  return {
    ...DEFAULT_LIMITS,
    maxCalendarObjectBytes: number(SETTINGS.maxCalendarObjectBytes),
    maxCardBytes: number(SETTINGS.maxCardBytes),
    maxObjectsPerCollection: number(SETTINGS.maxObjectsPerCollection),
    maxCollectionsPerHome: number(SETTINGS.maxCollectionsPerHome),
    maxBytesPerUser: number(SETTINGS.maxBytesPerUser),
    maxInstances: number(SETTINGS.maxInstances),
    maxAnswerBytes: number(SETTINGS.maxAnswerBytes),
    maxAttendees: number(SETTINGS.maxAttendees),
    horizonBackDays: number(SETTINGS.horizonBackDays),
    horizonAheadDays: number(SETTINGS.horizonAheadDays),
    journalDays: number(SETTINGS.journalDays),
    journalRows: number(SETTINGS.journalRows),
    trashDays: number(SETTINGS.trashDays),
    maxImportBytes: number(SETTINGS.maxImportBytes),
    versionDays: number(SETTINGS.versionDays),
    versionsPerObject: number(SETTINGS.versionsPerObject),
    maxVersionBytesPerUser: number(SETTINGS.maxVersionBytesPerUser),
    guardShare: number(SETTINGS.guardShare),
    guardMin: number(SETTINGS.guardMin),
    guardMinutes: number(SETTINGS.guardMinutes),
    defaultCountry: r.required(SETTINGS.defaultCountry, ''),
  };
}

const isLoopbackHost = (host: string) => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** Throws `BadConfiguration` for a listener that other machines reach without https: passwords would travel in clear. */
export function requireSafeListener(config: Config): void {
  if (isLoopbackHost(config.host) || config.allowInsecure || config.trustProxy.length > 0) return;
  throw new BadConfiguration([
    `HOST="${config.host}" can be reached from other machines without https. Expected: TRUST_PROXY with the ` +
      'address of the https proxy in front, or ALLOW_INSECURE=yes on a closed test network.',
  ]);
}

function givenIn(environment: Environment): Environment {
  const names = Object.values<Setting<unknown>>(SETTINGS).map((setting) => setting.name);
  return Object.fromEntries(names.map((name) => [name, environment[name]?.trim() || undefined]));
}

/** Reads all settings; throws `BadConfiguration` naming every variable that cannot be used. */
export function readConfig(environment: Environment = process.env): Config {
  const r = new Reader(environment);
  const dataDir = r.required(SETTINGS.dataDir, '.');
  const config: Config = {
    host: r.required(SETTINGS.host, '127.0.0.1'),
    port: r.required(SETTINGS.port, 0),
    baseUrl: r.optional(SETTINGS.baseUrl),
    dataDir,
    databaseUrl: r.optional(SETTINGS.databaseUrl) ?? `sqlite:${join(dataDir, 'daybook.sqlite')}`,
    trustProxy: r.required(SETTINGS.trustProxy, []),
    allowInsecure: r.required(SETTINGS.allowInsecure, false),
    logLevel: r.required(SETTINGS.logLevel, 'info'),
    compress: r.required(SETTINGS.compress, true),
    corsOrigins: r.required(SETTINGS.corsOrigins, []),
    profileCert: r.optional(SETTINGS.profileCert),
    profileKey: r.optional(SETTINGS.profileKey),
    profileChain: r.optional(SETTINGS.profileChain),
    maxConnections: r.required(SETTINGS.maxConnections, 1),
    maxRequests: r.required(SETTINGS.maxRequests, 1),
    maxRequestsPerUser: r.required(SETTINGS.maxRequestsPerUser, 1),
    maxQueuedPerUser: r.required(SETTINGS.maxQueuedPerUser, 0),
    requestDeadlineSeconds: r.required(SETTINGS.requestDeadlineSeconds, 1),
    limits: readLimits(r),
    given: givenIn(environment),
  };
  if (r.problems.length > 0) throw new BadConfiguration(r.problems);
  return config;
}

/** The table of `docs/configuration.md`. */
export function renderConfigurationDoc(): string {
  const rows = Object.values<Setting<unknown>>(SETTINGS).map((setting) => {
    const { fallback, fallbackDoc } = setting;
    const shown = fallbackDoc ?? (fallback === null ? 'not set' : `\`${fallback}\``);
    return `| \`${setting.name}\` | ${shown} | ${setting.doc} | ${setting.expected} |`;
  });
  return ['| Variable | Default | What it does | Expected |', '|---|---|---|---|', ...rows, ''].join('\n');
}
