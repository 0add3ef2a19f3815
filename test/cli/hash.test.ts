import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { hashOfFile } from '../../src/operator/hashes.ts';
import { openReaderOf } from '../../src/operator/queries.ts';
import { loadConfig } from '../../src/operator/config.ts';
import { codeOf } from '../../src/cli/commands/hash.ts';
import type { HashAnswer } from '../../src/domain/hash-answer.ts';
import { hashText, type AskedHash } from '../../src/cli/hash-text.ts';
import { buildLog, image, VERIFIED } from './seeded.ts';
import { HARMFUL, readingRig } from './reading-kit.ts';

const { seeded, run, json } = readingRig();
vi.setConfig({ testTimeout: 60_000 });

describe('hash', () => {
  it('says in one line each what the bytes are, and ends with 0 where all are verified', async () => {
    const { code, stdout } = await run('hash', image);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    // The same bytes were seen in the run of another proposal, whose verdict names no comparison.
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^✔ VERIFIED  ${image}  These bytes are the GuestOS image of commit`));
    expect(lines[0]).toContain(`proposal ${VERIFIED}: the build from source on this machine gives the same bytes.`);
  });

  it('ends with 11 where one is not, whatever it is', async () => {
    const file = join(seeded.dataDir, 'evil\u001b[2J\nname');
    writeFileSync(file, 'bytes');
    const { code, stdout } = await run('hash', image.toUpperCase(), buildLog, file);
    expect(code).toBe(11);
    const lines = stdout.trimEnd().split('\n');
    const digest = createHash('sha256').update('bytes').digest('hex');
    expect(lines[1]).toMatch(new RegExp(`^\\? NO RELEASE {2}${buildLog}`));
    expect(lines[2]).toContain(`? UNKNOWN  ${digest}  `);
    expect(lines).toHaveLength(3);
    expect(stdout).not.toMatch(HARMFUL);
  });

  it('ends as the worst of them says', () => {
    const asked = (...states: readonly HashAnswer['state'][]): AskedHash[] =>
      states.map((state) => ({
        sha256: image,
        file: null,
        answer: { state, word: 'UNKNOWN', sentence: '', remarks: [] },
      }));
    expect(codeOf(asked('verified', 'verified'))).toBe(0);
    expect(codeOf(asked('verified', 'contradicted', 'unknown'))).toBe(10);
    expect(codeOf(asked('verified', 'unknown'))).toBe(11);
    expect(codeOf([])).toBe(11);
  });

  it('gives the same as JSON', async () => {
    expect(await json('hash', image)).toMatchObject({
      schema: 'nns-watch/hash@1',
      network: 'mainnet',
      hashes: [{ sha256: image, file: null, bytes: null, state: 'verified', word: 'VERIFIED', remarks: [] }],
      tool: { name: 'nns-watch' },
    });
  });

  it('is what `show` says first of a hash', async () => {
    expect((await run('show', image)).stdout).toMatch(new RegExp(`^✔ VERIFIED  ${image}`));
  });

  it('hashes a file as a stream, and names what it cannot read', async () => {
    const large = join(seeded.dataDir, 'large');
    const bytes = Buffer.alloc(5 * 1024 * 1024 + 1, 7);
    writeFileSync(large, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(await hashOfFile(large)).toEqual({ sha256, bytes: bytes.length });
    mkdirSync(join(seeded.dataDir, 'folder'), { recursive: true });
    for (const [name, why] of [
      ['folder', 'EISDIR'],
      ['nothing', 'ENOENT'],
    ]) {
      const failed = hashOfFile(join(seeded.dataDir, name ?? ''));
      await expect(failed).rejects.toMatchObject({
        kind: 'input',
        message: expect.stringContaining(why ?? '') as string,
      });
    }
  });

  it('says first that it is not mainnet where it is not', async () => {
    const config = loadConfig({ HOME: seeded.dataDir, NNS_WATCH_DATA_DIR: seeded.dataDir });
    const reader = await openReaderOf({ ...config, network: 'NOT MAINNET: x' });
    const text = hashText([{ sha256: image, file: null, answer: await reader.hash(image) }], reader.network);
    expect(text).toMatch(/^NOT MAINNET: x\n/);
    await reader.close();
  });
});
