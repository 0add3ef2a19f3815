import { chmod, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Line } from '../../src/doctor/examine.ts';
import type { Kit, Wrong } from './kit.ts';

/** Which line, what is wrong, what it says then. */
export type Row = [
  id: string,
  fault: string,
  outcome: Line['outcome'],
  said: RegExp,
  wrong: Wrong | ((kit: Kit) => Wrong | Promise<Wrong>),
];

/** A webhook of Discord as people have it. */
export const DISCORD = 'https://discord.com/api/webhooks/123456789012345678/SECRET-OF-A-WEBHOOK-0123456789';

/** A file with this text and mode. */
export async function fileIn(kit: Kit, name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(kit.scratch, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

/** A device that is there and that nobody, not even root, can open: no driver knows its number. */
export async function deviceWithoutDriver(kit: Kit): Promise<string> {
  const path = join(kit.scratch, 'kvm-without-driver');
  execFileSync('mknod', [path, 'c', '10', '254']);
  await chmod(path, 0o666);
  return path;
}
