import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareRetained, retainedImages } from '../../src/operator/retained-images.ts';
import { compareText, showText } from '../../src/cli/show-text.ts';
import { Evidence } from '../../src/domain/evidence.ts';
import { scratchDirectory } from '../support/databases.ts';
import { commit } from '../support/records.ts';

const MIB = 1024 * 1024;
const HOST = 'download.dfinity.systems';
let scratch: ReturnType<typeof scratchDirectory>;
beforeEach(() => void (scratch = scratchDirectory()));
afterEach(() => scratch.remove());

function put(path: string, bytes: Buffer): void {
  const file = join(scratch.path, commit, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

const local = (attempt: number): string => `local-build-${attempt}/guestos/update-img.tar.zst`;
const PUBLISHED = `${HOST}/guest-os/update-img/update-img.tar.zst`;

describe('the images that are kept of a commit', () => {
  it('are listed by side, and compared byte by byte', async () => {
    const image = Buffer.alloc(2 * MIB + 7, 1);
    const [late, short] = [Buffer.from(image), image.subarray(0, MIB)];
    late[MIB + 5] = 2;
    late[2 * MIB + 6] = 2;
    put(PUBLISHED, image);
    put(local(1), late);
    put(local(2), short);
    put(local(3), image);
    put('local-build-1/hostos/update-img.tar.zst', short);
    const kept = await retainedImages(scratch.path, commit);
    expect(kept.map(({ side, component, bytes }) => [side, component, bytes])).toEqual([
      ['published', 'guestos', image.length],
      ['local', 'guestos', late.length],
      ['local', 'hostos', MIB],
      ['local', 'guestos', MIB],
      ['local', 'guestos', image.length],
    ]);
    const compared = await compareRetained(kept);
    expect(compared.map(({ difference }) => difference)).toEqual([
      { first: MIB + 5, bytes: 2 },
      { first: MIB, bytes: 0 },
      { first: null, bytes: 0 },
    ]);
    const history = {
      proposal: null,
      firstSeenAtMs: null,
      run: null,
      verdict: null,
      runs: [],
      notices: [],
      afterVote: null,
    };
    const found = { history: { ...history, evidence: new Evidence() }, others: [] };
    const around = { network: 'mainnet', toolVersion: '1', now: 0 };
    expect(showText(found, around, kept)).toContain(join(scratch.path, commit, local(1)));
    const text = compareText(found, around, kept, compared);
    expect(text).not.toContain('Timeline');
    expect(compareText(found, around, kept, [])).toContain('No local image and published one');
    expect(text).toContain(
      `first difference at byte ${MIB + 5}, 2 bytes differ, sizes ${late.length} and ${image.length}`,
    );
    expect(text).toContain('the same bytes');
  });

  it('are none where there are none, or something else than a file stands in their place', async () => {
    expect(await retainedImages(scratch.path, commit)).toEqual([]);
    put('elsewhere', Buffer.from('x'));
    mkdirSync(dirname(join(scratch.path, commit, PUBLISHED)), { recursive: true });
    symlinkSync(join(scratch.path, commit, 'elsewhere'), join(scratch.path, commit, PUBLISHED));
    expect(await retainedImages(scratch.path, commit)).toEqual([]);
  });
});
