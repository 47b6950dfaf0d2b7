/** Every example of RFC 6352, §6 to §10. */
import { golden } from '../support/golden.ts';

golden('examples/rfc6352.http');
