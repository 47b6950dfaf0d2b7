/** Principals and what their properties name. */
import { goldens } from '../support/golden.ts';

goldens('rfc3744');
