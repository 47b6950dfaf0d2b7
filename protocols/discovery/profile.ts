import { createHash } from 'node:crypto';
import type { PrincipalId } from '../../models/types.ts';
import { principalHref } from '../dav/hrefs.ts';

/** What a configuration profile for Apple devices says. */
export interface ProfileFacts {
  /** Names the profile stays the same by: one device keeps its id when it is set up again. */
  readonly device: string;
  readonly serverName: string;
  readonly personName: string;
  /** In words, for who looks at the profile before installing it. */
  readonly description: string;
  /** As the person types it to sign in. */
  readonly login: string;
  readonly principal: PrincipalId;
  /** Null: the device asks for it. */
  readonly password: string | null;
  /** Address of the server with its base path, without trailing slash: `https://dav.example.org/daybook`. */
  readonly address: string;
}

type Value = string | number | boolean | readonly Dict[];
interface Dict {
  readonly [key: string]: Value | undefined;
}

/** Text for XML 1.0: what its grammar has no character for is left out (XML 1.0 §2.2). */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;');
}

function value(of: Value): string {
  if (typeof of === 'string') return `<string>${escaped(of)}</string>`;
  if (typeof of === 'number') return `<integer>${of}</integer>`;
  if (typeof of === 'boolean') return of ? '<true/>' : '<false/>';
  return `<array>${of.map(dict).join('')}</array>`;
}

function dict(of: Dict): string {
  const pairs = Object.entries(of).flatMap(([key, held]) =>
    held === undefined ? [] : [`<key>${key}</key>${value(held)}`],
  );
  return `<dict>\n${pairs.join('\n')}\n</dict>`;
}

/** A UUID that is the same for the same text (RFC 9562 §5.8). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return [...parts, hex.slice(20, 32)].join('-').toUpperCase();
}

function accounts(facts: ProfileFacts): readonly Dict[] {
  const url = new URL(facts.address);
  const isSecure = url.protocol === 'https:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const path = principalHref(url.pathname.replace(/\/$/, ''), facts.principal);
  const account = (type: string, prefix: 'CalDAV' | 'CardDAV'): Dict => ({
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: `daybook.${facts.device}.${prefix.toLowerCase()}`,
    PayloadUUID: uuidOf(`${facts.device}/${prefix}`),
    PayloadDisplayName: `${facts.serverName} ${prefix}`,
    [`${prefix}AccountDescription`]: facts.serverName,
    [`${prefix}HostName`]: host,
    [`${prefix}Port`]: port,
    [`${prefix}UseSSL`]: isSecure,
    [`${prefix}PrincipalURL`]: path,
    [`${prefix}Username`]: facts.login,
    [`${prefix}Password`]: facts.password ?? undefined,
  });
  return [account('com.apple.caldav.account', 'CalDAV'), account('com.apple.carddav.account', 'CardDAV')];
}

/**
 * A configuration profile with one CalDAV and one CardDAV account, as an XML property list. Its identifiers follow from the
 * device alone, so that a new profile takes the place of the one before.
 */
export function renderProfile(facts: ProfileFacts): string {
  const envelope: Dict = {
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: `daybook.${facts.device}`,
    PayloadUUID: uuidOf(facts.device),
    PayloadDisplayName: `${facts.serverName} (${facts.personName})`,
    PayloadOrganization: facts.serverName,
    PayloadDescription: facts.description,
    PayloadRemovalDisallowed: false,
    PayloadContent: accounts(facts),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    `<plist version="1.0">\n${dict(envelope)}\n</plist>\n`,
  ].join('\n');
}

/** The media type by which devices know a profile. */
export const PROFILE_TYPE = 'application/x-apple-aspen-config';
