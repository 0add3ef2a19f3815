import { expect, test } from 'vitest';
import { ArtifactsRig, serve, viewOf } from './artifacts-kit.ts';
import {
  fetchFrom,
  IMAGE,
  MEASUREMENTS,
  NETWORK,
  sha256,
  strikes,
  SUMS,
  SYSTEMS,
  type Answer,
  type Asked,
} from './cdn-client.ts';

const IMAGE_BYTES = 700_001;

const rig = new ArtifactsRig(IMAGE_BYTES);

/** A client that keeps what it got of a broken body. */
async function get(file: string, asked: Asked = {}): Promise<Answer> {
  const release = rig.artifacts.releases.get(asked.name ?? 'good')!;
  await using cdn = await serve(rig.artifacts.hosts, asked.host ?? SYSTEMS, viewOf(release, asked.faults));
  return await fetchFrom(`${cdn.url}/ic/${release.commit}/${file}`, asked);
}

function published(name = 'good'): string {
  return rig.artifacts.publishedSha256(rig.artifacts.releases.get(name)!, 'guestos');
}

test.each([SYSTEMS, NETWORK])('%s serves the whole image with a strong validator', async (host) => {
  const { status, headers, body } = await get(IMAGE, { host });
  expect(status).toBe(200);
  expect(headers['content-length']).toBe(String(IMAGE_BYTES));
  expect(headers['accept-ranges']).toBe('bytes');
  expect(headers['etag']).toMatch(/^"[0-9a-f]{32}"$/);
  expect(sha256(body)).toBe(published());
});

test('HEAD tells the same without a body', async () => {
  const whole = await get(IMAGE);
  const head = await get(IMAGE, { method: 'HEAD' });
  expect(head.status).toBe(200);
  expect(head.headers['etag']).toBe(whole.headers['etag']);
  expect(head.headers['content-length']).toBe(String(IMAGE_BYTES));
  expect(head.body).toHaveLength(0);
});

test.each([
  ['bytes=0-9', 0, 10],
  ['bytes=699990-', 699_990, IMAGE_BYTES],
  ['bytes=-11', IMAGE_BYTES - 11, IMAGE_BYTES],
  ['bytes=262100-600000', 262_100, 600_001],
  ['bytes=700000-999999999', 700_000, IMAGE_BYTES],
])('a range %s gives exactly these bytes', async (range, start, end) => {
  const whole = (await get(IMAGE)).body;
  const { status, headers, body } = await get(IMAGE, { headers: { range } });
  expect(status).toBe(206);
  expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/${IMAGE_BYTES}`);
  expect(body.equals(whole.subarray(start, end))).toBe(true);
});

test('a range beyond the end is refused, and one of another version gives the whole', async () => {
  const beyond = await get(IMAGE, { headers: { range: `bytes=${IMAGE_BYTES}-` } });
  expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${IMAGE_BYTES}`]);
  const stale = await get(IMAGE, { headers: { range: 'bytes=10-', 'if-range': '"another"' } });
  expect([stale.status, stale.body.length]).toEqual([200, IMAGE_BYTES]);
  const etag = String((await get(IMAGE)).headers['etag']);
  const fresh = await get(IMAGE, { headers: { range: 'bytes=10-', 'if-range': etag } });
  expect(fresh.status).toBe(206);
  expect((await get(IMAGE, { headers: { 'if-none-match': etag } })).status).toBe(304);
});

test('the sums list the image and the measurements with one space, the oldest with a star', async () => {
  const lines = (await get(SUMS)).body.toString().split('\n');
  const measurements = (await get(MEASUREMENTS)).body;
  expect(lines).toEqual([`${published()} update-img.tar.zst`, `${sha256(measurements)} launch-measurements.json`, '']);
  const oldest = (await get(SUMS, { name: 'layout-2024-09' })).body.toString();
  expect(oldest).toBe(`${published('layout-2024-09')} *update-img.tar.zst\n`);
});

test('the newest measurements are four, of two types of CPU, and several share a command line', async () => {
  const text = (await get(MEASUREMENTS)).body.toString();
  expect(text.trimEnd().split('\n')).toHaveLength(1);
  const file = JSON.parse(text) as {
    guest_launch_measurements: { measurement: number[]; metadata: { kernel_cmdline: string; vcpu_type: string } }[];
  };
  const entries = file.guest_launch_measurements;
  expect(entries.map(({ measurement }) => measurement.length)).toEqual([48, 48, 48, 48]);
  expect(new Set(entries.map(({ metadata }) => metadata.vcpu_type)).size).toBe(2);
  expect(new Set(entries.map(({ metadata }) => metadata.kernel_cmdline)).size).toBe(2);
  const told = rig.artifacts.measurements(rig.artifacts.releases.get('good')!);
  expect(entries.map(({ measurement }) => Buffer.from(measurement).toString('hex'))).toEqual(
    told.map(({ measurement }) => measurement),
  );
  expect(rig.artifacts.measurements(rig.artifacts.releases.get('layout-2025-10')!)[0]).not.toHaveProperty('vcpu_type');
});

test('what a layout does not have and what was not published is not found', async () => {
  expect((await get('guest-os/update-img-recovery/SHA256SUMS', { name: 'layout-2025-08' })).status).toBe(404);
  expect((await get(MEASUREMENTS, { name: 'layout-2025-05' })).status).toBe(404);
  expect((await get(IMAGE, { name: 'not-published' })).status).toBe(404);
  expect((await get('guest-os/update-img/../../etc/passwd')).status).toBe(404);
  expect((await get(IMAGE, { method: 'POST' })).status).toBe(405);
});

test('the image for developers has other bytes on the same host', async () => {
  const { status, body } = await get('guest-os/update-img-dev/update-img.tar.zst');
  expect(status).toBe(200);
  expect(sha256(body)).not.toBe(published());
});

test('a flipped byte keeps the length and changes hash and validator, on the struck host only', async () => {
  const faults = strikes('flip-byte', IMAGE, { hosts: [NETWORK] });
  const struck = await get(IMAGE, { faults, host: NETWORK });
  expect(struck.body).toHaveLength(IMAGE_BYTES);
  expect(sha256(struck.body)).not.toBe(published());
  const whole = await get(IMAGE, { faults, host: SYSTEMS });
  expect(sha256(whole.body)).toBe(published());
  expect(struck.headers['etag']).not.toBe(whole.headers['etag']);
});

test('a flipped byte of a text leaves it well-formed', async () => {
  const sums = (await get(SUMS, { faults: strikes('flip-byte', SUMS) })).body.toString();
  expect(sums).toMatch(/^[0-9a-f]{64} update-img\.tar\.zst\n/);
  expect(sums).not.toContain(published());
  const altered = (await get(MEASUREMENTS, { faults: strikes('flip-byte', MEASUREMENTS) })).body.toString();
  expect(JSON.parse(altered)).not.toEqual(JSON.parse((await get(MEASUREMENTS)).body.toString()));
});

test.each([
  ['not-found', 404],
  ['gone', 410],
  ['http-500', 500],
  ['http-429', 429],
] as const)('%s answers %i', async (fault, status) => {
  const answer = await get(IMAGE, { faults: strikes(fault) });
  expect(answer.status).toBe(status);
  expect(answer.headers['retry-after']).toBe(fault === 'http-429' ? '1' : undefined);
});

test('html, over-long, empty and other text are complete bodies of status 200', async () => {
  const html = await get(IMAGE, { faults: strikes('html') });
  expect([html.status, html.headers['content-type'], html.complete]).toEqual([200, 'text/html', true]);
  const long = await get(IMAGE, { faults: strikes('over-long') });
  expect([long.status, long.body.length, long.complete]).toEqual([200, IMAGE_BYTES + 1024 * 1024, true]);
  expect(sha256(long.body.subarray(0, IMAGE_BYTES))).toBe(published());
  const empty = await get(IMAGE, { faults: strikes('empty') });
  expect([empty.status, empty.body.length, empty.complete]).toEqual([200, 0, true]);
  expect((await get(SUMS, { faults: strikes({ text: 'nothing' }, SUMS) })).body.toString()).toBe('nothing');
});

test('a truncated body never gets past its half, also not by ranges', async () => {
  const half = Math.floor(IMAGE_BYTES / 2);
  const short = await get(IMAGE, { faults: strikes('truncate') });
  expect([short.status, short.body.length, short.complete]).toEqual([200, half, false]);
  expect(short.headers['content-length']).toBe(String(IMAGE_BYTES));
  const resumed = await get(IMAGE, { faults: strikes('truncate'), headers: { range: `bytes=${half}-` } });
  expect([resumed.status, resumed.body.length, resumed.complete]).toEqual([206, 0, false]);
});

test('a body that is cut at 90 % can be resumed to the right bytes', async () => {
  const faults = strikes('cut-at-90');
  const first = await get(IMAGE, { faults });
  expect([first.body.length, first.complete]).toEqual([Math.floor(IMAGE_BYTES * 0.9), false]);
  const rest = await get(IMAGE, { faults, headers: { range: `bytes=${first.body.length}-` } });
  expect(rest.status).toBe(206);
  expect(sha256(Buffer.concat([first.body, rest.body]))).toBe(published());
});

test('a stalled body falls silent at its half with the connection open', async () => {
  const { body, complete } = await get(IMAGE, { faults: strikes('stall'), most: 300 });
  expect([body.length, complete]).toEqual([Math.floor(IMAGE_BYTES / 2), false]);
});

test('a slow body takes seconds, never pauses for long and is right', async () => {
  const begun = performance.now();
  const { body } = await get(IMAGE, { faults: strikes('slow'), most: 1000 });
  expect(performance.now() - begun).toBeGreaterThan(3000);
  expect(sha256(body)).toBe(published());
});

test('a redirect names the wanted place', async () => {
  const { status, headers } = await get(IMAGE, { faults: strikes({ redirect: 'https://127.0.0.1/x' }) });
  expect([status, headers['location']]).toEqual([302, 'https://127.0.0.1/x']);
});

test('a counted fault strikes as often as it says, and HEAD does not use up one of the body', async () => {
  const release = rig.artifacts.releases.get('good')!;
  const view = viewOf(release, strikes('flip-byte', IMAGE, { times: 1 }));
  await using cdn = await serve(rig.artifacts.hosts, SYSTEMS, view);
  const url = `${cdn.url}/ic/${release.commit}/${IMAGE}`;
  const results: boolean[] = [];
  for (const method of ['HEAD', 'GET', 'GET']) {
    results.push(sha256((await fetchFrom(url, { method })).body) === published());
  }
  expect(results).toEqual([false, false, true]);
});

test('the image of the release for measurements is one line and a hole, in every range', async () => {
  const whole = await get(IMAGE, { name: 'timed' });
  const end = whole.body.indexOf('\n') + 1;
  expect(whole.body.subarray(0, end).toString()).toMatch(/^image guestos of commit [0-9a-f]{40} .*\n$/);
  expect(whole.body.subarray(end).equals(Buffer.alloc(IMAGE_BYTES - end))).toBe(true);
  expect(sha256(whole.body)).toBe(rig.artifacts.publishedSha256(rig.artifacts.releases.get('timed')!, 'guestos'));
  for (const [from, to] of [
    [0, 9],
    [end - 5, end + 5],
    [IMAGE_BYTES - 3, IMAGE_BYTES - 1],
  ] as const) {
    const { body } = await get(IMAGE, { name: 'timed', headers: { range: `bytes=${from}-${to}` } });
    expect(body.equals(whole.body.subarray(from, to + 1))).toBe(true);
  }
});
