import assert from 'node:assert/strict';
import { test } from 'node:test';
import { programOf } from '../../../models/devices/clients.ts';

/** User-Agent, then key, client, version, platform. */
const AGENTS: readonly (readonly [string, string, string | null, string | null, string | null])[] = [
  ['iOS/18.5 (22F76) accountsd/1.0', 'ios', 'iPhone or iPad', null, 'iOS 18.5'],
  ['iOS/26.3.1 (23D8133) dataaccessd/1.0', 'ios', 'iPhone or iPad', null, 'iOS 26.3'],
  ['iOS/26.3.1 (23D8133) remindd/3900.1', 'ios', 'iPhone or iPad', null, 'iOS 26.3'],
  ['iOS/5.1 (9B179) dataaccessd/1.0', 'ios', 'iPhone or iPad', null, 'iOS 5.1'],
  ['macOS/13.0 (22A380) dataaccessd/1.0', 'macos', 'Mac', null, 'macOS 13.0'],
  ['macOS/12.2.1 (21D62) CalendarAgent/961', 'macos', 'Mac', null, 'macOS 12.2'],
  ['Mac+OS+X/10.15.5 (19F101) CalendarAgent/930.5.1', 'macos', 'Mac', null, 'macOS 10.15'],
  ['Mac OS X/10.13.2 (17C88) AddressBook/1808.6', 'macos', 'Mac', null, 'macOS 10.13'],
  ['macOS/26.5.1 (25F80) remindd/3976', 'macos', 'Mac', null, 'macOS 26.5'],
  ['macOS/15.1 (24B83) AddressBookCore/2700', 'macos', 'Mac', null, 'macOS 15.1'],
  ['DAVx5/4.5.20-ose (at.bitfire.davdroid)', 'davx5', 'DAVx5', '4.5.20', 'Android'],
  [
    'DAVx5/4.3.4.1-ose (2023/06/16; dav4jvm; okhttp/4.11.0) Android/13',
    'davx5',
    'DAVx5',
    '4.3.4.1',
    'Android 13',
  ],
  ['okhttp/4.12.0 dav4jvm', 'dav4jvm', 'Tasks.org', null, 'Android'],
  [
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Thunderbird/140.5.0',
    'thunderbird',
    'Thunderbird',
    '140.5.0',
    'Linux',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Thunderbird/145.0',
    'thunderbird',
    'Thunderbird',
    '145.0',
    'Windows',
  ],
  ['Evolution/3.56.2', 'evolution', 'Evolution', '3.56.2', null],
  ['GNOME Online Accounts', 'evolution', 'GNOME Online Accounts', null, null],
  ['KDE DAV groupware client', 'kde', 'KDE (Kontact, Merkuro)', null, null],
  ['CalDavSynchronizer/4.5', 'caldavsynchronizer', 'Outlook with CalDav Synchronizer', '4.5', null],
  ['eMClient/10.1', 'emclient', 'eM Client', '10.1', null],
  ['OneCalendar', 'onecalendar', 'OneCalendar', null, null],
  ['vdirsyncer/0.19.3', 'vdirsyncer', 'vdirsyncer', '0.19.3', null],
  ['pimsync/0.5.1', 'pimsync', 'pimsync', '0.5.1', null],
  ['khal/0.11.3', 'khal', 'khal', '0.11.3', null],
  ['calcurse-caldav', 'calcurse', 'calcurse', null, null],
  ['python-caldav/2.0.1', 'python-caldav', 'python-caldav', '2.0.1', null],
  ['Google-Calendar-Importer', 'google-calendar', 'Google Calendar', null, null],
  ['SomethingNew/7.1 (X)', 'somethingnew', 'SomethingNew', '7.1', null],
  ['', 'unnamed', null, null, null],
  ['(((', 'unnamed', null, null, null],
];

test('programs are known by what they call themselves', () => {
  for (const [userAgent, key, client, version, platform] of AGENTS)
    assert.deepEqual(programOf(userAgent), { key, client, version, platform }, userAgent);
});

test('whatever a program calls itself, its key is short and plain', () => {
  for (const hostile of [
    '<script>alert(1)</script>/1',
    `${'x'.repeat(5000)}/1`,
    'ÄÖÜ/\u0007',
    '\u202egnp.exe',
  ]) {
    const { key, client } = programOf(hostile);
    assert.match(key, /^[a-z0-9._-]{1,40}$/);
    assert.match(client ?? '', /^[\x20-\x7e]{0,60}$/);
  }
});
