/** Every example of RFC 4791, §5 to §8, with the calendar of its appendix B. */
import { golden } from '../support/golden.ts';

golden('examples/rfc4791.http');
