import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCa, type CertificateAuthority } from '../../../simnet/ca.ts';
import { startProxy, type Proxy } from '../../../simnet/proxy.ts';

const HOST = 'tuf-repo-cdn.sigstore.dev';
const EXPIRES = '2999-01-01T00:00:00Z';
const KEY = 'ab'.repeat(32);
const NEW = 'https://fulcio.renewed.example';

/** Canonical JSON of what has neither fractions nor characters to escape. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(',')}}`;
}

/** A repository of The Update Framework with one key for all its roles. */
function repository(trustedRoot: string): { root: string; files: Map<string, string> } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('hex');
  const role = { keyids: [KEY], threshold: 1 };
  const roles = { root: role, timestamp: role, snapshot: role, targets: role };
  const keys = { [KEY]: { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: raw } } };
  const sha256 = createHash('sha256').update(trustedRoot).digest('hex');
  const target = { length: Buffer.byteLength(trustedRoot), hashes: { sha256 } };
  return {
    root: signed(privateKey, { _type: 'root', keys, roles, consistent_snapshot: true }),
    files: new Map([
      ['/timestamp.json', signed(privateKey, { _type: 'timestamp', meta: { 'snapshot.json': { version: 1 } } })],
      ['/1.snapshot.json', signed(privateKey, { _type: 'snapshot', meta: { 'targets.json': { version: 1 } } })],
      ['/1.targets.json', signed(privateKey, { _type: 'targets', targets: { 'trusted_root.json': target } })],
      [`/targets/${sha256}.trusted_root.json`, trustedRoot],
    ]),
  };
}

function signed(key: KeyObject, part: object): string {
  const whole = { spec_version: '1.0.31', version: 1, expires: EXPIRES, ...part };
  const sig = sign(null, Buffer.from(canonical(whole)), key).toString('hex');
  return JSON.stringify({ signed: whole, signatures: [{ keyid: KEY, sig }] });
}

function renewedRoot(): string {
  const bundled = Buffer.from(seeds[`https://${HOST}`].targets['trusted_root.json'], 'base64').toString();
  return bundled.replaceAll('https://fulcio.sigstore.dev', NEW);
}

describe('the live refresh of the public root, through the proxy and from its real address', () => {
  let directory: string;
  let ca: CertificateAuthority;
  let proxy: Proxy;
  let files: Map<string, string>;
  let asked: string[];
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'nns-watch-tuf-'));
    ca = await createCa();
    await writeFile(join(directory, 'ca.pem'), ca.pem);
    proxy = await startProxy(ca, {
      knows: (host) => host === HOST,
      refused: (target) => asked.push(`refused ${target}`),
      request: (_host, request, response) => {
        asked.push(request.url ?? '');
        const body = files.get(request.url ?? '');
        response.writeHead(body === undefined ? 404 : 200).end(body ?? 'no such file');
      },
      upgrade: (_host, _request, socket) => socket.destroy(),
    });
  });
  afterAll(async () => {
    await proxy.close();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(() => void (asked = []));

  /** As the program runs: production URL, nothing but the settings file says where the Internet is. */
  async function refresh(root: string): Promise<{ refreshed: string[] | null; current: string[] }> {
    const tufDir = await mkdtemp(join(directory, 'cache-'));
    await mkdir(join(tufDir, HOST), { recursive: true });
    await writeFile(join(tufDir, HOST, 'root.json'), root);
    const child = join(import.meta.dirname, 'refresh-child.ts');
    const envFile = join(directory, 'settings.env');
    await writeFile(envFile, `HTTPS_PROXY=${proxy.url}\n`);
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', child, tufDir, envFile], {
      env: { NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem') },
    });
    return JSON.parse(stdout) as { refreshed: string[] | null; current: string[] };
  }

  it('takes a root that the chain from the known one vouches for', async () => {
    const made = repository(renewedRoot());
    ({ files } = made);
    const { refreshed, current } = await refresh(made.root);
    expect(refreshed).toContain(NEW);
    expect(current).toEqual(refreshed);
    expect(asked).toEqual(expect.arrayContaining(['/timestamp.json', '/1.snapshot.json', '/1.targets.json']));
  });

  it('stays with the bundled root where a byte of the new one is another, or other keys signed', async () => {
    const made = repository(renewedRoot());
    const path = [...made.files.keys()].find((name) => name.startsWith('/targets/')) ?? '';
    files = new Map(made.files).set(path, (made.files.get(path) ?? '').replace('renewed', 'renewes'));
    expect(await refresh(made.root)).toMatchObject({
      refreshed: null,
      current: expect.not.arrayContaining([NEW]) as unknown,
    });
    expect(asked).toContain(path);
    ({ files } = made);
    const { refreshed, current } = await refresh(repository(renewedRoot()).root);
    expect([refreshed, current.includes('https://fulcio.sigstore.dev')]).toEqual([null, true]);
  });
});
