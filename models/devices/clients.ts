/** What a program says about itself in `User-Agent`, as people know it. */
export interface Program {
  /** Stays the same over versions and over the parts of one system: `ios`, `davx5`. At most 40 characters of `[a-z0-9._-]`. */
  readonly key: string;
  /** `DAVx5`, `Thunderbird`; null when it says nothing. */
  readonly client: string | null;
  readonly version: string | null;
  /** `iOS 26.3`, `Android 13`. */
  readonly platform: string | null;
}

interface Known {
  readonly pattern: RegExp;
  readonly key: string;
  readonly client: string;
  /** What the first group of the pattern tells. */
  readonly tells: 'version' | 'system' | 'nothing';
  readonly system?: string;
}

/**
 * Programs that are known to come, the more particular first. Calendar, Contacts and Reminders of an Apple system sign in
 * by the same account, so its parts (`accountsd`, `dataaccessd`, `remindd`, `CalendarAgent`, `AddressBook`) are one.
 */
const KNOWN: readonly Known[] = [
  { pattern: /^iPadOS\/([\d.]+)/i, key: 'ios', client: 'iPad', tells: 'system', system: 'iPadOS' },
  { pattern: /^iOS\/([\d.]+)/i, key: 'ios', client: 'iPhone or iPad', tells: 'system', system: 'iOS' },
  {
    pattern: /^watchOS\/([\d.]+)/i,
    key: 'watchos',
    client: 'Apple Watch',
    tells: 'system',
    system: 'watchOS',
  },
  {
    pattern: /^Mac[ +]?OS(?:[ +]X)?\/([\d.]+)/i,
    key: 'macos',
    client: 'Mac',
    tells: 'system',
    system: 'macOS',
  },
  { pattern: /dataaccessd|accountsd|remindd/, key: 'ios', client: 'iPhone or iPad', tells: 'nothing' },
  { pattern: /CalendarAgent|AddressBook/, key: 'macos', client: 'Mac', tells: 'nothing' },
  { pattern: /BusyCal[\w ]*\/?([\d.]*)/, key: 'busycal', client: 'BusyCal', tells: 'version' },
  { pattern: /BusyContacts\/?([\d.]*)/, key: 'busycontacts', client: 'BusyContacts', tells: 'version' },
  { pattern: /Fantastical[\w ]*\/?([\d.]*)/, key: 'fantastical', client: 'Fantastical', tells: 'version' },
  { pattern: /DAVx5\/([\w.]+)/i, key: 'davx5', client: 'DAVx5', tells: 'version' },
  { pattern: /DAVdroid\/([\w.]+)/i, key: 'davx5', client: 'DAVdroid', tells: 'version' },
  { pattern: /ICSx5\/([\w.]+)/i, key: 'icsx5', client: 'ICSx5', tells: 'version' },
  {
    pattern: /org\.tasks\/?([\d.]*)|Tasks\.org\/?[\d.]*/i,
    key: 'tasks.org',
    client: 'Tasks.org',
    tells: 'version',
  },
  { pattern: /^okhttp\/[\d.]+ dav4jvm/, key: 'dav4jvm', client: 'Tasks.org', tells: 'nothing' },
  { pattern: /Betterbird\/([\d.]+)/, key: 'thunderbird', client: 'Betterbird', tells: 'version' },
  { pattern: /Thunderbird\/([\d.]+)/, key: 'thunderbird', client: 'Thunderbird', tells: 'version' },
  { pattern: /SeaMonkey\/([\d.]+)/, key: 'seamonkey', client: 'SeaMonkey', tells: 'version' },
  { pattern: /^Evolution\/([\d.]+)/, key: 'evolution', client: 'Evolution', tells: 'version' },
  {
    pattern: /GNOME Online Accounts\/?([\d.]*)/i,
    key: 'evolution',
    client: 'GNOME Online Accounts',
    tells: 'version',
  },
  { pattern: /KDE DAV groupware client/, key: 'kde', client: 'KDE (Kontact, Merkuro)', tells: 'nothing' },
  {
    pattern: /CalDavSynchronizer\/([\d.]+)/i,
    key: 'caldavsynchronizer',
    client: 'Outlook with CalDav Synchronizer',
    tells: 'version',
  },
  { pattern: /eM ?Client\/([\d.]+)/i, key: 'emclient', client: 'eM Client', tells: 'version' },
  { pattern: /OneCalendar\/?([\d.]*)/i, key: 'onecalendar', client: 'OneCalendar', tells: 'version' },
  { pattern: /vdirsyncer\/([\w.]+)/i, key: 'vdirsyncer', client: 'vdirsyncer', tells: 'version' },
  { pattern: /pimsync\/([\w.]+)/i, key: 'pimsync', client: 'pimsync', tells: 'version' },
  { pattern: /\bkhal(?:\/([\w.]+))?/i, key: 'khal', client: 'khal', tells: 'version' },
  { pattern: /calcurse(?:-caldav)?(?:\/([\w.]+))?/i, key: 'calcurse', client: 'calcurse', tells: 'version' },
  { pattern: /todoman(?:\/([\w.]+))?/i, key: 'todoman', client: 'todoman', tells: 'version' },
  { pattern: /rcmcarddav|Roundcube/i, key: 'roundcube', client: 'Roundcube', tells: 'nothing' },
  {
    pattern: /HomeAssistant\/([\d.]+)/i,
    key: 'homeassistant',
    client: 'Home Assistant',
    tells: 'version',
  },
  { pattern: /python-caldav\/([\w.]+)/i, key: 'python-caldav', client: 'python-caldav', tells: 'version' },
  { pattern: /tsdav\/?([\w.]*)/i, key: 'tsdav', client: 'tsdav', tells: 'version' },
  {
    pattern: /Google-Calendar-Importer/,
    key: 'google-calendar',
    client: 'Google Calendar',
    tells: 'nothing',
  },
  {
    pattern: /Microsoft|Windows-?Calendar|HxTsr/i,
    key: 'microsoft',
    client: 'Microsoft Outlook',
    tells: 'nothing',
  },
  { pattern: /^curl\/([\d.]+)/, key: 'curl', client: 'curl', tells: 'version' },
  { pattern: /^node\b/, key: 'node', client: 'Node.js', tells: 'nothing' },
];

const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\bAndroid[ /]([\d.]+)/, 'Android'],
  [/\bWindows NT\b/, 'Windows'],
  [/\bMacintosh\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

const MAX_SHOWN = 60;
/** `18.5.2` says more than anybody wants to know. */
const short = (version: string) => version.split('.').slice(0, 2).join('.');
/** Control characters and everything beyond a line's worth stay out. */
const plain = (text: string) => text.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_SHOWN);

function platformOf(userAgent: string): string | null {
  for (const [pattern, name] of SYSTEMS) {
    const match = pattern.exec(userAgent);
    if (match !== null) return match[1] === undefined ? name : `${name} ${short(match[1])}`;
  }
  return /at\.bitfire\.|dav4jvm/.test(userAgent) ? 'Android' : null;
}

function known(row: Known, told: string | undefined, userAgent: string): Program {
  const value = told === undefined || told === '' ? null : plain(told);
  if (row.tells === 'system')
    return {
      key: row.key,
      client: row.client,
      version: null,
      platform: value === null ? (row.system ?? null) : `${row.system ?? ''} ${short(value)}`,
    };
  const version = row.tells === 'version' ? value : null;
  return { key: row.key, client: row.client, version, platform: platformOf(userAgent) };
}

/** Reads a `User-Agent`: known programs by the table, others by their first product (RFC 9110 §10.1.5). */
export function programOf(userAgent: string): Program {
  const text = userAgent.slice(0, 512);
  for (const row of KNOWN) {
    const match = row.pattern.exec(text);
    if (match !== null) return known(row, match[1], text);
  }
  const [, product = '', version] = /^\s*([^\s/()]{1,60})(?:\/([^\s()]{1,30}))?/.exec(text) ?? [];
  const key = product
    .toLowerCase()
    .replace(/[^a-z0-9._-]/g, '')
    .slice(0, 40);
  if (key === '') return { key: 'unnamed', client: null, version: null, platform: null };
  return {
    key,
    client: plain(product),
    version: version === undefined ? null : plain(version),
    platform: platformOf(text),
  };
}
