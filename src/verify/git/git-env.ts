/** Passed on as they are: git and curl read them in either case. */
const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

type Environment = Readonly<Record<string, string | undefined>>;

/** The whole environment of a git call: English, without questions, and without anybody's configuration. */
export function gitEnvironment(ours: Environment, rootsFile: string | null): Record<string, string> {
  const proxies = PROXIES.flatMap((name) => (ours[name] ? [[name, ours[name]] as const] : []));
  const https = ours['https_proxy'] ?? ours['HTTPS_PROXY'] ?? ours['http_proxy'] ?? ours['HTTP_PROXY'];
  return {
    ...Object.fromEntries(proxies),
    // Unlike curl, every other client of this program goes by HTTP_PROXY where there is no other.
    ...(https ? { https_proxy: https } : {}),
    // Sent at once, as our other clients do: not every proxy keeps the connection on which it asked for it.
    GIT_HTTP_PROXY_AUTHMETHOD: 'basic',
    PATH: ours['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
    HOME: '/nonexistent',
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_LITERAL_PATHSPECS: '1',
    // refs/replace/* could show another tree than the one that the commit's id stands for.
    GIT_NO_REPLACE_OBJECTS: '1',
    ...(rootsFile === null ? {} : { GIT_SSL_CAINFO: rootsFile }),
  };
}

export interface GitSettings {
  /** Transports that this call may use; every other is off, lazy fetches of a partial clone included. */
  readonly protocols: readonly string[];
  readonly stallSeconds: number;
}

/** Options before the subcommand. */
export function gitOptions({ protocols, stallSeconds }: GitSettings): string[] {
  const settings = [
    'core.hooksPath=/dev/null',
    'core.fsmonitor=false',
    'credential.helper=',
    'gc.auto=0',
    'maintenance.auto=false',
    'protocol.allow=never',
    ...protocols.map((name) => `protocol.${name}.allow=always`),
    'http.lowSpeedLimit=1',
    `http.lowSpeedTime=${stallSeconds}`,
  ];
  return settings.flatMap((setting) => ['-c', setting]);
}
