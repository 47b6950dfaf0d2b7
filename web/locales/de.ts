import { BASE_DE } from './de/base.ts';
import { CALENDAR_DE } from './de/calendar.ts';
import { CONNECT_DE } from './de/connect.ts';
import { CONTACTS_DE } from './de/contacts.ts';
import { DEVICES_DE } from './de/devices.ts';
import { IMPORTS_DE } from './de/imports.ts';
import { PEOPLE_DE } from './de/people.ts';
import { TRASH_DE } from './de/trash.ts';
import { EN, type WordKey } from './en.ts';

/** Every text of the pages in German. */
export const DE: Readonly<Record<WordKey, string>> = {
  ...EN,
  ...BASE_DE,
  ...DEVICES_DE,
  ...PEOPLE_DE,
  ...CONNECT_DE,
  ...CALENDAR_DE,
  ...CONTACTS_DE,
  ...IMPORTS_DE,
  ...TRASH_DE,
};
