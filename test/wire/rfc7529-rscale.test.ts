/** Calendars in which rules count, and days that months do not have (RFC 7529). */
import { goldens } from '../support/golden.ts';

goldens('rfc7529');
