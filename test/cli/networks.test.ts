import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { byHandCommit, image, program, seed, VERIFIED } from './seeded.ts';

// Each request is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const LOOPBACK = 'NOT MAINNET: IC_ROOT_KEY, SIGSTORE_TRUSTED_ROOT';
const dataDir = mkdtempSync(join(tmpdir(), 'nns-watch-networks-'));
let database: Database;
beforeAll(async () => void (database = await seed(dataDir, LOOPBACK)), 60_000);
afterAll(async () => {
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

describe('what was made on another network, with the settings of mainnet,', () => {
  it.each([
    [['proposals']],
    [['status']],
    [['report', '--month', '2026-09']],
    [['show', VERIFIED]],
    [['show', byHandCommit]],
    [['show', image]],
  ])('is told as made there: %j', async (argv) => {
    expect((await program(dataDir, argv)).stdout).toMatch(new RegExp(`^${LOOPBACK}\n`));
    const { network } = JSON.parse((await program(dataDir, [...argv, '--json'])).stdout) as { network: string };
    expect(network).toBe(LOOPBACK);
  });

  it('is so in the review and in the headline', async () => {
    expect((await program(dataDir, ['show', VERIFIED, '--markdown'])).stdout).toMatch(/^`NOT MAINNET: IC_ROOT_KEY/);
    expect(JSON.parse((await program(dataDir, ['show', VERIFIED, '--json'])).stdout)).toMatchObject({
      verdict: { outcome: 'verified', headline: 'NOT MAINNET · The same everywhere.' },
    });
  });

  it('is so on each line that tells a verdict', async () => {
    const { stdout } = await program(dataDir, ['show', VERIFIED]);
    expect(stdout).toContain('revision 1: NOT MAINNET · The same everywhere.');
    expect(stdout).not.toContain('revision 1: The same');
  });

  it.each(['watch', 'build'])('is not taken up by %s, which says what to do', async (command) => {
    const { code, stdout, stderr } = await program(dataDir, [command]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`(${LOOPBACK}) than these (mainnet)`);
    expect(stderr).toContain('NNS_WATCH_DATA_DIR');
  });
});
