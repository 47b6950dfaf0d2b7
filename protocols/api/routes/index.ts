import type { Operation } from '../operation.ts';
import { CALENDAR_OPERATIONS } from './calendar.ts';
import { CONNECT_OPERATIONS } from './connect.ts';
import { CONTACT_OPERATIONS } from './contacts.ts';
import { DEVICE_OPERATIONS } from './devices.ts';
import { IMPORT_OPERATIONS } from './imports.ts';
import { PEOPLE_OPERATIONS } from './people.ts';
import { TRASH_OPERATIONS } from './trash.ts';

/** Every operation of the JSON API. */
export const OPERATIONS: readonly Operation[] = [
  ...DEVICE_OPERATIONS,
  ...PEOPLE_OPERATIONS,
  ...CONNECT_OPERATIONS,
  ...CALENDAR_OPERATIONS,
  ...CONTACT_OPERATIONS,
  ...IMPORT_OPERATIONS,
  ...TRASH_OPERATIONS,
];
