/** Time zones by reference: what CalDAV-Timezones leaves out of objects and adds to them. */
import { goldens } from '../support/golden.ts';

goldens('rfc7809-representation');
