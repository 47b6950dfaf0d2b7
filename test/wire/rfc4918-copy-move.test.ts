/** Copying, moving and deleting. */
import { goldens } from '../support/golden.ts';

goldens('rfc4918');
