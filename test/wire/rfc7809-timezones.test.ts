/** Time zones by reference: where they are told, zones by name, objects without VTIMEZONEs (RFC 7809). */
import { goldens } from '../support/golden.ts';

goldens('rfc7809');
