import { RefusedSignIn, type Verifier } from '../../models/credentials/service.ts';
import { Refusal } from '../../models/errors.ts';
import type { Actor, UserActor } from '../../models/types.ts';

const ANONYMOUS: Actor = { kind: 'anonymous' };

interface Basic {
  readonly login: string;
  readonly password: string;
}

/** Reads an `Authorization: Basic` value; null for everything malformed. Text that is not UTF-8 is read as Latin-1 (RFC 7617 §2.1). */
export function readBasic(value: string): Basic | null {
  const match = /^basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(value);
  if (match?.[1] === undefined) return null;
  const bytes = Buffer.from(match[1], 'base64');
  const utf8 = bytes.toString('utf8');
  const text = utf8.includes('\ufffd') ? bytes.toString('latin1') : utf8;
  const colon = text.indexOf(':');
  // User-ids and passwords have no control characters (RFC 7617 §2).
  if (colon < 1 || /[\u0000-\u001f\u007f]/.test(text)) return null;
  return { login: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** Turns credentials into actors. */
export interface Login {
  /** The actor of a DAV request. Throws `Refusal` 401 for wrong or malformed credentials, 429 and 503 when there is too much of it. */
  actorOf(authorization: string | undefined, remoteAddress: string, userAgent: string): Promise<Actor>;
  /** The person behind a name and password typed into a page; null when they are wrong. Throws `Refusal` 403 for a disabled account, 429 and 503. */
  person(login: string, password: string, remoteAddress: string): Promise<UserActor | null>;
}

/** HTTP Basic over the verifier of stored credentials; each request is judged alone. */
export function basicLogin(verifier: Verifier): Login {
  const wrong = () => new Refusal(401, 'The user name or the password is not right.');
  return {
    async actorOf(authorization, remoteAddress, userAgent) {
      if (authorization === undefined) return ANONYMOUS;
      const basic = readBasic(authorization);
      if (basic === null) throw wrong();
      return verifier.judge(basic.login, basic.password, remoteAddress, userAgent);
    },
    async person(login, password, remoteAddress) {
      try {
        const actor = await verifier.judge(login, password, remoteAddress);
        // Passwords of devices never open the pages.
        return actor.via === 'password' ? actor : null;
      } catch (error) {
        if (!(error instanceof RefusedSignIn) || error.status !== 401) throw error;
        const isShutOut = error.headers['WWW-Authenticate'] !== undefined;
        if (isShutOut) throw new Refusal(403, error.message);
        return null;
      }
    },
  };
}
