import type { Route } from '../site.ts';
import { INVITE_ROUTES } from './invite.ts';

/** Pages of this part. */
export const PEOPLE_ROUTES: readonly Route[] = [...INVITE_ROUTES];
