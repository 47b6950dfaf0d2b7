/** jCal: calendar objects as JSON in reports, by Accept, in PUT and POST. */
import { goldens } from '../support/golden.ts';

goldens('rfc7265');
