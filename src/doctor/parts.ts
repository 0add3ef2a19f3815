import { asWatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';
import type { Part } from './loaded-parts.ts';
import { ok, problem, type Finding, type Group } from './probe.ts';

/** Whether this installation is whole. */
export const partsGroup: Group = {
  title: 'Installation',
  probes: (ports) => [{ id: 'parts', probe: () => parts(ports.parts) }],
};

export async function parts(all: readonly Part[]): Promise<Finding> {
  const failed: string[] = [];
  for (const { name, use } of all) {
    await use().catch((thrown: unknown) => failed.push(`${name}: ${plainText(asWatchError(thrown).message, 240)}`));
  }
  if (failed.length === 0) return ok(`all ${all.length} libraries that are loaded on demand work`);
  return problem(failed.join(' '), 'Install the program anew: in a checkout, run script/bootstrap.');
}
