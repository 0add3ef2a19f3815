import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowedUrl, guardedLookup, isGlobalUnicast } from '../../src/platform/address.ts';
import { WatchError } from '../../src/domain/errors.ts';

describe('URLs that strangers may name', () => {
  it.each([
    'https://download.dfinity.systems/ic/abc/x.tar.zst',
    'https://a-b.example.co.uk/',
    'https://x.example:443/',
  ])('allows %s', (url) => {
    expect(allowedUrl(url).protocol).toBe('https:');
  });

  it.each([
    'http://download.dfinity.systems/',
    'file:///etc/passwd',
    'ftp://example.org/',
    'https://example.org:8443/',
    'https://user@example.org/',
    'https://user:password@example.org/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://localhost/',
    'https://a.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://intranet/',
    'https://example.org./',
    'https://../',
    'https://a..b/',
    'not a url',
    '',
  ])('refuses %s', (url) => {
    expect(() => allowedUrl(url)).toThrow(expect.objectContaining({ code: 'url-not-allowed', kind: 'rejected' }));
  });

  it('allows what we or the operator named by exactly that name and port, over https only', () => {
    const own = new Set(['boundary.internal:4943']);
    expect(allowedUrl('https://boundary.internal:4943/api', undefined, own).port).toBe('4943');
    for (const other of [
      'http://boundary.internal:4943/',
      'https://boundary.internal/',
      'https://a@boundary.internal:4943/',
    ])
      expect(() => allowedUrl(other, undefined, own)).toThrow(expect.objectContaining({ code: 'url-not-allowed' }));
  });

  it('connects to inner addresses of own hosts, and of no other', async () => {
    const inner = ((_: string, __: object, done: (e: null, a: object[]) => void) =>
      done(null, [{ address: '198.18.0.7', family: 4 }])) as never;
    const ask = (host: string): Promise<unknown> =>
      new Promise((done) =>
        guardedLookup(inner, new Set(['own.example']))(host, { all: false }, (error, address) =>
          done(error ?? address),
        ),
      );
    expect(await ask('own.example')).toBe('198.18.0.7');
    expect(await ask('other.example')).toMatchObject({ code: 'address-not-allowed' });
  });

  it('never fails in another way, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.webUrl(),
          fc.string().map((s) => `https://${s}`),
        ),
        (text) => {
          try {
            const { hostname, port } = allowedUrl(text);
            return /^[a-z0-9._-]+$/.test(hostname) && hostname.includes('.') && port === '';
          } catch (error) {
            return error instanceof WatchError && error.code === 'url-not-allowed';
          }
        },
      ),
    );
  });
});

describe('addresses of the public Internet', () => {
  // NAT64 by its well-known and its local prefix, 6to4, Teredo: each around a public address.
  const carrying = ['64:ff9b::808:808', '64:ff9b:1::808:808', '2002:808:808::1', '2001:0:808:808::f7f7:f7f7'];

  it.each(['8.8.8.8', '151.101.1.6', '2606:4700::6810:84e5', '2a00:1450:4001:830::200e', ...carrying])(
    'counts %s in',
    (address) => {
      expect(isGlobalUnicast(address)).toBe(true);
    },
  );

  it.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.16.0.1', '192.168.1.1', '224.0.0.1'],
    ...['255.255.255.255', '240.0.0.1', '198.18.0.1', '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', 'fe80::1'],
    ...['fec0::1', 'fc00::1', 'ff02::1', '64:ff9b::a00:1', '2002:7f00:1::', '2001:db8::1', '2001::1', 'nonsense', ''],
    ...['64:ff9b::7f00:1', '64:ff9b:1::a00:1', '64:ff9b:1:a00:0:100:808:808', '64:ff9b::c612:1', '2002:a00:1::1'],
    ...['2001:0:808:808::f5ff:fffe', '2001:0:a00:1::f7f7:f7f7'],
  ])('counts %s out', (address) => {
    expect(isGlobalUnicast(address)).toBe(false);
  });
});
