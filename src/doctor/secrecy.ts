import { readFile, stat } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { plainText } from '../domain/text.ts';
import { type Finding, type Group, ok, problem, warning } from './probe.ts';
import type { DoctorPorts } from './ports.ts';
import { secretSettings } from '../operator/shown-settings.ts';

type SecrecyPorts = Pick<DoctorPorts, 'config' | 'envFile' | 'machine'>;

export const secrecyGroup: Group = {
  title: 'Network and secrets',
  probes: (ports) => [
    { id: 'network', probe: () => network(ports) },
    { id: 'secret-files', probe: () => secretFiles(ports) },
  ],
};

export function network({ config: { notMainnet, network: name } }: Pick<SecrecyPorts, 'config'>): Finding {
  if (notMainnet.length === 0) return ok(name);
  return warning(`${name}: verdicts say nothing about mainnet.`, `Unset ${notMainnet.join(', ')} for mainnet.`);
}

/** A build may run as another user of this machine; what others can read is no secret from it. */
export async function secretFiles({ config, envFile, machine }: SecrecyPorts): Promise<Finding> {
  const named = secretSettings(config).flatMap(({ file }) => file ?? []);
  const files = [...named, ...((await holdsSecret(envFile, config)) && envFile !== null ? [envFile] : [])];
  if (files.length === 0) return ok('no file holds a secret');
  const looked = await Promise.all(files.map((file) => exposure(file, machine.user.uid)));
  const unknown = looked.filter(({ why }) => why === 'unknown').map(({ file }) => file);
  if (unknown.length > 0) {
    return problem(
      `${unknown.join(', ')} cannot be looked at.`,
      'Make the file readable for the user of nns-watch only.',
    );
  }
  const exposed = looked.filter(({ why }) => why !== null);
  if (exposed.length === 0)
    return ok(`${files.length === 1 ? 'one file' : `${files.length} files`}, readable for us only`);
  const shown = exposed.map(({ file, why }) => `${file} ${why ?? ''}`).join(', ');
  return warning(`${shown}: a build might read it.`, `chmod 600 ${exposed.map(({ file }) => file).join(' ')}`);
}

async function holdsSecret(envFile: string | null, { secretNames }: SecrecyPorts['config']): Promise<boolean> {
  if (envFile === null) return false;
  const values = parseEnv(await readFile(envFile, 'utf8').catch(() => ''));
  return secretNames.some((name) => !name.endsWith('_FILE') && (values[name] ?? '').trim() !== '');
}

/** Why somebody else could read a file; null: nobody but root can. */
async function exposure(path: string, uid: number): Promise<{ file: string; why: string | null }> {
  const file = plainText(path, 200);
  try {
    const facts = await stat(path);
    if ((facts.mode & 0o007) !== 0) return { file, why: 'can be read by everybody' };
    if ((facts.mode & 0o070) !== 0) return { file, why: 'can be read by its group' };
    return { file, why: facts.uid === uid || facts.uid === 0 ? null : 'belongs to another user' };
  } catch {
    return { file, why: 'unknown' };
  }
}
