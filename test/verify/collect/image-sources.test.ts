import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mirrorUrl } from '../../../src/domain/artifact.ts';
import { evidenceKey } from '../../../src/domain/evidence.ts';
import type { CollectContext } from '../../../src/domain/ports.ts';
import { sha256 } from '../../../src/platform/hash.ts';
import { createDownloadCache } from '../../../src/verify/collect/download-cache.ts';
import { createImageCollector } from '../../../src/verify/collect/image.ts';
import { body, type Answer } from '../../platform/loopback.ts';
import { commit, contextOf, digest, electing, observed, startWeb, type Web } from './web.ts';

const url = mirrorUrl('systems', commit, 'guestos', 'image');
const path = url.slice('https://'.length);
const content = randomBytes(300_000);
const right = sha256(content);

let web: Web;
beforeAll(async () => {
  web = await startWeb();
});
afterAll(() => web.close());
beforeEach(async () => {
  for (const name of await readdir(web.directory)) await rm(join(web.directory, name), { recursive: true });
  web.net.answers.clear();
  web.net.answers.set(path, body(content));
  web.net.requests.length = 0;
});

describe('several sources of one file', () => {
  const other = url.replace('systems', 'network');
  const otherPath = other.slice('https://'.length);
  const collector = () => createImageCollector({ ...web.deps, cache: createDownloadCache(web.directory) });
  const both = electing(right, [url, other]);

  it('are each fetched, and share one copy where they gave the same', async () => {
    web.net.answers.set(otherPath, body(content));
    const [images, context] = [collector(), contextOf([both])];
    for (const subject of [url, other]) {
      expect(await images.collect(evidenceKey.image(subject), context)).toMatchObject({ value: { sha256: right } });
    }
    expect(web.net.requests.map(({ url: asked }) => asked)).toEqual([url, other]);
    const lying = await readdir(join(web.directory, commit), { recursive: true });
    expect(lying.filter((name) => name.endsWith('.zst'))).toEqual([
      'download.dfinity.systems/guest-os/update-img/update-img.tar.zst',
    ]);
  });

  /** Sends for as long as it is read, without saying where it ends. */
  const endless: Answer = (_request, response) => {
    response.writeHead(200);
    const more = (): void => {
      sent += 65_536;
      if (!response.destroyed) response.write(Buffer.alloc(65_536), () => setImmediate(more));
    };
    more();
  };
  let sent = 0;

  it.each([
    [
      'had',
      (context: CollectContext) =>
        context.evidence.add(evidenceKey.image(url), observed({ sha256: right, bytes: 300_000 })),
    ],
    [
      'the local build has',
      (context: CollectContext) =>
        context.evidence.add(
          evidenceKey.localImage(commit, 1, 'guestos'),
          observed({ sha256: digest('7'), bytes: 300_000 }),
        ),
    ],
  ])('bound a body without end: it is cut a mebibyte past the length that another %s', async (_who, say) => {
    web.net.answers.set(otherPath, endless);
    sent = 0;
    const context = contextOf([both]);
    say(context);
    expect(await collector().collect(evidenceKey.image(other), context)).toMatchObject({
      status: 'unavailable',
      kind: 'limit',
      code: 'too-many-bytes',
    });
    expect(sent).toBeLessThan(16 * 1024 * 1024);
  });

  it('bound it by what one announces that never comes to its end', async () => {
    sent = 0;
    web.net.answers.set(path, (_request, response) => {
      response.writeHead(200, { 'content-length': 300_000 }).write('x');
    });
    web.net.answers.set(otherPath, (...answering) => setTimeout(() => endless(...answering), 100));
    const [images, context] = [collector(), contextOf([both])];
    const [slow, cut] = await Promise.all(
      [url, other].map((subject) => images.collect(evidenceKey.image(subject), context)),
    );
    expect(slow).toMatchObject({ status: 'unavailable', code: 'stalled' });
    expect(cut).toMatchObject({ status: 'unavailable', code: 'too-many-bytes' });
  });

  it('cannot cut each other short by a lie: who says where he ends is read to that end', async () => {
    web.net.answers.set(otherPath, (_request, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('x');
    });
    const large = randomBytes(3 * 1024 * 1024);
    web.net.answers.set(path, body(large));
    const [images, context] = [collector(), contextOf([electing(sha256(large), [url, other])])];
    const lying = images.collect(evidenceKey.image(other), context);
    await wait(100);
    expect(await images.collect(evidenceKey.image(url), context)).toMatchObject({ value: { sha256: sha256(large) } });
    expect(await lying).toMatchObject({ status: 'unavailable', code: 'stalled' });
  });

  it('with a tail of some mebibytes and an end are told as what they are', async () => {
    const long = Buffer.concat([content, Buffer.alloc(5 * 1024 * 1024)]);
    web.net.answers.set(otherPath, body(long));
    const context = contextOf([both, [evidenceKey.image(url), observed({ sha256: right, bytes: 300_000 })]]);
    expect(await collector().collect(evidenceKey.image(other), context)).toMatchObject({
      status: 'observed',
      value: { sha256: sha256(long) },
    });
  });

  it('do not wait for a list that does not come', async () => {
    const context = { ...contextOf([electing(right, [url])]), observe: () => new Promise<never>(() => undefined) };
    const observation = await collector().collect(evidenceKey.image(url), context);
    // The list could say otherwise, so the bytes came twice.
    expect(observation).toMatchObject({ value: { sha256: right }, source: `${url} (fetched twice: the same)` });
  });
});

describe('the places of one host', () => {
  const collector = () => createImageCollector({ ...web.deps, cache: createDownloadCache(web.directory) });
  const others = (['hostos', 'setupos', 'recovery'] as const).map((name) =>
    mirrorUrl('systems', commit, name, 'image'),
  );
  /** Begins, and never goes on. */
  const silent: Answer = (_request, response) => void response.writeHead(200, { 'content-length': 10 }).write('x');

  it('are two for what the mirrors have beside, and a URL of the proposal never waits for one', async () => {
    for (const each of others) web.net.answers.set(each.slice('https://'.length), silent);
    const ended = new AbortController();
    const context = { ...contextOf([electing(right, [url])]), signal: ended.signal };
    const images = collector();
    const waiting = others.map((each) => images.collect(evidenceKey.image(each), context));
    await vi.waitUntil(() => web.net.requests.length === 2);
    expect(await images.collect(evidenceKey.image(url), context)).toMatchObject({ value: { sha256: right } });
    const asked = web.net.requests.map((request) => request.url);
    expect(asked.filter((each) => each !== url).sort()).toEqual(others.slice(0, 2).sort());
    ended.abort();
    for (const observation of await Promise.all(waiting)) expect(observation.status).toBe('unavailable');
  });

  it('are of each run alone, and of each host alone', async () => {
    for (const each of others) web.net.answers.set(each.slice('https://'.length), silent);
    const network = mirrorUrl('network', commit, 'hostos', 'image');
    web.net.answers.set(network.slice('https://'.length), body(content));
    const ended = new AbortController();
    const images = collector();
    const [one, other] = [1, 2].map(() => ({ ...contextOf(), signal: ended.signal }));
    const waiting = others.map((each) => images.collect(evidenceKey.image(each), one!));
    await vi.waitUntil(() => web.net.requests.length === 2);
    expect((await images.collect(evidenceKey.image(network), one!)).status).toBe('observed');
    expect((await images.collect(evidenceKey.image(url), other!)).status).toBe('observed');
    ended.abort();
    await Promise.all(waiting);
  });
});
