import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Component } from '../../src/domain/component.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { askedAgain } from '../../src/platform/asked-again.ts';
import { systemClock } from '../../src/platform/clock.ts';

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

/** When this file was loaded, in seconds: before whatever is looked for. */
const LOADED_AT = Math.floor(Date.now() / 1000);

/**
 * Containers, running or not, that were given something below this directory. One whose removal was broken off no
 * longer tells what it was given; a young one that stays so counts as one of these.
 */
export async function containersOf(directory: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { Id: id } of await listed()) {
    // One of others may go away meanwhile.
    const looked = await run('podman', ['inspect', id]).catch(() => ({ stdout: '' }));
    if (looked.stdout.includes(directory)) found.push(id);
  }
  const before = await brokenOff();
  if (before.length > 0) await pause(3000);
  const after = before.length > 0 ? await brokenOff() : [];
  return [...found, ...before.filter((id) => after.includes(id))];
}

interface Listed {
  readonly Id: string;
  readonly State: string;
  readonly Created: number;
}

/** Asked again: it fails where a container of anybody's goes while it lists. */
async function listed(): Promise<readonly Listed[]> {
  const list = async (): Promise<string | null> =>
    (await run('podman', ['ps', '--all', '--no-trunc', '--format', 'json']).catch(() => null))?.stdout ?? null;
  const text = await askedAgain(list, systemClock);
  if (text === null) throw new Error('podman lists no containers, however often it is asked');
  return JSON.parse(text) as Listed[];
}

async function brokenOff(): Promise<readonly string[]> {
  const removing = (await listed()).filter(({ State, Created }) => State === 'removing' && Created >= LOADED_AT);
  return removing.map(({ Id }) => Id);
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
