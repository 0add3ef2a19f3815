import { isProxyName } from '../platform/proxy-env.ts';
import type { KnownSettings } from './known-settings.ts';
import type { Environment } from './problem.ts';

const SHORTEST = 8;

/**
 * Every text that must never be shown: the given secrets, the telling parts of secret URLs (libraries print paths
 * without the host, servers the login), and passwords of proxies. Longest first, so that a part is not replaced within its whole.
 */
export function secretTexts(
  given: ReadonlyMap<string, string>,
  environment: Environment,
  { all }: KnownSettings,
): readonly string[] {
  const texts = all
    .filter(({ secret }) => secret)
    .flatMap(({ name }) => (given.get(name) ?? '').split(/[\s,]+/))
    .flatMap((text) => [text, ...urlParts(text), ...(text.includes('://') ? userParts(text) : [])]);
  const passwords = Object.keys(environment)
    .filter(isProxyName)
    .flatMap((name) => userParts(environment[name] ?? ''));
  return [...new Set([...texts, ...passwords])].filter(tellsSomething).sort((a, b) => b.length - a.length);
}

function urlParts(text: string): string[] {
  const url = URL.parse(text);
  if (!url) return [];
  const long = url.pathname.split('/').filter((segment) => segment.length >= 16);
  // Before the secret of a chat's webhook stands its number, by which we ourselves name the channel.
  const segments = long.filter((segment, at) => at === long.length - 1 || !/^\d+$/.test(segment));
  return [url.href, `${url.pathname}${url.search}`, ...segments, ...url.searchParams.values()];
}

/** By hand, since what no URL parser takes is still printed by whoever complains about it. */
function userParts(given: string): string[] {
  const text = given.trim();
  const at = text.lastIndexOf('@');
  if (at < 0) return [];
  const user = text.slice(0, at).replace(/^[a-z0-9+.-]*:\/+/i, '');
  const password = user.includes(':') ? user.slice(user.indexOf(':') + 1) : user;
  const header = Buffer.from(decoded(user)).toString('base64');
  const url = URL.parse(text);
  const parsed = url ? [`${url.username}:${url.password}`, url.password] : [];
  return [user, password, decoded(password), decoded(user), header, ...parsed];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tellsSomething(text: string): boolean {
  return text.length >= SHORTEST;
}
