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

/**
 * The URL, if strangers may make us fetch it: https on port 443, no user name, a public DNS name.
 * Throws `url-not-allowed`, calling it by another name where the URL itself is a secret.
 */
export function allowedUrl(text: string, shownAs = text.slice(0, 200)): URL {
  const url = URL.parse(text);
  const reason = url ? objection(url) : 'is not a URL';
  if (!url || reason) {
    throw new WatchError('rejected', 'url-not-allowed', `${shownAs} ${reason ?? ''}`);
  }
  url.hash = '';
  return url;
}

function objection(url: URL): string | null {
  if (url.protocol !== 'https:') return 'is not https';
  if (url.port !== '') return 'names another port than 443';
  if (url.username !== '' || url.password !== '') return 'carries a user name or password';
  if (url.hostname.length > 253 || !PUBLIC_NAME.test(url.hostname)) return 'does not name a public host';
  if (LOCAL_NAME.test(url.hostname)) return 'names a local host';
  return null;
}

/** True only for addresses of the public Internet: nothing private, local, reserved or translated. */
export function isGlobalUnicast(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  // Outside of 2000::/3 nothing is assigned as global unicast (RFC 4291, 2.4); `::127.0.0.1` is such an address.
  return parsed.kind() === 'ipv4' || ((parsed as ipaddr.IPv6).parts[0] ?? 0) >> 13 === 1;
}

/**
 * Resolves a name for the connection itself, so that the address that was examined is the one that is connected to:
 * a name that changes its address between two look-ups (DNS rebinding) gains nothing.
 */
export function guardedLookup(lookup: typeof systemLookup = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const [first, ...others] = error ? [] : addresses.filter(({ address }) => isGlobalUnicast(address));
      if (!first) callback(error ?? notPublic(hostname), '');
      else if (options.all) callback(null, [first, ...others]);
      else callback(null, first.address, first.family);
    });
  };
}

function notPublic(hostname: string): WatchError {
  return new WatchError('rejected', 'address-not-allowed', `${hostname} has no address on the public Internet`);
}
