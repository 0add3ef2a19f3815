import { describe, expect, it } from 'vitest';
import { PARTS } from '../../src/doctor/loaded-parts.ts';
import { parts } from '../../src/doctor/parts.ts';
import { loadPart } from '../../src/platform/load-part.ts';

describe('the parts of the installation', () => {
  it('are loaded and used, each', async () => {
    expect(await parts(PARTS)).toMatchObject({ outcome: 'ok' });
  });

  it('are named where they cannot be loaded', async () => {
    const gone = {
      name: 'snappy',
      use: () => loadPart('snappy', () => Promise.reject(new Error('no native binding\nx'))),
    };
    const finding = await parts([...PARTS, gone]);
    expect(finding).toMatchObject({ outcome: 'problem', todo: expect.stringContaining('script/bootstrap') as string });
    expect(finding.sentence).toContain('The part snappy of this installation cannot be loaded (no native binding)');
    await expect(gone.use()).rejects.toMatchObject({ kind: 'host', code: 'part-not-loaded' });
  });
});
