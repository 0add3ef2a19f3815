import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Deadline, wholeTransferMs } from '../../src/platform/deadline.ts';
import { download } from '../../src/platform/download.ts';
import type { Http } from '../../src/platform/http.ts';
import { withRetry } from '../../src/platform/retry.ts';
import { WatchError } from '../../src/domain/errors.ts';
import { status } from './loopback.ts';
import { content, DownloadRig, MiB, url } from './download-kit.ts';

const rig = new DownloadRig();
const { fetchIt, leftBehind, serve } = rig;

describe('a download as a whole', () => {
  it('ends within one bound, however many connections it takes and however often they make progress', async () => {
    const length = 1_000 * MiB;
    let connections = 0;
    /** Each connection by itself is well within every limit, and brings more than what counts as a failed try. */
    const http: Pick<Http, 'stream'> = {
      stream: async ({ headers = {}, signal }, open) => {
        connections += 1;
        const from = Number(/\d+/.exec(headers['range'] ?? '')?.[0] ?? 0);
        const range = from > 0 ? { 'content-range': `bytes ${from}-${length - 1}/${length}` } : {};
        const told = { etag: '"v1"', 'content-length': String(length - from), ...range };
        const sink = await open({ status: from > 0 ? 206 : 200, url, headers: told, delimited: true });
        await sink(Buffer.alloc(17 * MiB));
        await wait(100);
        throw signal?.aborted ? signal.reason : new WatchError('transport', 'short-body', 'broken');
      },
    };
    const deadline = new Deadline(3_000, url);
    const request = { url, path: rig.path(), maxBytes: 2 * length, deadline };
    const failed = download({ http, clock: rig.clock, random: () => 0 }, request);
    // A pause that ends after the bound is not begun, so that the last break is what is told.
    await expect(failed).rejects.toThrow(/broken|in all/);
    expect(deadline.leftMs).toBeLessThan(400);
    expect(connections).toBeGreaterThan(1);
    expect(connections).toBeLessThan(50);
    expect(await leftBehind()).toEqual([]);
  });

  it('begins no pause that would end after the bound', async () => {
    serve(status(503, { 'retry-after': '100' }));
    const failed = fetchIt({ deadline: new Deadline(50_000, url) });
    await expect(failed).rejects.toMatchObject({ code: 'http-503' });
    expect(rig.clock.slept).toEqual([]);
  });

  it('is cut where the same file ends elsewhere, also once that is known only later', async () => {
    let known = Infinity;
    let sent = 0;
    serve((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        sent += 65_536;
        if (!response.destroyed) response.write(Buffer.alloc(65_536), () => setTimeout(more, 1));
      };
      more();
    });
    const failed = fetchIt({ maxBytes: 1_000 * MiB, mostBytes: () => known });
    setTimeout(() => (known = 2 * MiB), 50);
    await expect(failed).rejects.toMatchObject({ code: 'too-many-bytes', kind: 'limit' });
    expect(sent).toBeLessThan(40 * MiB);
    expect(rig.net.requests.length).toBe(1);
  });

  it('is not begun where its answer says at once that it is longer', async () => {
    const failed = fetchIt({ mostBytes: (declared) => (declared === content.length ? MiB : Infinity) });
    await expect(failed).rejects.toMatchObject({ code: 'too-many-bytes' });
    expect(await leftBehind()).toEqual([]);
  });
});

describe('the bound on a whole transfer', () => {
  it('leaves a slow line its time, and a trickle no day', () => {
    const image = 2 * 1024 ** 3;
    const hours = wholeTransferMs(60_000, image) / 3_600_000;
    // Four transfers that share one MB/s, each fetched a second time by itself.
    expect(hours).toBeGreaterThan((4 * image) / 1e6 / 3600);
    expect(hours).toBeLessThan(5);
    expect(wholeTransferMs(60_000, 8 * 1024 ** 3)).toBe(6 * 3_600_000);
    expect(wholeTransferMs(60_000, 64 * 1024)).toBe(600_500);
  });

  it('holds over tries that would go on, and ends the one that is under way', async () => {
    let tries = 0;
    const work = (signal: AbortSignal): Promise<never> => {
      tries += 1;
      if (tries === 1) return Promise.reject(new WatchError('transport', 'short-body', 'broken'));
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as WatchError)),
      );
    };
    const began = performance.now();
    const deps = { clock: rig.clock, random: () => 0 };
    const failed = withRetry(work, deps, { totalMs: 600, what: 'a list' });
    await expect(failed).rejects.toThrow(/^a list: took longer than 0\.6 seconds in all$/);
    expect(tries).toBe(2);
    expect(performance.now() - began).toBeLessThan(3_000);
  });

  it('only ever becomes shorter, and passes on why somebody else stopped the work', async () => {
    const outer = new AbortController();
    const deadline = new Deadline(60_000, 'it', outer.signal);
    deadline.atMost(30_000);
    deadline.atMost(90_000);
    expect(deadline.leftMs).toBeLessThanOrEqual(30_000);
    outer.abort(new Error('stopped'));
    expect(deadline.signal.reason).toMatchObject({ message: 'stopped' });
    expect(deadline.leftMs).toBe(0);
    deadline.end();
  });
});
