import type { WireRequest } from '../wire.ts';
import { child, type XmlElement } from '../xml/element.ts';

/** A client that needs another answer than the RFCs give. */
export interface Quirk {
  readonly name: 'rejected-token-is-400';
  /** What is known about it, in one sentence. */
  readonly why: string;
  /** The recorded session or document that shows it. */
  readonly evidence: string;
  /** True for a sync-collection request of this client. */
  matches(req: WireRequest, root: XmlElement): boolean;
}

const agent = (req: WireRequest): string => req.headers['user-agent'] ?? '';

/** Every special case made for a client; nothing else in the server looks at `User-Agent`. */
export const QUIRKS: readonly Quirk[] = [
  {
    name: 'rejected-token-is-400',
    why: "Thunderbird's address book starts over on 400 and never recovers from 403 for a rejected sync token.",
    evidence: 'test/clients/sessions/thunderbird-addressbook.http.json',
    matches: (req, root) => {
      const prop = child(root, '{DAV:}prop');
      const wantsCards =
        prop !== undefined && child(prop, '{urn:ietf:params:xml:ns:carddav}address-data') !== undefined;
      return /Thunderbird|Betterbird|SeaMonkey/.test(agent(req)) && wantsCards;
    },
  },
];

/** True when the client of this sync-collection request needs that special case. */
export function hasQuirk(name: Quirk['name'], req: WireRequest, root: XmlElement): boolean {
  return QUIRKS.some((quirk) => quirk.name === name && quirk.matches(req, root));
}
