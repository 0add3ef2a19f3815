import { describe, expect, it } from 'vitest';
import { unavailable, type BlobName } from '../../src/domain/evidence.ts';
import { courseOf } from '../../src/domain/failed-build.ts';

const none = new Map();
const LOG = 'ab'.repeat(32) as BlobName;
const course = (code: string, file?: BlobName) => {
  const build = { ...unavailable('limit', code, 'Why.', 'here', 1), ...(file ? { file } : {}) };
  return courseOf({ build, images: none }, ['guestos']);
};

describe('what a build came to', () => {
  it('costs nothing where the machine or whoever stopped it kept it from running', () => {
    for (const code of ['host-unfit', 'not-built', 'interrupted']) expect(course(code)).toBe('kept');
  });

  it('counts as failed where it ran, also where its own log blames this machine', () => {
    for (const code of ['build-failed', 'build-timeout', 'host-unfit']) expect(course(code, LOG)).toBe('failed');
    expect(course('interrupted', LOG), 'a stop of ours').toBe('kept');
  });
});
