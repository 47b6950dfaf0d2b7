/** Adding members by POST. */
import { goldens } from '../support/golden.ts';

goldens('rfc5995');
