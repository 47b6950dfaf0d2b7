/** Synchronisation of collections. */
import { goldens } from '../support/golden.ts';

goldens('rfc6578');
