import type { Limits } from './app.ts';

const MIB = 1024 * 1024;

/** What a server enforces when its settings say nothing else. */
export const DEFAULT_LIMITS: Limits = {
  maxCalendarObjectBytes: MIB,
  maxCardBytes: MIB,
  maxObjectsPerCollection: 200_000,
  maxCollectionsPerHome: 200,
  maxBytesPerUser: 2048 * MIB,
  maxInstances: 10_000,
  maxAnswerBytes: 10 * MIB,
  maxAttendees: 500,
  maxAlarms: 50,
  maxDates: 3000,
  maxOverrides: 1000,
  maxDeadPropertyBytes: 16 * 1024,
  maxDeadProperties: 50,
  horizonBackDays: 366,
  horizonAheadDays: 731,
  journalDays: 180,
  journalRows: 100_000,
  trashDays: 30,
  maxImportBytes: 200 * 1000 * 1000,
  versionDays: 90,
  versionsPerObject: 50,
  maxVersionBytesPerUser: 2048 * MIB,
  guardShare: 0.3,
  guardMin: 20,
  guardMinutes: 10,
  defaultCountry: '',
};
