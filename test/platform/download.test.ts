import { createHash, randomBytes } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { download } from '../../src/platform/download.ts';
import type { Http } from '../../src/platform/http.ts';
import { body, inTurn, status } from './loopback.ts';
import { content, DownloadRig, MiB, output, sha256, url } from './download-kit.ts';

const rig = new DownloadRig();
const { child, fetchIt, leftBehind, path, serve } = rig;

describe('a download', () => {
  it('gives hash and size of the bytes, and puts them under their name', async () => {
    const done = await fetchIt();
    expect(done).toEqual({ sha256, bytes: content.length, delimited: true });
    expect((await readFile(path())).equals(content)).toBe(true);
    expect(await leftBehind()).toEqual([]);
  });

  it('frees a piece that fills its buffer once it is copied, and leaves what shares one alone', async () => {
    const whole = Uint8Array.from(content.subarray(0, MiB));
    const shared = Uint8Array.from(content.subarray(MiB));
    const pieces = [whole, shared.subarray(0, 700_000), shared.subarray(700_000)];
    const head = { status: 200, url, headers: { 'content-length': String(content.length) }, delimited: true };
    const http: Pick<Http, 'stream'> = {
      stream: async (_request, open) => {
        const sink = await open(head);
        for (const piece of pieces) await sink(piece);
        return head;
      },
    };
    const done = await download(
      { http, clock: rig.clock, random: () => 0.5 },
      { url, path: path(), maxBytes: 10 * MiB, deadline: rig.deadline },
    );
    expect(done).toMatchObject({ sha256, bytes: content.length });
    expect((await readFile(path())).equals(content)).toBe(true);
    expect(whole.byteLength).toBe(0);
    expect(Buffer.from(shared).equals(content.subarray(MiB))).toBe(true);
  });

  it.each([0, 1, MiB - 1, MiB, MiB + 1, 2 * MiB])('hashes %i bytes right', async (size) => {
    rig.file.bytes = content.subarray(0, size);
    const expected = createHash('sha256').update(rig.file.bytes).digest('hex');
    expect(await fetchIt()).toMatchObject({ sha256: expected, bytes: size });
  });

  it('takes any complete body, an HTML page included, for what it is', async () => {
    serve(body('<html>sorry</html>'));
    const done = await fetchIt();
    expect(done).toMatchObject({ bytes: 18 });
    expect(done.sha256).toBe(createHash('sha256').update('<html>sorry</html>').digest('hex'));
  });

  it('tells how far it is, and that it is done', async () => {
    const told: [number, number | null, boolean][] = [];
    await fetchIt({ onProgress: (...progress) => told.push(progress) });
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told[0]?.[1]).toBe(content.length);
    expect(told.at(-1)).toEqual([content.length, content.length, true]);
  });
});

describe('a broken transfer', () => {
  it('goes on where it broke, without a byte twice', async () => {
    rig.file.cuts = [Math.floor(content.length * 0.9)];
    expect(await fetchIt()).toMatchObject({ sha256, bytes: content.length });
    expect(rig.file.served).toBe(content.length);
    expect(rig.net.requests.map(({ headers }) => [headers.range, headers['if-range']])).toEqual([
      [undefined, undefined],
      [expect.stringMatching(/^bytes=\d+-$/), '"v1"'],
    ]);
  });

  it('starts over when the server ignores the range', async () => {
    rig.file.cuts = [MiB];
    rig.file.ranges = false;
    expect(await fetchIt()).toMatchObject({ sha256, bytes: content.length });
  });

  it('starts over when the file changed meanwhile', async () => {
    const changed = randomBytes(2 * MiB);
    rig.file.cuts = [MiB];
    const first = rig.file.answer;
    serve(
      inTurn(first, (request, response) => {
        rig.file.bytes = changed;
        rig.file.etag = '"v2"';
        first(request, response);
      }),
    );
    const done = await fetchIt();
    expect(done.sha256).toBe(createHash('sha256').update(changed).digest('hex'));
  });

  it('does not sew a part of another file to the beginning', async () => {
    rig.file.cuts = [MiB];
    const lie = (_request: unknown, response: Parameters<typeof rig.file.answer>[1]): void => {
      const rest = randomBytes(content.length - MiB);
      const range = `bytes ${MiB}-${content.length - 1}/${content.length}`;
      response.writeHead(206, { etag: '"v2"', 'content-range': range, 'content-length': rest.length }).end(rest);
    };
    serve(inTurn(rig.file.answer, lie, rig.file.answer));
    expect(await fetchIt()).toMatchObject({ sha256 });
    expect(rig.net.requests.length).toBe(3);
  });

  it('is a short body in the end, never a hash', async () => {
    rig.file.cuts = Array.from({ length: 10 }, () => 1000);
    await expect(fetchIt()).rejects.toMatchObject({ code: 'short-body', kind: 'transport' });
    expect(rig.clock.slept).toEqual([500, 1000, 2000]);
  });

  it('that stalls is broken off and tried again', async () => {
    const stalling = (_request: unknown, response: Parameters<typeof rig.file.answer>[1]): void => {
      response.writeHead(200, { etag: '"v1"', 'content-length': content.length });
      response.write(content.subarray(0, MiB));
    };
    serve(inTurn(stalling, rig.file.answer));
    expect(await fetchIt()).toMatchObject({ sha256 });
    expect(rig.file.served).toBe(content.length - MiB);
  });

  it('leaves nothing, and no byte of it is taken up by the next call', async () => {
    rig.file.cuts = [2 * MiB, 0, 0, 0];
    await expect(fetchIt()).rejects.toMatchObject({ code: 'short-body' });
    expect(await leftBehind()).toEqual([]);
    rig.net.requests.length = 0;
    expect(await fetchIt()).toMatchObject({ sha256, bytes: content.length });
    expect(rig.net.requests.map(({ headers }) => headers.range)).toEqual([undefined]);
  });
});

describe('a server in trouble', () => {
  it('is asked again after 500', async () => {
    serve(inTurn(status(500), status(500), rig.file.answer));
    expect(await fetchIt()).toMatchObject({ sha256 });
    expect(rig.clock.slept).toEqual([500, 1000]);
  });

  it('is left alone for as long as it asks', async () => {
    serve(inTurn(status(429, { 'retry-after': '9' }), rig.file.answer));
    expect(await fetchIt()).toMatchObject({ sha256 });
    expect(rig.clock.slept[0]).toBeGreaterThanOrEqual(9000);
  });

  it.each([404, 410, 403])('is believed when it says %i', async (code) => {
    serve(status(code));
    await expect(fetchIt()).rejects.toMatchObject({ code: `http-${code}` });
    expect(rig.net.requests.length).toBe(1);
    expect(await leftBehind()).toEqual([]);
  });

  it('cannot fill the disk', async () => {
    await expect(fetchIt({ maxBytes: MiB })).rejects.toMatchObject({ code: 'too-many-bytes', kind: 'limit' });
    expect(rig.net.requests.length).toBe(1);
  });

  it('cannot send us to this machine', async () => {
    serve(status(302, { location: 'https://127.0.0.1/image' }));
    await expect(fetchIt()).rejects.toMatchObject({ code: 'url-not-allowed' });
  });
});

describe('the disk', () => {
  it('is told to be the trouble when it is', async () => {
    await writeFile(join(rig.directory, 'deep'), 'a file in the way');
    await expect(fetchIt()).rejects.toMatchObject({ kind: 'input', code: 'file-not-writable' });
    await rm(join(rig.directory, 'deep'));
  });
});

describe('several at once', () => {
  it('in one process do not disturb each other', async () => {
    const all = await Promise.all([fetchIt(), fetchIt(), fetchIt()]);
    expect(all.map((done) => done.sha256)).toEqual([sha256, sha256, sha256]);
    expect((await readFile(path())).equals(content)).toBe(true);
    expect(await leftBehind()).toEqual([]);
  });

  it('in several processes do not disturb each other', async () => {
    const ends = await Promise.all([child(), child()].map(output));
    expect(ends.map((text) => (JSON.parse(text) as { sha256: string }).sha256)).toEqual([sha256, sha256]);
    expect(await leftBehind()).toEqual([]);
  });

  it('leave nothing of a killed process, whose bytes are not taken up', async () => {
    serve((_request, response) => {
      response.writeHead(200, { etag: '"v1"', 'content-length': content.length });
      response.write(content.subarray(0, 2 * MiB));
    });
    const victim = child();
    await until(async () => (await readdir(join(rig.directory, 'deep'))).some((name) => name.endsWith('.part')));
    victim.kill('SIGKILL');
    await once(victim, 'exit');
    await writeFile(`${path()}.kept`, 'of an older version');
    serve(rig.file.answer);
    expect(await fetchIt()).toMatchObject({ sha256, bytes: content.length });
    expect(rig.net.requests.at(-1)?.headers).not.toHaveProperty('range');
    expect(await leftBehind()).toEqual([]);
  });
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await wait(20);
}
