import { BASE_EN } from './en/base.ts';
import { CALENDAR_EN } from './en/calendar.ts';
import { CONNECT_EN } from './en/connect.ts';
import { CONTACTS_EN } from './en/contacts.ts';
import { DEVICES_EN } from './en/devices.ts';
import { IMPORTS_EN } from './en/imports.ts';
import { PEOPLE_EN } from './en/people.ts';
import { TRASH_EN } from './en/trash.ts';

/** Every text of the pages in English; `key#one` and `key#other` are the plural forms of one text. */
export const EN = {
  ...BASE_EN,
  ...DEVICES_EN,
  ...PEOPLE_EN,
  ...CONNECT_EN,
  ...CALENDAR_EN,
  ...CONTACTS_EN,
  ...IMPORTS_EN,
  ...TRASH_EN,
};

/** A key of the table of texts. */
export type WordKey = keyof typeof EN;
