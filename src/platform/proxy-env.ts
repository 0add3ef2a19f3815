type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that name a proxy. Programs read them in either case, the lower one first. */
export const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const;
const FOR_ALL = ['all_proxy', 'ALL_PROXY'] as const;

/** As undici wants them; '' means none. An empty variable counts as not set. */
export interface Proxies {
  readonly httpProxy: string;
  readonly httpsProxy: string;
  readonly noProxy: string;
}

export function proxiesOf(env: Environment): Proxies {
  return {
    httpProxy: firstOf(env, ['http_proxy', 'HTTP_PROXY']),
    httpsProxy: firstOf(env, ['https_proxy', 'HTTPS_PROXY']),
    noProxy: firstOf(env, ['no_proxy', 'NO_PROXY']),
  };
}

/**
 * The same environment with each proxy as a URL, since curl and git take one without a scheme, and with ALL_PROXY in the
 * place of the others where it stands alone: curl follows it then, so git would go another way than the rest.
 */
export function withProxyUrls<E extends Environment>(env: E): E {
  const named = firstOf(env, PROXY_VARIABLES) !== '';
  const all = named ? '' : firstOf(env, FOR_ALL);
  const own = all === '' || proxyObjection(all) !== null ? env : { ...env, HTTPS_PROXY: all, HTTP_PROXY: all };
  const urls = PROXY_VARIABLES.flatMap((name) => {
    const text = own[name];
    if (text === undefined || text.trim() === '' || text.includes('://')) return [];
    return [[name, `http://${text}`] as const];
  });
  return { ...own, ...Object.fromEntries(urls) };
}

/** Every variable whose proxy would be used, or read by a program of ours, and cannot be. */
export function unusableProxies(env: Environment): { readonly name: string; readonly rule: string }[] {
  const named = firstOf(env, PROXY_VARIABLES) !== '';
  // Desktops set ALL_PROXY to a SOCKS proxy beside the other two; curl then goes by those as well.
  const read = named ? PROXY_VARIABLES : FOR_ALL;
  const unusable = read.flatMap((name) => {
    const text = env[name];
    const rule = text === undefined || text.trim() === '' ? null : proxyObjection(text);
    return rule === null ? [] : [{ name, rule }];
  });
  return [...unusable, ...oddlyWritten(env)];
}

/** `Https_Proxy`: no program reads it, so that whoever wrote it goes another way than they think. Not beside one that is read. */
function oddlyWritten(env: Environment): { readonly name: string; readonly rule: string }[] {
  return Object.keys(env).flatMap((name) => {
    const [upper, lower] = [name.toUpperCase(), name.toLowerCase()];
    const isOdd = name !== upper && name !== lower && IN_ANY_CASE.includes(lower);
    const isRead = [upper, lower].some((one) => (env[one]?.trim() ?? '') !== '');
    if (!isOdd || isRead || (env[name]?.trim() ?? '') === '') return [];
    return [{ name, rule: `is read by no program in this spelling: call it ${upper}, or unset it` }];
  });
}

const IN_ANY_CASE: readonly string[] = ['https_proxy', 'http_proxy', 'all_proxy', 'no_proxy'];

/** Whether a name is that of a proxy variable, in whatever case. */
export function isProxyName(name: string): boolean {
  return IN_ANY_CASE.includes(name.toLowerCase());
}

/** Why neither Node.js nor git could go by this proxy; null: they can. Never repeats any of it. */
export function proxyObjection(given: string): string | null {
  if (/[\s\p{Cc}]/u.test(given)) return 'must not hold blanks, also not at its end';
  const text = given.includes('://') ? given : `http://${given}`;
  if (!/^https?:\/\//i.test(text))
    return 'must be an http or https proxy, such as http://proxy.example:3128 (no SOCKS)';
  const authority = text.slice(text.indexOf('//') + 2).replace(/\/$/, '');
  const at = authority.lastIndexOf('@');
  const user = at < 0 ? '' : authority.slice(0, at);
  if (/[/?#\\@[\]]/.test(user) || !isEncoded(user)) {
    return 'must have the special characters of its user name and password percent-encoded (# as %23, % as %25, @ as %40)';
  }
  const url = URL.parse(text);
  if (!url || /[/?#\\]/.test(authority.slice(at + 1)) || url.hostname === '' || url.port === '0') {
    return 'must name a host and a port, such as http://proxy.example:3128';
  }
  return null;
}

/** undici decodes user name and password, and throws what it could not decode. */
function isEncoded(user: string): boolean {
  try {
    decodeURIComponent(user);
    return true;
  } catch {
    return false;
  }
}

function firstOf(env: Environment, names: readonly string[]): string {
  return names.map((name) => env[name]?.trim() ?? '').find((text) => text !== '') ?? '';
}
