import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { evidenceKey } from '../../../src/domain/evidence.ts';
import { createSumsCollector, parseSums } from '../../../src/verify/collect/sums.ts';
import { sha256 } from '../../../src/platform/hash.ts';
import { body, inTurn, status, untilClose, type Answer } from '../../platform/loopback.ts';
import { contextOf, digest, startWeb, type Web } from './web.ts';

const url = 'https://download.example.org/ic/c/guest-os/update-img/SHA256SUMS';
const a = digest('a');
const b = digest('b');
const parse = (text: string) => parseSums(Buffer.from(text));

describe('a SHA256SUMS', () => {
  it('is read line by line, with one or two spaces or a star', () => {
    const text = `${a} one\n${b}  two.tar.zst\n${a} *three.json\n`;
    expect(parse(text)).toEqual({
      sha256: sha256(text),
      entries: [
        { name: 'one', sha256: a },
        { name: 'two.tar.zst', sha256: b },
        { name: 'three.json', sha256: a },
      ],
      otherLines: 0,
    });
  });

  it.each([
    `${a.toUpperCase()}  x`,
    `${a}\tx`,
    `${a}   x`,
    `${a}  ./x`,
    `${a} *./x`,
    `${a}  x \t`,
    `${a}  x  \r`,
    `\ufeff${a}  x`,
  ])('is read as other tools write it: %j', (line) => {
    expect(parse(`${line}\n`)).toMatchObject({ entries: [{ name: 'x', sha256: a }], otherLines: 0 });
  });

  it('may have line ends of either kind, and none at its end', () => {
    expect(parse(`${a}  one\r\n${b}  two`).entries.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  it('keeps both of two lines that contradict each other', () => {
    expect(parse(`${a}  x\n${b}  x\n`).entries.map((entry) => entry.sha256)).toEqual([a, b]);
  });

  it('hears a line of another form where it contradicts, and never where it alone vouches', () => {
    const digests = (text: string) => parse(text).entries.map((entry) => entry.sha256);
    expect(digests(`${a}  x\nSHA256 (x) = ${b}\n`)).toEqual([a, b]);
    expect(digests(`SHA256 (x) = ${a}\r${a}  x\r`)).toEqual([a, a]);
    expect(digests(`SHA256 (x) = ${a}\n${a}  y\n`)).toEqual([a]);
  });

  it.each([
    `${a}  ../x`,
    `${a}  /etc/passwd`,
    `${a}  dir/x`,
    `\\${a}  x\\n`,
    `${a}  x\u0007`,
    `${a}  x\u202e`,
    `${a.slice(1)}  x`,
    `${a}0  x`,
    `${a}  ./dir/x`,
    `${a}  ././x`,
    `${a}x`,
    a,
    `${a}  `,
    `${a}  ./`,
    '<html>',
    `SHA256 (x) = ${a}`,
    `SHA256(x)= ${a}`,
  ])('counts %j among the lines that say nothing', (line) => {
    expect(parse(`${line}\n${b}  good\n`)).toMatchObject({ entries: [{ name: 'good', sha256: b }], otherLines: 1 });
  });

  it('is read from any bytes without failing, and never gives a path', () => {
    const line = fc.oneof(fc.string({ unit: 'binary' }), fc.constant(`${a}  x`), fc.constant(`${a} *a/b`));
    const text = fc.array(line).map((lines) => Buffer.from(lines.join('\n')));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), text), (bytes) => {
        const { entries } = parseSums(bytes);
        return entries.every(({ name }) => name !== '' && !/[/\\\p{C}]/u.test(name));
      }),
    );
  });
});

describe('looking at the published sums', () => {
  let web: Web;
  beforeAll(async () => {
    web = await startWeb();
  });
  beforeEach(() => {
    web.net.requests.length = 0;
  });
  afterAll(() => web.close());

  const serve = (answer: Parameters<typeof inTurn>[0]): void => {
    web.net.answers.set('download.example.org/ic/c/guest-os/update-img/SHA256SUMS', answer);
  };
  const look = () => createSumsCollector(web.deps).collect(evidenceKey.sums(url), contextOf());

  it('gives what they list, with the raw bytes kept', async () => {
    const text = `${a}  x\n`;
    serve(body(text));
    const observation = await look();
    expect(observation).toMatchObject({ status: 'observed', source: url, value: { sha256: sha256(text) } });
    expect(Buffer.from(web.kept.get(observation.file!)!).toString()).toBe(text);
  });

  it('asks again each time', async () => {
    serve(body(`${a}  x\n`));
    await look();
    const once = web.net.requests.length;
    await look();
    expect(web.net.requests.length).toBe(2 * once);
    expect(web.net.requests[1]?.headers['cache-control']).toBe('no-cache');
  });

  it('accuses nobody of bytes that came only once', async () => {
    const right = body(`${a}  x\n`);
    for (const wrong of [body(`${b}  x\n`), body('<html>'), body('')]) {
      serve(inTurn(wrong, right));
      expect(await look()).toMatchObject({ value: { entries: [{ name: 'x', sha256: a }] } });
      serve(inTurn(right, wrong, right));
      expect(await look()).toMatchObject({ value: { entries: [{ name: 'x', sha256: a }] } });
    }
  });

  it('is of no use where every answer is another one', async () => {
    let next = 0;
    serve((request, response) => body(`${digest(String((next += 1)))}  x\n`)(request, response));
    expect(await look()).toMatchObject({ status: 'unavailable', kind: 'transport', code: 'two-answers' });
  });

  it.each([404, 410])('believes a server that says %i', async (code) => {
    serve(status(code));
    expect(await look()).toMatchObject({
      status: 'unavailable',
      kind: 'absent',
      code: `http-${code}`,
      retryable: false,
    });
  });

  it('takes nothing that came packed, and says so', async () => {
    const bytes = gzipSync(`${a}  x\n`);
    serve((_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bytes));
    const seen = {
      status: 'unavailable',
      kind: 'malformed',
      code: 'encoded-body',
      detail: `${url} sent gzip, which was not asked for`,
    };
    expect(await look()).toMatchObject(seen);
  });

  it('gets over trouble that passes', async () => {
    serve(inTurn(status(500), status(429, { 'retry-after': '1' }), body(`${a}  x\n`)));
    expect(await look()).toMatchObject({ status: 'observed' });
  });

  it('believes an answer that does not tell where it ends only when it comes twice', async () => {
    const text = `${a}  x\n`;
    serve(untilClose(text));
    expect(await look()).toMatchObject({ status: 'observed', value: { sha256: sha256(text) } });
    serve(inTurn(...(['', a, `${a}  `, text, b, '', a, b].map(untilClose) as [Answer, ...Answer[]])));
    expect(await look()).toMatchObject({ status: 'unavailable', code: 'short-body' });
  });

  it('says what trouble it was when it stays', async () => {
    serve(status(503));
    expect(await look()).toMatchObject({ kind: 'transport', code: 'http-503', retryable: true });
    serve(status(403));
    expect(await look()).toMatchObject({ kind: 'rejected', code: 'http-403', retryable: false });
  });

  it('does not read more than a list of sums can need', async () => {
    serve(body('x'.repeat(65_537)));
    expect(await look()).toMatchObject({ status: 'unavailable', kind: 'limit', code: 'too-many-bytes' });
  });

  it('takes an HTML page for a list that lists nothing', async () => {
    serve(body('<html>\nsorry\n</html>'));
    expect(await look()).toMatchObject({ status: 'observed', value: { entries: [], otherLines: 3 } });
  });
});
