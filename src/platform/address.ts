import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { WatchError } from '../domain/errors.ts';

/**
 * A public DNS name: two labels or more, and a last one that is not a number (WHATWG URL, "ends in a number"; every
 * form of an IPv4 address is normalised to digits and dots by the parser, IPv6 carries brackets).
 */
const PUBLIC_NAME = /^(?:[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names that never leave the machine or its network (RFC 6761, RFC 6762, RFC 8375, ICANN's `internal`). */
const LOCAL_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa|localdomain)$/;

const NONE: ReadonlySet<string> = new Set();

/**
 * The URL, if strangers may make us fetch it: https on port 443, no user name, a public DNS name.
 * A host that we or the operator named (`ownHosts`) may have another name and port, exactly those.
 * Throws `url-not-allowed`, calling it by another name where the URL itself is a secret.
 */
export function allowedUrl(text: string, shownAs = text.slice(0, 200), ownHosts: ReadonlySet<string> = NONE): URL {
  const url = URL.parse(text);
  const reason = url ? (ownHosts.has(url.host) ? objectionToOwn(url) : objection(url)) : 'is not a URL';
  if (!url || reason) {
    throw new WatchError('rejected', 'url-not-allowed', `${shownAs} ${reason ?? ''}`);
  }
  url.hash = '';
  return url;
}

function objectionToOwn({ protocol, username, password }: URL): string | null {
  if (protocol !== 'https:') return 'is not https';
  return username !== '' || password !== '' ? 'carries a user name or password' : null;
}

function objection(url: URL): string | null {
  const common = objectionToOwn(url);
  if (common !== null) return common;
  if (url.port !== '') return 'names another port than 443';
  if (url.hostname.length > 253 || !PUBLIC_NAME.test(url.hostname)) return 'does not name a public host';
  if (LOCAL_NAME.test(url.hostname)) return 'names a local host';
  return null;
}

/** True only for addresses of the public Internet, and for those that carry such an IPv4 address and lead to it. */
export function isGlobalUnicast(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.range() === 'unicast';
  const carried = carriedIPv4((parsed as ipaddr.IPv6).toByteArray());
  if (carried.length > 0) return carried.every((bytes) => new ipaddr.IPv4([...bytes]).range() === 'unicast');
  // Outside of 2000::/3 nothing is assigned as global unicast (RFC 4291, 2.4); `::127.0.0.1` is such an address.
  return parsed.range() === 'unicast' && ((parsed as ipaddr.IPv6).parts[0] ?? 0) >> 13 === 1;
}

/**
 * IPv4 addresses that an IPv6 address leads to. NAT64 (RFC 6052, and in its local-use prefix of RFC 8215 the form with
 * nothing but the address: other forms spread it, so that two readings were possible), 6to4 (RFC 3056), and Teredo
 * (RFC 4380), which names its server as well and inverts the other.
 */
function carriedIPv4(bytes: readonly number[]): readonly (readonly number[])[] {
  const begins = (...prefix: readonly number[]): boolean => prefix.every((byte, at) => bytes[at] === byte);
  const zeros = (count: number): readonly number[] => Array.from({ length: count }, () => 0);
  const last = bytes.slice(12);
  if (begins(0, 0x64, 0xff, 0x9b, ...zeros(8)) || begins(0, 0x64, 0xff, 0x9b, 0, 1, ...zeros(6))) return [last];
  if (begins(0x20, 0x02)) return [bytes.slice(2, 6)];
  if (begins(0x20, 0x01, 0, 0)) return [bytes.slice(4, 8), last.map((byte) => byte ^ 0xff)];
  return [];
}

/**
 * Resolves a name for the connection itself, so that the address that was examined is the one that is connected to:
 * a name that changes its address between two look-ups (DNS rebinding) gains nothing. What we or the operator named is
 * connected to wherever it lies.
 */
export function guardedLookup(
  lookup: typeof systemLookup = systemLookup,
  ownHosts: ReadonlySet<string> = NONE,
): LookupFunction {
  // The connection is asked for by name alone; a port was part of the URL that was allowed.
  const own = new Set([...ownHosts].map((host) => URL.parse(`https://${host}`)?.hostname));
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first, ...others] = error
        ? []
        : addresses.filter(({ address }) => own.has(hostname) || isGlobalUnicast(address));
      if (!first) callback(error ?? notPublic(hostname), '');
      else if (options.all) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
  };
}

function notPublic(hostname: string): WatchError {
  return new WatchError('rejected', 'address-not-allowed', `${hostname} has no address on the public Internet`);
}
