import { readFile, stat } from 'node:fs/promises';
import { parseEnv } from 'node:util';
import { plainText } from '../domain/text.ts';
import { type Finding, type Group, ok, problem, warning } from './probe.ts';
import type { DoctorPorts } from './ports.ts';
import { redactor } from '../platform/redact.ts';
import { allSettings, type Config } from '../operator/config.ts';

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

type Given = Pick<Config, 'environment' | 'secrets'>;

/** Text of a setting as it was given; undefined where it was not. */
function givenText(name: string, { environment }: Given): string | undefined {
  const text = environment[name]?.trim();
  return text === '' ? undefined : text;
}

export interface SecretSetting {
  readonly name: string;
  readonly given: boolean;
  /** The file that holds it, where it was given so. */
  readonly file: string | null;
}

export function secretSettings(config: Given): readonly SecretSetting[] {
  return allSettings.all
    .filter(({ secret }) => secret)
    .map(({ name }) => {
      const file = givenText(`${name}_FILE`, config) ?? null;
      return { name, given: file !== null || givenText(name, config) !== undefined, file };
    });
}

/** One setting as people and programs may see it. */
export interface ShownSetting {
  readonly name: string;
  /** Of a secret `set`; null: not set, and there is no default. */
  readonly value: string | null;
  readonly isDefault: boolean;
}

/** Every setting as it takes effect; of secrets only whether they are there. */
export function shownSettings(config: Given): readonly ShownSetting[] {
  const hide = redactor(config.secrets);
  const secrets = new Map(secretSettings(config).map(({ name, given }) => [name, given]));
  return allSettings.all.map(({ name, fallback }) => {
    const secret = secrets.get(name);
    if (secret !== undefined) return { name, value: secret ? 'set' : null, isDefault: !secret };
    const text = givenText(name, config);
    const value = text ?? fallback;
    return { name, value: value === null ? null : plainText(hide(value), 300), isDefault: text === undefined };
  });
}
