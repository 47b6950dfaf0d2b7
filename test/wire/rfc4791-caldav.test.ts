/** CalDAV: objects, queries, multiget, free and busy times. */
import { goldens } from '../support/golden.ts';

goldens('rfc4791');
