import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { MIRROR_HOSTS } from '../domain/artifact.ts';
import { plainText } from '../domain/text.ts';
import { isGlobalUnicast } from '../platform/address.ts';
import { PROXY_VARIABLES, proxiesOf } from '../platform/proxy-env.ts';
import { ok, problem, warning, type Finding, type Group } from './probe.ts';
import type { DoctorPorts } from './ports.ts';

type ProxyPorts = Pick<DoctorPorts, 'config' | 'clock'>;

export const proxyGroup: Group = {
  title: 'The way out',
  probes: (ports) => [
    { id: 'proxy', probe: () => proxy(ports) },
    { id: 'certificates', probe: () => certificates(ports) },
    { id: 'switches', probe: () => switches(ports) },
    { id: 'addresses', probe: () => addresses(ports) },
  ],
};

export function proxy({ config: { environment } }: Pick<ProxyPorts, 'config'>): Finding {
  const given = PROXY_VARIABLES.flatMap((name) => {
    const text = environment[name]?.trim() ?? '';
    return text === '' ? [] : [{ name, url: URL.parse(text) }];
  });
  if (given.length === 0) return ok('none: requests go out directly');
  // The host alone: a proxy's URL may carry a password.
  const shown = given.map(({ name, url }) => `${name} ${plainText(url?.host ?? '', 100)}`);
  const except = environment['NO_PROXY'] ?? environment['no_proxy'];
  const all = environment['all_proxy'] ?? environment['ALL_PROXY'] ?? '';
  if (all !== '' && !given.some(({ name }) => environment[name] === all)) {
    return warning(
      `${shown.join(', ')}; ALL_PROXY is another one, and is not followed beside them.`,
      'Unset ALL_PROXY, or set HTTPS_PROXY to it.',
    );
  }
  return ok(`${shown.join(', ')}${except ? `, except for ${plainText(except, 200)}` : ''}`);
}

/** What would change how this program or its tools work, by name; values may be secret. */
const ACTING =
  /^(?:NODE_OPTIONS|NODE_PATH|NODE_USE_SYSTEM_CA|LD_(?:PRELOAD|LIBRARY_PATH|AUDIT)|SSL_CERT_(?:FILE|DIR)|GIT_SSL_CAINFO)$/;
const SCRUBBED =
  /^(?:GIT_(?!SSL_CAINFO$)\w+|CURL_\w+|OPENSSL_\w+|CONTAINER_\w+|CONTAINERS_(?!CONF$)\w+|DOCKER_\w+|REGISTRY_AUTH_FILE)$/;

/** Those that take the ground from a verdict are refused at start (config-ground.ts). */
export function switches({ config: { environment } }: Pick<ProxyPorts, 'config'>): Finding {
  const set = Object.keys(environment).filter((name) => (environment[name] ?? '').trim() !== '');
  const shown = (pattern: RegExp): string =>
    set
      .filter((name) => pattern.test(name))
      .map((name) => plainText(name, 60))
      .join(', ');
  const [acting, scrubbed] = [shown(ACTING), shown(SCRUBBED)];
  const ignored = scrubbed === '' ? '' : ` Not passed on to git, curl and podman: ${scrubbed}.`;
  if (acting === '') return ok(scrubbed === '' ? 'none that change what is trusted' : `none that act.${ignored}`);
  return warning(
    `${acting} can change which code runs or which authorities are trusted.${ignored}`,
    'Unset what you did not mean to set.',
  );
}

/** Whether the guard against inner addresses would refuse what a proposal names. */
export async function addresses({
  config: { environment },
  resolve,
}: Pick<DoctorPorts, 'config' | 'resolve'>): Promise<Finding> {
  const { httpsProxy, httpProxy } = proxiesOf(environment);
  if (httpsProxy !== '' || httpProxy !== '') return ok('the proxy resolves names');
  const hosts = Object.values(MIRROR_HOSTS);
  const found = await Promise.all(hosts.map(async (host) => ({ host, at: await resolve(host).catch(() => []) })));
  const refused = found.find(({ at }) => at.length > 0 && !at.some(isGlobalUnicast));
  if (!refused) return ok('names lead to public addresses');
  return warning(
    `${refused.host} resolves to ${plainText(refused.at[0] ?? '', 60)}, which is no public address: hosts that only a proposal names are refused there.`,
    'Let the resolver of this machine give real addresses (no "fake-ip" mode), or name a proxy in HTTPS_PROXY.',
  );
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/** Node ignores a file that it cannot read with no more than a warning, and then nothing is reached. */
export async function certificates({ config, clock }: ProxyPorts): Promise<Finding> {
  const file = config.environment['NODE_EXTRA_CA_CERTS'];
  if (!file) return ok('those of the system and of Node.js');
  const todo = 'Name a readable file of PEM certificates in NODE_EXTRA_CA_CERTS, or none.';
  const text = await readFile(file, 'latin1').catch(() => null);
  if (text === null) return problem(`NODE_EXTRA_CA_CERTS names ${plainText(file, 200)}, which cannot be read.`, todo);
  const found = (text.match(PEM) ?? []).map((pem) => validity(pem));
  const readable = found.filter((one) => one !== null);
  if (readable.length === 0 || readable.length < found.length) {
    return problem(
      `${plainText(file, 200)} holds ${readable.length === 0 ? 'no' : 'an unreadable'} certificate.`,
      todo,
    );
  }
  const now = clock.now();
  const valid = readable.filter(({ from, to }) => from <= now && now <= to).length;
  const seen = `${readable.length} more from ${plainText(file, 200)}`;
  // Bundles of a whole system always hold some that have run out.
  if (valid > 0) return ok(valid === readable.length ? seen : `${seen}, ${valid} of them valid now`);
  return warning(`${seen}, none of them valid now.`, 'Renew the file that NODE_EXTRA_CA_CERTS names.');
}

function validity(pem: string): { from: number; to: number } | null {
  try {
    const { validFromDate, validToDate } = new X509Certificate(pem);
    return { from: validFromDate.getTime(), to: validToDate.getTime() };
  } catch {
    return null;
  }
}
