/** Making collections with their properties. */
import { goldens } from '../support/golden.ts';

goldens('rfc5689');
