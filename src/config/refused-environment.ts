import { unusableProxies } from '../platform/proxy-env.ts';
import { settingsError, type Environment, type SettingProblem } from './problem.ts';

type Refused = (value: string) => string | null;

/** Git takes any value as yes, `0` and `false` too (http.c: `if (getenv("GIT_SSL_NO_VERIFY"))`). */
const noVerify: Refused = () => 'must not be set: certificates are always checked (git takes any value as yes)';

/**
 * Switches that would take away what a verdict stands on, without a word. What only git, curl or podman would read is
 * not among them: those run in environments of their own (git-env.ts, builder-deps.ts).
 * @see https://nodejs.org/docs/latest-v24.x/api/cli.html#environment-variables_1
 */
const REFUSED: Readonly<Record<string, Refused>> = {
  NODE_TLS_REJECT_UNAUTHORIZED: (value) =>
    Number(value) === 0
      ? 'must not be 0: certificates are always checked (NODE_EXTRA_CA_CERTS adds an authority)'
      : null,
  GIT_SSL_NO_VERIFY: noVerify,
  NODE_OPTIONS: nodeOptions,
  SSLKEYLOGFILE: () => 'must not be set: the keys of connections that carry secrets are written to no file',
};

const OPTIONS: readonly (readonly [option: RegExp, why: string])[] = [
  [/^--tls-keylog$/, 'the keys of connections that carry secrets are written to no file'],
  [/^--tls-(?:min|max)-v1\.[01]$/, 'connections need TLS 1.2 or newer'],
  [/^--tls-cipher-list$/, 'ciphers without authentication are not ruled out'],
  [/^--openssl-(?:config|legacy-provider|shared-config)$/, 'OpenSSL is used as Node.js brings it'],
  [/^--insecure-http-parser$/, 'answers that are no HTTP are refused'],
  [/^--security-revert$/, 'mended holes of Node.js stay mended'],
  [/^--inspect(?:-brk|-port|-wait)?$/, 'a debugger’s port is open to the builds of this machine'],
];

/** Names the option, never its value. */
function nodeOptions(text: string): string | null {
  const words = text.split(/[\s"']+/).map((word) => word.replace(/=.*$/s, '').replaceAll('_', '-'));
  for (const word of words) {
    const found = OPTIONS.find(([option]) => option.test(word));
    if (found) return `must not hold ${word}: ${found[1]}`;
  }
  return null;
}

/** Names that neither the environment of a build nor a settings file may bring in. */
export const refusedNames: readonly string[] = Object.keys(REFUSED);

/** Everything in the environment (the settings file included) under which no verdict could be trusted or reached. */
export function groundProblems(environment: Environment): SettingProblem[] {
  const refused = Object.entries(REFUSED).flatMap(([setting, objection]) => {
    const value = environment[setting]?.trim() ?? '';
    const rule = value === '' ? null : objection(value);
    return rule === null ? [] : [{ setting, rule, given: null }];
  });
  const proxies = unusableProxies(environment).map(({ name, rule }) => ({ setting: name, rule, given: null }));
  return [...refused, ...proxies];
}

/** Throws where nothing could be trusted or reached in this environment, whatever is asked for. */
export function requireUsableEnvironment(environment: Environment): void {
  const problems = groundProblems(environment);
  if (problems.length > 0) throw settingsError(problems);
}
