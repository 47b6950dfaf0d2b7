/** CardDAV: cards, queries, multiget. */
import { goldens } from '../support/golden.ts';

goldens('rfc6352');
