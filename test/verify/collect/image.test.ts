import { readdir, readFile, rm } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mirrorUrl } from '../../../src/domain/artifact.ts';
import { evidenceKey, type EvidenceKey, type Observation, type SumsFile } from '../../../src/domain/evidence.ts';
import type { Sha256 } from '../../../src/domain/ids.ts';
import { sha256 } from '../../../src/platform/hash.ts';
import { createDownloadCache } from '../../../src/verify/collect/download-cache.ts';
import { createImageCollector } from '../../../src/verify/collect/image.ts';
import { body, inTurn, status, untilClose } from '../../platform/loopback.ts';
import { RangedFile } from '../../platform/ranged-file.ts';
import { commit, contextOf, digest, electing, observed, startWeb, type Web } from './web.ts';

const url = mirrorUrl('systems', commit, 'guestos', 'image');
const path = url.slice('https://'.length);
const content = randomBytes(300_000);
const right = sha256(content);

let web: Web;
let file: RangedFile;
beforeAll(async () => {
  web = await startWeb();
});
afterAll(() => web.close());
beforeEach(async () => {
  for (const name of await readdir(web.directory)) await rm(join(web.directory, name), { recursive: true });
  file = new RangedFile(content);
  web.net.answers.clear();
  web.net.answers.set(path, (request, response) => {
    if (request.method === 'HEAD') {
      response.writeHead(200, { etag: file.etag, 'content-length': file.bytes.length }).end();
    } else file.answer(request, response);
  });
  web.net.requests.length = 0;
});

const sums = (hash: Sha256): [EvidenceKey, Observation<SumsFile>] => [
  evidenceKey.sums(mirrorUrl('systems', commit, 'guestos', 'checksums')),
  observed({ sha256: digest('5'), entries: [{ name: 'update-img.tar.zst', sha256: hash }], otherLines: 0 }),
];
const look = (seen: Parameters<typeof contextOf>[0] = [sums(right)], subject = url) => {
  const collector = createImageCollector({ ...web.deps, cache: createDownloadCache(web.directory) });
  return collector.collect(evidenceKey.image(subject), contextOf(seen));
};
const asked = (): string[] => web.net.requests.map(({ method }) => method);

describe('an image', () => {
  it('is hashed, and kept where the user of the cache looks for it', async () => {
    expect(await look()).toMatchObject({ status: 'observed', value: { sha256: right, bytes: 300_000 }, source: url });
    const kept = join(web.directory, commit, 'download.dfinity.systems/guest-os/update-img/update-img.tar.zst');
    expect((await readFile(kept)).equals(content)).toBe(true);
  });

  it('is not fetched a second time where nobody says what it should be', async () => {
    expect(await look([])).toMatchObject({ value: { sha256: right }, source: url });
    expect(asked()).toEqual(['GET']);
  });

  it('is fetched a second time, from the start, before a wrong hash is told', async () => {
    const observation = await look([sums(digest('1'))]);
    expect(observation).toMatchObject({ status: 'observed', value: { sha256: right } });
    expect(observation.source).toBe(`${url} (fetched twice: the same)`);
    expect(asked()).toEqual(['GET', 'GET']);
    expect(web.net.requests[1]?.headers).not.toHaveProperty('range');
  });

  it('is fetched a second time when the proposal says otherwise, even if the sums agree', async () => {
    await look([sums(right), electing(digest('2'), [url])]);
    expect(asked()).toEqual(['GET', 'GET']);
  });

  it('is not judged by a proposal that does not name its URL', async () => {
    await look([sums(right), electing(digest('2'), ['https://files.example.org/other'])]);
    expect(asked()).toEqual(['GET']);
  });

  it('is what came the second time when that differs, and both are told', async () => {
    const wrong = 'not the image';
    web.net.answers.set(path, inTurn(body(wrong), file.answer));
    const observation = await look();
    expect(observation).toMatchObject({ status: 'observed', value: { sha256: right } });
    expect(observation.source).toContain(sha256(wrong));
  });

  it('is not known when the second time fails, and what came before is told', async () => {
    web.net.answers.set(path, inTurn(body('wrong'), status(500)));
    const observation = await look();
    expect(observation).toMatchObject({ status: 'unavailable', kind: 'transport', code: 'http-500' });
    expect(observation).toHaveProperty('detail', expect.stringContaining(sha256('wrong')));
  });

  it('without a length is believed when somebody vouches for it, or when it comes twice', async () => {
    web.net.answers.set(path, untilClose(content));
    expect(await look()).toMatchObject({ value: { sha256: right }, source: url });
    expect(asked()).toEqual(['GET']);
    expect(await look([])).toMatchObject({ value: { sha256: right } });
    expect(await look([sums(digest('1'))])).toMatchObject({ value: { sha256: right } });
    expect(asked()).toHaveLength(5);
  });

  it('without a length is no hash when it ends elsewhere each time', async () => {
    for (const seen of [[], [sums(right)]]) {
      web.net.answers.set(path, inTurn(untilClose(content.subarray(0, 9)), untilClose(content.subarray(0, 7))));
      expect(await look(seen)).toMatchObject({ status: 'unavailable', kind: 'transport', code: 'short-body' });
    }
  });

  it.each([404, 410])('is absent when the server says %i', async (code) => {
    web.net.answers.set(path, status(code));
    expect(await look()).toMatchObject({ status: 'unavailable', kind: 'absent', code: `http-${code}` });
  });

  it('is unavailable, never a hash, when its body stays short', async () => {
    file.cuts = [1000, 1000, 1000, 1000];
    expect(await look()).toMatchObject({
      status: 'unavailable',
      kind: 'transport',
      code: 'short-body',
      retryable: true,
    });
  });

  it.each([
    'http://download.dfinity.systems/x',
    'https://127.0.0.1/x',
    'https://user@example.org/x',
    'https://example.org:444/x',
    'nonsense',
  ])('is not looked for at %s', async (subject) => {
    expect(await look([], subject)).toMatchObject({ kind: 'rejected', code: 'url-not-allowed', retryable: false });
    expect(web.net.requests).toEqual([]);
  });

  it('at a stranger’s URL is kept under the hash of the URL, whatever its path', async () => {
    const hostile = 'https://files.example.org/..%2f..%2f/a?b=/../../c';
    web.net.answers.set('files.example.org/..%2f..%2f/a', body(content));
    expect(await look([], hostile)).toMatchObject({ value: { sha256: right } });
    expect(await readdir(join(web.directory, commit, 'files.example.org'))).toEqual([sha256(hostile)]);
  });

  it('does not wait for the servers of another run, though they never answer', async () => {
    const collector = createImageCollector({ ...web.deps, cache: createDownloadCache(web.directory) });
    const hostile = contextOf();
    const silent = Array.from({ length: 6 }, (_, index) => `silent${index}.example.org`);
    for (const host of silent) web.net.answers.set(`${host}/x`, () => undefined);
    const others = silent.map((host) => collector.collect(evidenceKey.image(`https://${host}/x`), hostile));
    let ended = 0;
    for (const other of others) void other.then(() => (ended += 1));
    expect(await collector.collect(evidenceKey.image(url), contextOf([sums(right)]))).toMatchObject({
      value: { sha256: right },
    });
    expect(ended).toBe(0);
    expect((await Promise.all(others)).map((each) => each.status === 'unavailable' && each.code)).toEqual(
      silent.map(() => 'stalled'),
    );
  });

  it('tells how far it is', async () => {
    const context = contextOf([sums(right)]);
    await createImageCollector({ ...web.deps, cache: createDownloadCache(web.directory) }).collect(
      evidenceKey.image(url),
      context,
    );
    expect(context.told.at(-1)).toEqual({ type: 'download', url, received: 300_000, total: 300_000, done: true });
  });
});

describe('an image of an earlier run', () => {
  const kept = (): string =>
    join(web.directory, commit, 'download.dfinity.systems/guest-os/update-img/update-img.tar.zst');

  it('never stands for what the server serves now, whatever tag and length it shows', async () => {
    await look();
    const other = randomBytes(content.length);
    file.bytes = other;
    expect(await look()).toMatchObject({ status: 'observed', value: { sha256: sha256(other) } });
    expect(asked()).toEqual(['GET', 'GET', 'GET']);
  });

  it('is no beginning either: the rest of what broke then is not joined to it', async () => {
    file.cuts = [200_000, 0, 0, 0];
    expect(await look()).toMatchObject({ status: 'unavailable', code: 'short-body' });
    web.net.requests.length = 0;
    const other = Buffer.concat([randomBytes(200_000), content.subarray(200_000)]);
    file.bytes = other;
    expect(await look()).toMatchObject({ status: 'observed', value: { sha256: sha256(other) } });
    expect(web.net.requests.map(({ headers }) => headers.range)).toEqual([undefined, undefined]);
  });

  it('is replaced by what came now', async () => {
    await look();
    file.bytes = randomBytes(1000);
    await look();
    expect((await readFile(kept())).equals(file.bytes)).toBe(true);
  });
});
