/** Calendar availability: VAVAILABILITY in calendars and in the inbox, applied to free-busy answers. */
import { goldens } from '../support/golden.ts';

goldens('rfc7953');
