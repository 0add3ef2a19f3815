import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { plainText } from '../../domain/text.ts';
import { ok, problem, warning, type Finding, type Group } from './look.ts';
import type { DoctorPorts } from './ports.ts';

type ProxyPorts = Pick<DoctorPorts, 'config' | 'clock'>;

export const proxyGroup: Group = {
  title: 'The way out',
  looks: (ports) => [
    { id: 'proxy', look: () => proxy(ports) },
    { id: 'certificates', look: () => certificates(ports) },
  ],
};

const NAMES = ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy'];

export function proxy({ config: { environment } }: Pick<ProxyPorts, 'config'>): Finding {
  const given = NAMES.flatMap((name) => {
    const text = environment[name]?.trim() ?? '';
    return text === '' ? [] : [{ name, url: URL.parse(text) }];
  });
  const unusable = given.find(({ url }) => url === null || !/^https?:$/.test(url.protocol));
  if (unusable) return problem(`${unusable.name} is no http or https URL.`, 'Set it like http://proxy.example:3128.');
  if (given.length === 0) return ok('none: requests go out directly');
  // The host alone: a proxy's URL may carry a password.
  const shown = given.map(({ name, url }) => `${name} ${plainText(url?.host ?? '', 100)}`);
  const except = environment['NO_PROXY'] ?? environment['no_proxy'];
  return ok(`${shown.join(', ')}${except ? `, except for ${plainText(except, 200)}` : ''}`);
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
