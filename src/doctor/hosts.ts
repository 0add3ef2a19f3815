import { MIRROR_HOSTS } from '../domain/artifact.ts';
import { WatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';
import { warning, type Finding, type Group } from './probe.ts';
import { once } from '../platform/once.ts';
import { EXCHANGE_MS, type DoctorPorts } from './ports.ts';
import { anyAnswer, reachProbes, timed, type Asked } from './reach.ts';

type HostPorts = Pick<DoctorPorts, 'config' | 'http' | 'git'>;
type Answered = Awaited<ReturnType<typeof anyAnswer>>;

/** The other hosts of the program; what is asked of each is the least that shows that it serves us. */
export const hostsGroup: Group = {
  title: 'Hosts',
  probes: (ports, signal) => [
    ...reachProbes(downloadHosts(ports, signal)),
    ...reachProbes([source(ports, signal)]),
    ...reachProbes([githubApi(ports, signal), dashboard(ports, signal), ...updateServer(ports, signal)]),
  ],
};

const web = (url: string, ports: HostPorts, signal: AbortSignal, headers: Record<string, string> = {}) =>
  once(() => timed(() => anyAnswer(url, ports, { signal, headers })));

function downloadHosts(ports: HostPorts, signal: AbortSignal): Asked<Answered>[] {
  return ports.config.mirrors.map((mirror) => ({
    host: MIRROR_HOSTS[mirror],
    need: 'one-of',
    without: 'what is published there cannot be compared',
    ask: web(`https://${MIRROR_HOSTS[mirror]}/`, ports, signal),
  }));
}

/** Git itself, since it has certificates and a proxy handling of its own. */
function source(ports: HostPorts, signal: AbortSignal): Asked<void> {
  const { icRepoUrl: url } = ports.config;
  return {
    host: new URL(url).host,
    need: 'needed',
    without: 'no commit can be looked up or built',
    ask: once(() => timed(() => listHead(url, ports, signal))),
  };
}

async function listHead(url: string, { git }: HostPorts, outer: AbortSignal): Promise<void> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(EXCHANGE_MS)]);
  const { cause, exitCode, stderr } = await git.run(['ls-remote', url, 'HEAD'], { cwd: '/', reach: 'remote', signal });
  if (cause === 'exited' && exitCode === 0) return;
  const late = `no answer within ${EXCHANGE_MS / 1000} s`;
  const why = cause === 'exited' ? plainText(stderr.trim().split('\n').slice(-2).join(' '), 200) : late;
  const code = /certificate|SSL/i.test(why) ? 'tls-failed' : 'source-unreachable';
  throw new WatchError('transport', code, `git: ${why}`);
}

function githubApi(ports: HostPorts, signal: AbortSignal): Asked<Answered> {
  const { githubToken: token } = ports.config;
  const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return {
    host: 'api.github.com',
    need: 'helpful',
    without: 'build attestations cannot be looked at',
    ask: web('https://api.github.com/rate_limit', ports, signal, headers),
    judge: (answered) => judgeGithub(answered, token !== null),
  };
}

/** @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
function judgeGithub({ status, headers }: Answered, withToken: boolean): Finding | null {
  const refused = status === 401 || (status === 403 && headers['x-ratelimit-remaining'] !== '0') || status === 404;
  if (withToken && refused) {
    return warning(
      `GitHub refuses the token (${status}).`,
      'Take a valid GITHUB_TOKEN, or none: runs go on without it.',
    );
  }
  if (headers['x-ratelimit-remaining'] !== '0') return null;
  return warning('GitHub’s rate limit of this address is used up.', 'Set GITHUB_TOKEN; it needs no scope.');
}

function dashboard(ports: HostPorts, signal: AbortSignal): Asked<Answered> {
  return {
    host: 'ic-api.internetcomputer.org',
    need: 'helpful',
    without: 'the dashboard’s index cannot be compared',
    ask: web('https://ic-api.internetcomputer.org/api/v3/proposals?limit=1', ports, signal),
  };
}

/** Sigstore's roots; asked for only where the operator brings none. */
function updateServer(ports: HostPorts, signal: AbortSignal): Asked<Answered>[] {
  if (ports.config.sigstoreTrustedRoot !== null) return [];
  return [
    {
      host: 'tuf-repo-cdn.sigstore.dev',
      need: 'helpful',
      without: 'the bundled trusted root of Sigstore cannot be refreshed',
      ask: web('https://tuf-repo-cdn.sigstore.dev/timestamp.json', ports, signal),
    },
  ];
}
