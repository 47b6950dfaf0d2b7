import type { Route } from '../site.ts';
import { HOME_ROUTES } from './home.ts';
import { SETUP_ROUTES } from './setup.ts';
import { SIGN_IN_ROUTES } from './sign-in.ts';

/** Every page there is. */
export const ROUTES: readonly Route[] = [...HOME_ROUTES, ...SETUP_ROUTES, ...SIGN_IN_ROUTES];
