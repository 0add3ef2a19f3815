import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Component } from '../../src/domain/component.ts';
import type { Verdict } from '../../src/domain/verdict.ts';

const run = promisify(execFile);

/** Processes on this machine that were started with, or stand in, something below this directory. */
export function processesOf(directory: string): readonly string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
    .filter(
      (pid) => ['cmdline', 'environ'].some((what) => textOf(pid, what).includes(directory)) || standsIn(pid, directory),
    )
    .map((pid) => `${pid} ${textOf(pid, 'cmdline').replaceAll('\0', ' ').trim().slice(0, 200)}`);
}

function textOf(pid: string, what: string): string {
  try {
    return readFileSync(`/proc/${pid}/${what}`, 'latin1');
  } catch {
    return '';
  }
}

function standsIn(pid: string, directory: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(directory);
  } catch {
    return false;
  }
}

/** Containers, running or not, that were given something below this directory. */
export async function containersOf(directory: string): Promise<readonly string[]> {
  const { stdout } = await run('podman', ['ps', '--all', '--quiet', '--no-trunc']);
  const found: string[] = [];
  for (const id of stdout.split('\n').filter(Boolean)) {
    // One of others may go away meanwhile.
    const looked = await run('podman', ['inspect', id]).catch(() => ({ stdout: '' }));
    if (looked.stdout.includes(directory)) found.push(id);
  }
  return found;
}

const REQUIRED = ['package-hash', 'sums-list-artifact', 'commit-on-release-ref', 'build-reproduces'];

/** What a verified verdict lacks of the comparisons that it must rest on. */
export function missingProofs({ results }: Verdict, component: Component): readonly string[] {
  const required = component === 'guestos' ? [...REQUIRED, 'measurements-match'] : REQUIRED;
  return required.filter((id) => {
    const [result] = results.filter(({ check, component: of }) => check === id && (of === null || of === component));
    const comparisons = result && 'comparisons' in result ? result.comparisons : [];
    return result?.outcome !== 'verified' || comparisons.length === 0 || !comparisons.some(({ equal }) => equal);
  });
}
