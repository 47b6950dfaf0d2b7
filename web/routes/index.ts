import type { Route } from '../site.ts';
import { CALENDAR_ROUTES } from './calendar.ts';
import { CONNECT_ROUTES } from './connect.ts';
import { CONTACT_ROUTES } from './contacts.ts';
import { DEVICE_ROUTES } from './devices.ts';
import { HOME_ROUTES } from './home.ts';
import { IMPORT_ROUTES } from './imports.ts';
import { PEOPLE_ROUTES } from './people.ts';
import { SETUP_ROUTES } from './setup.ts';
import { SHELL_ROUTES } from './shell.ts';
import { SIGN_IN_ROUTES } from './sign-in.ts';
import { TRASH_ROUTES } from './trash.ts';

/** Every page there is. */
export const ROUTES: readonly Route[] = [
  ...HOME_ROUTES,
  ...SETUP_ROUTES,
  ...SIGN_IN_ROUTES,
  ...SHELL_ROUTES,
  ...DEVICE_ROUTES,
  ...PEOPLE_ROUTES,
  ...CONNECT_ROUTES,
  ...CALENDAR_ROUTES,
  ...CONTACT_ROUTES,
  ...IMPORT_ROUTES,
  ...TRASH_ROUTES,
];
