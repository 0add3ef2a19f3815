import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import measurements from '../../simnet/fixtures/images/measurements.json' with { type: 'json' };
import { measureCode, measureText } from '../../src/cli/measure-text.ts';
import type { Sha256 } from '../../src/domain/ids.ts';
import { root } from '../support/program.ts';
import { program, seedForTests, type Ran } from './seeded.ts';

const { dataDir } = seedForTests('measure');
const image = (name: string): string => join(root, `simnet/fixtures/images/${name}.tar.zst`);
const measure = (...argv: string[]): Promise<Ran> => program(dataDir, ['measure', ...argv]);
const digests = measurements.tee.map(({ measurement }) => measurement);

describe('measure of an image', () => {
  it('finds what the reference tool computed, with command line, type and count', async () => {
    const { code, stdout } = await measure(image('good'), '--measurement', ...digests, '--json');
    expect(code).toBe(0);
    const { schema, measured } = JSON.parse(stdout) as { schema: string; measured: { matches: object[] } };
    expect(schema).toBe('nns-watch/measure@1');
    expect(measured).toMatchObject({ notFound: [] });
    expect(measured.matches).toHaveLength(digests.length);
    expect(measured.matches).toContainEqual(expect.objectContaining({ measurement: digests[0], vcpus: 64 }));
  });

  it('gives those of the usual processors where none is asked for', async () => {
    const { code, stdout } = await measure(image('good'));
    expect(code).toBe(0);
    expect(stdout).toContain('demands this root partition');
    expect(stdout).toContain(`✔ ${digests[0] ?? '-'}\n    BOOT_ARGS_TEE_A, EPYC-v4 × 64\n`);
  });

  it.each([
    ['a measurement of something else', 10, [image('good'), '--measurement', '0'.repeat(96)], '✖ 0000'],
    ['another root partition', 10, [image('root-altered')], '✖ BOOT_ARGS'],
    ['no firmware', 11, [image('no-firmware')], '? '],
    ['no image', 11, [join(root, 'package.json')], '? '],
  ])('with %s ends with %i', async (_, wanted, argv, sign) => {
    const { code, stdout } = await measure(...argv);
    expect([code, stdout.includes(`\n${sign}`) || stdout.startsWith(sign)]).toEqual([wanted, true]);
  });

  it('neither accuses nor proves where the root partition has no tree to compare', () => {
    const image = {
      ...{ sha256: 'a'.repeat(64) as Sha256, bytes: 1, rootHash: null, matches: [], notFound: [] },
      bootArgs: [{ name: 'BOOT_ARGS_A', commandLine: 'root_hash=ab', rootHash: 'ab' }],
    };
    const result = { network: 'mainnet', toolVersion: '1', measured: image, why: null };
    expect([measureCode(result), measureText(result)]).toEqual([
      11,
      expect.stringContaining('\n? BOOT_ARGS_A: demands'),
    ]);
  });

  it.each([[[]], [['/no/such/file']], [[image('good'), '--measurement', 'x']], [['--measurement', '0'.repeat(96)]]])(
    'is refused with %j',
    async (argv) => {
      expect(await measure(...argv)).toMatchObject({ code: 2, stdout: '' });
    },
  );
});
