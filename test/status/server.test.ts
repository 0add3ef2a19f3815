import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import { connect, createServer as createSocketServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statusPageLoops } from '../../src/service/status-server.ts';
import { asWatchError } from '../../src/domain/errors.ts';
import type { PageSource } from '../../src/domain/status-queries.ts';
import type { Incident } from '../../src/domain/service-ports.ts';
import { startStatusServer, type RunningPage } from '../../src/status/server.ts';
import { createIncidentStore } from '../../src/store/health.ts';
import { quietLog } from '../service/quiet-log.ts';
import { BUILDING_COMMIT, NOTIFIERS } from './filled.ts';
import { openSite, type OpenSite } from './kit.ts';

let site: OpenSite;
let page: RunningPage;
beforeAll(async () => {
  site = await openSite();
  page = await startStatusServer(
    site.source,
    { host: '127.0.0.1', port: 0 },
    { redact: (text) => text, failed: () => undefined },
  );
}, 60_000);
afterAll(async () => {
  await page.close();
  await site.close();
});

interface Told {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

function ask(port: number, path: string, headers: Record<string, string> = {}): Promise<Told> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, headers, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (piece: string) => (text += piece));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      answer.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

/** What comes back for these bytes until the other side ends. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    let back = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (piece: string) => (back += piece));
    socket.on('error', () => undefined).on('close', () => resolve(back));
  });
}

describe('the server of the page', () => {
  it('answers over a socket, with its own name only', async () => {
    expect(await ask(page.port, '/status.json')).toMatchObject({
      status: 200,
      headers: { 'x-content-type-options': 'nosniff' },
    });
    expect((await ask(page.port, '/', { Host: 'rebound.example' })).status).toBe(421);
  });

  it('takes no long headers and no broken requests', async () => {
    expect((await ask(page.port, '/', { 'X-Long': 'x'.repeat(20_000) })).status).toBe(431);
    expect(await raw(page.port, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGARBAGE\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 4\d\d/,
    );
    expect((await ask(page.port, `/${'x'.repeat(3000)}`)).status).toBe(414);
  });

  it('shuts the door to who never finishes to ask', async () => {
    const timeouts = { headersTimeout: 300, requestTimeout: 400, connectionsCheckingInterval: 50 };
    const options = { redact: (text: string) => text, failed: () => undefined, timeouts };
    const own = await startStatusServer(site.source, { host: '127.0.0.1', port: 0 }, options);
    const began = Date.now();
    expect(await raw(own.port, 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ')).toMatch(/^HTTP\/1\.1 408/);
    expect(Date.now() - began).toBeLessThan(5000);
    await own.close();
  });

  describe.each([
    ['half-open', ''],
    ['half a request', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: '],
    ['kept alive for nothing', 'GET /robots.txt HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ])('that 300 connections hold which are %s', (_, text) => {
    it('answers those who look after the service within a second', async () => {
      const options = { redact: (one: string) => one, failed: () => undefined };
      const own = await startStatusServer(site.source, { host: '127.0.0.1', port: 0 }, options);
      const sockets = Array.from({ length: 300 }, () => {
        const socket = connect(own.port, '127.0.0.1', () => socket.write(text));
        return socket.on('error', () => undefined).pause();
      });
      await new Promise((later) => setTimeout(later, 500));
      for (const path of ['/healthz', '/readyz', '/metrics']) {
        // The connections are this process's as well: the quickest of three says how long the service takes.
        const took: number[] = [];
        for (let asked = 0; asked < 3; asked += 1) {
          const began = Date.now();
          const { status } = await ask(own.port, path);
          expect([path, status === 503 && path === '/metrics']).toEqual([path, false]);
          took.push(Date.now() - began);
        }
        expect(Math.min(...took), path).toBeLessThan(1000);
      }
      for (const socket of sockets) socket.destroy();
      await own.close();
    });
  });

  describe.each([
    ['300 slow readers of a large page', 300, 1],
    ['20 connections that ask 100 times without waiting', 20, 100],
  ])('with %s', (_, connections, requests) => {
    it('makes no more than a few pages before it answers for the health of the service', async () => {
      let pages = 0;
      const find: PageSource['find'] = async (sought) => {
        pages += 1;
        const until = performance.now() + 10;
        while (performance.now() < until);
        return site.source.find(sought);
      };
      const options = { redact: (one: string) => one, failed: () => undefined };
      const own = await startStatusServer({ ...site.source, find }, { host: '127.0.0.1', port: 0 }, options);
      const text = `GET /commits/${BUILDING_COMMIT}.json HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(requests);
      const sockets = Array.from({ length: connections }, () => {
        const socket = connect(own.port, '127.0.0.1', () => socket.write(text));
        return socket.on('error', () => undefined).pause();
      });
      await new Promise((later) => setTimeout(later, 50));
      const [made, took] = [[] as number[], [] as number[]];
      for (let asked = 0; asked < 3; asked += 1) {
        const [before, began] = [pages, Date.now()];
        expect((await ask(own.port, '/healthz')).headers['content-type']).toContain('json');
        made.push(pages - before);
        took.push(Date.now() - began);
      }
      expect(Math.min(...took)).toBeLessThan(1000);
      // Two in a turn, and some turns until a connection is taken, read and answered.
      expect(Math.max(...made)).toBeLessThan(25);
      for (const socket of sockets) socket.destroy();
      await new Promise((later) => setTimeout(later, 100));
      const left = pages;
      await new Promise((later) => setTimeout(later, 200));
      expect(pages, 'made for those who are gone').toBe(left);
      await own.close();
    });
  });

  it('lets a log be followed until the build ends', async () => {
    const { database } = site;
    const path = `/commits/${BUILDING_COMMIT}/live`;
    const told = ask(page.port, path);
    await new Promise((later) => setTimeout(later, 500));
    const progress = JSON.stringify({ seconds: 3400, lastLine: 'new', tail: ['[99]', '<b>new</b>'], lines: 101 });
    await database.db.updateTable('jobs').set({ progress }).where('kind', '=', 'build').execute();
    await new Promise((later) => setTimeout(later, 1500));
    await database.db.updateTable('jobs').set({ state: 'finished' }).where('kind', '=', 'build').execute();
    const { text } = await told;
    expect(text.match(/\[99\]/g)).toHaveLength(1);
    expect(text).toContain('&lt;b&gt;new&lt;/b&gt;');
    expect(text).toMatch(/The build has ended\.[\s\S]*<\/html>\s*$/);
    expect((await ask(page.port, path)).status).toBe(404);
    await database.db.updateTable('jobs').set({ state: 'held' }).where('kind', '=', 'build').execute();
  });

  it('closes at once, whoever still follows', async () => {
    const own = await startStatusServer(
      site.source,
      { host: '127.0.0.1', port: 0 },
      { redact: (text) => text, failed: () => undefined },
    );
    const followed = raw(own.port, `GET /commits/${BUILDING_COMMIT}/live HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const idle = raw(own.port, '');
    await new Promise((later) => setTimeout(later, 300));
    const began = Date.now();
    await own.close();
    await Promise.all([followed, idle]);
    expect(Date.now() - began).toBeLessThan(1000);
  });

  it('says which address it cannot have, and why', async () => {
    const tries = startStatusServer(
      site.source,
      { host: '127.0.0.1', port: page.port },
      { redact: (text) => text, failed: () => undefined },
    );
    const error = asWatchError(await tries.catch((thrown: unknown) => thrown));
    expect([error.code, error.message]).toEqual([
      'status-listen',
      `The status page cannot listen on 127.0.0.1:${page.port}: another program has this port.`,
    ]);
  });
});

describe('the page of the service', () => {
  const signal = new AbortController().signal;
  const planned = (statusListen: OpenSite['config']['statusListen']) => {
    const store = { troubles: createIncidentStore(site.database) };
    const trouble = { store, network: 'mainnet', notifiers: NOTIFIERS, now: () => Date.now() };
    return statusPageLoops({ config: { ...site.config, statusListen }, log: quietLog, trouble });
  };
  const troubles = (): Promise<readonly Incident[]> => createIncidentStore(site.database).open();

  it('is none where it is off', () => expect(planned(null)).toEqual([]));

  it('tells every channel that its address is taken, and takes it when it can', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((ready) => other.once('listening', ready));
    const { port } = other.address() as AddressInfo;
    const [loop] = planned({ host: '127.0.0.1', port });
    await expect(loop!.round(signal)).rejects.toMatchObject({ code: 'status-listen' });
    await expect(loop!.round(signal)).rejects.toMatchObject({ code: 'status-listen' });
    expect(await troubles()).toMatchObject([
      { key: 'page', sentence: expect.stringContaining('another program has this port') as string },
    ]);
    const told = await site.database.db
      .selectFrom('deliveries')
      .select('notifier')
      .where('notice_key', 'like', 'trouble page%')
      .execute();
    expect(told.map(({ notifier }) => notifier).sort()).toEqual([...NOTIFIERS].sort());
    await new Promise((closed) => other.close(closed));
    await loop!.round(signal);
    expect(await troubles()).toEqual([]);
    await loop!.round(signal);
    expect((await ask(port, '/healthz')).status).toBe(200);
    await loop!.stopped?.();
    const free = createSocketServer().listen(port, '127.0.0.1');
    await new Promise((ready) => free.once('listening', ready));
    await new Promise((closed) => free.close(closed));
  });
});
