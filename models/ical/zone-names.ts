import { setImmediate } from 'node:timers/promises';

/** Which zones there are, and under which names: what Node's ICU lists, and the names it knows without listing them. */

/** Names that IANA uses now where ICU lists a former one. */
const PRESENT_NAMES: readonly string[] = (
  'Africa/Asmara America/Argentina/Buenos_Aires America/Argentina/Catamarca America/Argentina/Cordoba ' +
  'America/Argentina/Jujuy America/Argentina/Mendoza America/Atikokan America/Indiana/Indianapolis ' +
  'America/Kentucky/Louisville America/Nuuk Asia/Ho_Chi_Minh Asia/Kathmandu Asia/Kolkata Asia/Yangon ' +
  'Atlantic/Faroe Etc/UTC Europe/Kyiv Pacific/Chuuk Pacific/Kanton Pacific/Pohnpei'
).split(' ');

/** Zones of a fixed offset. */
const OFFSET_NAMES: readonly string[] = (
  'Etc/GMT+1 Etc/GMT+2 Etc/GMT+3 Etc/GMT+4 Etc/GMT+5 Etc/GMT+6 Etc/GMT+7 Etc/GMT+8 Etc/GMT+9 ' +
  'Etc/GMT+10 Etc/GMT+11 Etc/GMT+12 Etc/GMT-1 Etc/GMT-2 Etc/GMT-3 Etc/GMT-4 Etc/GMT-5 Etc/GMT-6 ' +
  'Etc/GMT-7 Etc/GMT-8 Etc/GMT-9 Etc/GMT-10 Etc/GMT-11 Etc/GMT-12 Etc/GMT-13 Etc/GMT-14'
).split(' ');

/** Names that stand for another one, by the file `backward` of the time zone database. */
const OTHER_NAMES: readonly string[] = (
  'Africa/Timbuktu America/Argentina/ComodRivadavia America/Atka America/Ensenada America/Fort_Wayne ' +
  'America/Knox_IN America/Montreal America/Nipigon America/Pangnirtung America/Porto_Acre ' +
  'America/Rainy_River America/Rosario America/Santa_Isabel America/Shiprock America/Thunder_Bay ' +
  'America/Virgin America/Yellowknife Antarctica/South_Pole Asia/Ashkhabad Asia/Choibalsan ' +
  'Asia/Chongqing Asia/Chungking Asia/Dacca Asia/Harbin Asia/Istanbul Asia/Kashgar Asia/Macao ' +
  'Asia/Tel_Aviv Asia/Thimbu Asia/Ujung_Pandang Asia/Ulan_Bator Atlantic/Jan_Mayen Australia/ACT ' +
  'Australia/Canberra Australia/Currie Australia/LHI Australia/NSW Australia/North ' +
  'Australia/Queensland Australia/South Australia/Tasmania Australia/Victoria Australia/West ' +
  'Australia/Yancowinna Brazil/Acre Brazil/DeNoronha Brazil/East Brazil/West CET CST6CDT ' +
  'Canada/Atlantic Canada/Central Canada/Eastern Canada/Mountain Canada/Newfoundland Canada/Pacific ' +
  'Canada/Saskatchewan Canada/Yukon Chile/Continental Chile/EasterIsland Cuba EET EST EST5EDT Egypt ' +
  'Eire Etc/GMT Etc/GMT+0 Etc/GMT-0 Etc/GMT0 Etc/Greenwich Etc/UCT Etc/Universal Etc/Zulu ' +
  'Europe/Belfast Europe/Nicosia Europe/Tiraspol Europe/Uzhgorod Europe/Zaporozhye GB GB-Eire GMT ' +
  'GMT+0 GMT-0 GMT0 Greenwich HST Hongkong Iceland Iran Israel Jamaica Japan Kwajalein Libya MET MST ' +
  'MST7MDT Mexico/BajaNorte Mexico/BajaSur Mexico/General NZ NZ-CHAT Navajo PRC PST8PDT ' +
  'Pacific/Johnston Pacific/Samoa Pacific/Yap Poland Portugal ROC ROK Singapore Turkey UCT US/Alaska ' +
  'US/Aleutian US/Arizona US/Central US/East-Indiana US/Eastern US/Hawaii US/Indiana-Starke ' +
  'US/Michigan US/Mountain US/Pacific US/Samoa UTC Universal W-SU WET Zulu'
).split(' ');

/** A zone with all its names. */
export interface ZoneNames {
  readonly id: string;
  /** Other names of it, in alphabetical order. */
  readonly aliases: readonly string[];
}

/** The name under which ICU keeps a zone; null where it knows none of that name. */
function keptName(name: string): string | null {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return null;
  }
}

/** Names looked at before others may run: each takes a fraction of a millisecond. */
const NAMES_AT_A_TIME = 40;

/** Lists every zone in alphabetical order. */
export async function listZones(): Promise<readonly ZoneNames[]> {
  const present = new Set(PRESENT_NAMES);
  const names = new Set([
    ...PRESENT_NAMES,
    ...Intl.supportedValuesOf('timeZone'),
    ...OFFSET_NAMES,
    ...OTHER_NAMES,
  ]);
  const kept = new Map<string, string[]>();
  let looked = 0;
  for (const name of names) {
    if (++looked % NAMES_AT_A_TIME === 0) await setImmediate();
    const key = keptName(name);
    if (key !== null) kept.set(key, [...(kept.get(key) ?? []), name]);
  }
  const zones = [...kept].map(([key, all]): ZoneNames => {
    const id = all.find((name) => present.has(name)) ?? key;
    return { id, aliases: all.filter((name) => name !== id).sort() };
  });
  return zones.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** The version of the time zone database in this Node, such as `2025c`. */
export function zoneDataVersion(): string {
  return process.versions['tz'] ?? `ICU ${process.versions['icu'] ?? 'unknown'}`;
}
