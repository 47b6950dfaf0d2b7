import { BlockList, isIP, isIPv4 } from 'node:net';

/** What may be believed of `X-Forwarded-*`. */
export interface Proxies {
  /** Address of the client: the last one on the way that is not a trusted proxy. */
  clientOf(peer: string, forwardedFor: string | undefined): string;
  /** Whether the client's side is https, as a trusted proxy says; null when nobody trusted says anything. */
  isSecure(peer: string, forwardedProto: string | undefined): boolean | null;
}

/** Names for whole groups of addresses. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
};

/** An IPv4 address that came over an IPv6 socket is an IPv4 address. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '');
}

const familyOf = (address: string) => (isIPv4(address) ? 'ipv4' : 'ipv6');

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks.flatMap((name) => GROUPS[name] ?? [name])) {
    const [address = '', bits] = network.split('/');
    const family = familyOf(address);
    list.addSubnet(address, bits === undefined ? (family === 'ipv4' ? 32 : 128) : Number(bits), family);
  }
  return list;
}

/** Makes the judge of forwarded headers; `networks` are addresses, networks in CIDR form, or names of `GROUPS`. */
export function trustedProxies(networks: readonly string[]): Proxies {
  const list = listOf(networks);
  const isTrusted = (address: string) =>
    networks.length > 0 && isIP(address) !== 0 && list.check(address, familyOf(address));
  return {
    clientOf(peer, forwardedFor) {
      if (forwardedFor === undefined || !isTrusted(peer)) return peer;
      let client = peer;
      for (const told of forwardedFor.split(',').reverse()) {
        const address = plainAddress(told.trim());
        if (isIP(address) === 0) return client;
        client = address;
        if (!isTrusted(address)) return client;
      }
      return client;
    },
    isSecure(peer, forwardedProto) {
      if (forwardedProto === undefined || !isTrusted(peer)) return null;
      return forwardedProto.split(',')[0]?.trim().toLowerCase() === 'https';
    },
  };
}
