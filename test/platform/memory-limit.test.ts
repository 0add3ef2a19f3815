import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { memoryLimit } from '../../src/platform/memory-limit.ts';

let scratch = '';
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** A machine whose control groups are `files`, with what /proc says of it; `%` stands for where they are mounted. */
function machine(cgroup: string, mountinfo: string, files: Record<string, string>): string {
  scratch = mkdtempSync(join(tmpdir(), 'nns-watch-groups-'));
  const all = { ...files, 'proc/cgroup': cgroup, 'proc/mountinfo': mountinfo.replaceAll('%', scratch) };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(scratch, path)), { recursive: true });
    writeFileSync(join(scratch, path), `${text}\n`);
  }
  return join(scratch, 'proc');
}

const V2 = '30 23 0:26 / %/v2 rw shared:4 - cgroup2 cgroup2 rw,nsdelegate';
const V1 = '31 23 0:27 / %/v1 rw - cgroup cgroup rw,memory';
const NONE_V1 = '9223372036854771712';

describe('the memory that control groups allow', () => {
  it.each<[string, string, string, Record<string, string>, number | null]>([
    ['no limit', '0::/a', V2, { 'v2/a/memory.max': 'max', 'v2/a/memory.high': 'max' }, null],
    ['its own', '0::/a', V2, { 'v2/a/memory.max': '8000000000' }, 8e9],
    ['where it is throttled', '0::/a', V2, { 'v2/a/memory.max': '8000000000', 'v2/a/memory.high': '6000000000' }, 6e9],
    ['one above', '0::/a/b/c', V2, { 'v2/a/memory.max': '4000000000', 'v2/a/b/c/memory.max': 'max' }, 4e9],
    ['the first generation', '5:memory:/a/b', V1, { 'v1/a/memory.limit_in_bytes': '3000000000' }, 3e9],
    ['none of the first', '5:cpu,memory:/a', V1, { 'v1/a/memory.limit_in_bytes': NONE_V1 }, null],
    ['another controller', '5:cpu:/a', V1, { 'v1/a/memory.limit_in_bytes': '1' }, null],
    ['a container', '0::/', V2.replace(' / ', ' /docker/x '), { 'v2/memory.max': '2000000000' }, 2e9],
    ['a part', '0::/docker/x/y', V2.replace(' / ', ' /docker/x '), { 'v2/y/memory.max': '2000000000' }, 2e9],
    ['both', '5:memory:/a\n0::/', `${V2}\n${V1}`, { 'v1/a/memory.limit_in_bytes': '5000000000' }, 5e9],
    ['a blank', '0::/a b', V2, { 'v2/a b/memory.max': '7000000000' }, 7e9],
    ['no words that we know', 'x', 'y', {}, null],
  ])('%s', (_what, cgroup, mountinfo, files, limit) => {
    expect(memoryLimit(machine(cgroup, mountinfo, files))).toBe(limit);
  });

  it('counts other groups too, as that of the installed builder', () => {
    const proc = machine('0::/a', V2, { 'v2/unit/memory.max': '1000000000' });
    expect([memoryLimit(proc), memoryLimit(proc, ['/unit'])]).toEqual([null, 1e9]);
  });
});
