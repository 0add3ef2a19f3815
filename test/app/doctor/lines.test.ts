import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import SqliteFile from 'better-sqlite3';
import type { Line } from '../../../src/app/doctor/examine.ts';
import { GROUPS } from '../../../src/app/doctor/index.ts';
import { openSqlite } from '../../../src/store/database.ts';
import { migrate } from '../../../src/store/migrate.ts';
import { startKit, type Kit, type Wrong } from './kit.ts';

let kit: Kit;
const told: Line[] = [];
beforeAll(async () => {
  kit = await startKit();
}, 60_000);
afterAll(() => kit.close());

type Row = [
  id: string,
  fault: string,
  outcome: Line['outcome'],
  said: RegExp,
  wrong: Wrong | ((kit: Kit) => Wrong | Promise<Wrong>),
];

const DISCORD = 'https://discord.com/api/webhooks/123456789012345678/SECRET-OF-A-WEBHOOK-0123456789';
const IC_DOWN = (hosts: string[] | 'all'): Wrong => ({ faults: [{ at: 'ic', hosts, fault: 'down' }] });
const bothDown = { down: ['download.dfinity.systems', 'download.dfinity.network'] };
const NO_PODMAN = 'for word; do case $word in *podman*) echo "sudo: a password is required" >&2; exit 1;; esac; done';

async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(kit.scratch, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

async function migratedFile(name: string, change: (connection: SqliteFile.Database) => void): Promise<Wrong> {
  const path = join(kit.scratch, name);
  const opened = openSqlite(path);
  await migrate(opened);
  await opened.close();
  const connection = new SqliteFile(path);
  change(connection);
  connection.close();
  return { env: { DATABASE_URL: `sqlite:${path}` } };
}

const rows: Row[] = [
  ['architecture', 'an ARM machine', 'problem', /aarch64/, { machine: { arch: 'aarch64' } }],
  [
    'system',
    'an old Ubuntu',
    'warning',
    /Ubuntu 22\.04 or newer/,
    { machine: { osRelease: 'ID=ubuntu\nVERSION_ID="20.04"\n' } },
  ],
  ['system', 'no /etc/os-release', 'warning', /an unknown system/, { machine: { osRelease: '' } }],
  ['cores', 'two cores', 'warning', /2 cores/, { machine: { cores: 2 } }],
  ['memory', '8 GB', 'problem', /MIN_RAM_GB/, { machine: { totalMemoryBytes: 8e9 } }],
  [
    'memory',
    '8 GB and MIN_RAM_GB=1',
    'warning',
    /16\.0 GB/,
    { machine: { totalMemoryBytes: 8e9 }, env: { MIN_RAM_GB: '1' } },
  ],
  ['disk-data', '1 GB free', 'warning', /5\.0 GB/, { machine: { freeBytes: async () => 1e9 } }],
  [
    'disk-data',
    'a file in its place',
    'problem',
    /ENOTDIR/,
    async () => ({ env: { NNS_WATCH_DATA_DIR: await file('plain', '') } }),
  ],
  [
    'disk-data',
    'a place where nothing can be made',
    'problem',
    /cannot be written to/,
    { env: { NNS_WATCH_DATA_DIR: '/proc/1' } },
  ],
  ['disk-cache', '20 GB free', 'problem', /MIN_DISK_GB/, { machine: { freeBytes: async () => 20e9 } }],
  [
    'disk-cache',
    '20 GB free and MIN_DISK_GB=1',
    'warning',
    /100\.0 GB/,
    { machine: { freeBytes: async () => 20e9 }, env: { MIN_DISK_GB: '1' } },
  ],
  [
    'disk-cache',
    'a place where nothing can be made',
    'problem',
    /cannot be written to/,
    { env: { NNS_WATCH_CACHE_DIR: '/proc/1' } },
  ],
  ['disk-containers', '1 GB free', 'warning', /image/, { machine: { freeBytes: async () => 1e9 } }],
  ['sudo', 'sudo missing', 'problem', /is missing/, { programs: { sudo: null } }],
  [
    'sudo',
    'sudo asks for a password',
    'problem',
    /a password is required/,
    { programs: { sudo: 'echo "sudo: a password is required" >&2; exit 1' } },
  ],
  ['git', 'git missing', 'problem', /is missing/, { programs: { git: null } }],
  [
    'git',
    'git is broken',
    'problem',
    /Exec format error/,
    { programs: { git: 'echo "Exec format error" >&2; exit 126' } },
  ],
  ['podman', 'podman missing', 'problem', /is missing/, { programs: { podman: null } }],
  [
    'namespaces',
    'unshare refused',
    'problem',
    /Operation not permitted/,
    { programs: { setpriv: 'echo "unshare: Operation not permitted" >&2; exit 1' } },
  ],
  [
    'namespaces',
    'the same with BUILD_ISOLATION=if-possible',
    'warning',
    /can read/,
    { programs: { setpriv: 'exit 1' }, env: { BUILD_ISOLATION: 'if-possible' } },
  ],
  ['container', 'sudo refuses podman', 'problem', /through sudo/, { programs: { sudo: NO_PODMAN } }],
  ['container', 'an ARM machine', 'warning', /could not be tried/, { machine: { arch: 'aarch64' } }],
  [
    'build-machine',
    'a chat secret on the machine of the build',
    'warning',
    /DISCORD_WEBHOOK_URL/,
    { env: { DISCORD_WEBHOOK_URL: DISCORD } },
  ],
  ['host icp-api.io', 'one boundary node down', 'warning', /does not answer/, IC_DOWN(['icp-api.io'])],
  ['host icp-api.io', 'all boundary nodes down', 'problem', /does not answer/, IC_DOWN('all')],
  [
    'host icp0.io',
    'answers 500',
    'warning',
    /does not answer/,
    { faults: [{ at: 'ic', hosts: ['icp0.io'], fault: 'http-500' }] },
  ],
  [
    'host icp0.io',
    'never answers',
    'warning',
    /does not answer/,
    { faults: [{ at: 'ic', hosts: ['icp0.io'], fault: 'stall' }] },
  ],
  [
    'host ic0.app',
    'a certificate of another root',
    'warning',
    /no certificate that holds/,
    { faults: [{ at: 'ic', hosts: ['ic0.app'], fault: 'other-root' }] },
  ],
  ['clock', 'an hour behind the network', 'problem', /3\d\d\d\.\d s behind/, { clockAheadMs: -3_600_000 }],
  ['clock', 'half a minute ahead', 'warning', /\d\d\.\d s ahead/, { clockAheadMs: 30_000 }],
  [
    'clock',
    'all certificates an hour old',
    'problem',
    /refused as stale/,
    { faults: [{ at: 'ic', hosts: 'all', fault: 'stale-certificate' }] },
  ],
  [
    'clock',
    'no certificate that holds',
    'problem',
    /No boundary node/,
    { faults: [{ at: 'ic', hosts: 'all', fault: 'other-root' }] },
  ],
  ['clock', 'no boundary node', 'problem', /No boundary node/, IC_DOWN('all')],
  [
    'host download.dfinity.systems',
    'one download host down',
    'warning',
    /does not answer/,
    { down: ['download.dfinity.systems'] },
  ],
  ['host download.dfinity.systems', 'both download hosts down', 'problem', /does not answer/, bothDown],
  [
    'host download.dfinity.network',
    'the only one chosen is down',
    'problem',
    /does not answer/,
    { ...bothDown, env: { DOWNLOAD_SOURCE: 'network' } },
  ],
  ['host github.com', 'down', 'problem', /git: /, { down: ['github.com'] }],
  ['host github.com', 'answers 500', 'problem', /500/, { answers: { 'github.com': { status: 500 } } }],
  ['host api.github.com', 'down', 'warning', /attestations/, { down: ['api.github.com'] }],
  [
    'host api.github.com',
    'refuses the token',
    'warning',
    /refuses the token/,
    { answers: { 'api.github.com': { status: 401 } }, env: { GITHUB_TOKEN: 'SECRET-TOKEN' } },
  ],
  [
    'host api.github.com',
    'rate limit used up',
    'warning',
    /rate limit/,
    { answers: { 'api.github.com': { status: 200, headers: { 'x-ratelimit-remaining': '0' } } } },
  ],
  [
    'host ic-api.internetcomputer.org',
    'down',
    'warning',
    /dashboard/,
    { faults: [{ at: 'dashboard', fault: 'down' }] },
  ],
  ['host tuf-repo-cdn.sigstore.dev', 'down', 'warning', /trusted root/, { down: ['tuf-repo-cdn.sigstore.dev'] }],
  ['proxy', 'no URL', 'problem', /no http or https URL/, { env: { HTTPS_PROXY: 'socks5://proxy.example' } }],
  [
    'certificates',
    'a file that is not there',
    'problem',
    /cannot be read/,
    { env: { NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem' } },
  ],
  [
    'certificates',
    'a file without certificates',
    'problem',
    /holds no certificate/,
    async () => ({ env: { NODE_EXTRA_CA_CERTS: await file('empty.pem', 'x') } }),
  ],
  [
    'certificates',
    'a certificate that has run out',
    'warning',
    /none of them valid/,
    { clockAheadMs: 100 * 365 * 86_400_000 },
  ],
  [
    'database',
    'no database',
    'problem',
    /not a database/,
    async () => ({
      env: {
        DATABASE_URL: `sqlite:${await file('broken.sqlite', 'no database at all, but long enough to look like one'.repeat(20))}`,
      },
    }),
  ],
  [
    'database',
    'a migration pending',
    'warning',
    /pending: \d{4}/,
    () => migratedFile('old.sqlite', (db) => db.exec('delete from schema_migrations where number > 1')),
  ],
  [
    'database',
    'written by a newer version',
    'problem',
    /another version/,
    () =>
      migratedFile('new.sqlite', (db) => db.exec("insert into schema_migrations values (999, '0999-later.sql', 'x')")),
  ],
  [
    'database',
    'made with an edited migration',
    'problem',
    /another version/,
    () => migratedFile('edited.sqlite', (db) => db.exec("update schema_migrations set sha256 = 'x'")),
  ],
  [
    'notifier discord',
    'a mention without a channel',
    'warning',
    /no channel yet/,
    { env: { DISCORD_MENTION: '@here' } },
  ],
  ['notifiers', 'only the console', 'warning', /Only the console/, {}],
  [
    'notifiers',
    'one webhook named twice',
    'problem',
    /twice/,
    { env: { DISCORD_WEBHOOK_URL: `${DISCORD},${DISCORD}x` } },
  ],
  ['network', 'another root key', 'warning', /NOT MAINNET: IC_ROOT_KEY/, {}],
  [
    'secret-files',
    'a secret that everybody can read',
    'warning',
    /everybody/,
    async () => ({ env: { GITHUB_TOKEN_FILE: await file('token', 'SECRET-TOKEN', 0o644) } }),
  ],
  [
    'secret-files',
    'settings with a secret that the group can read',
    'warning',
    /its group/,
    async () => ({ envFile: await file('settings', 'GITHUB_TOKEN=SECRET-TOKEN\n', 0o640) }),
  ],
];

describe('each line fails where its fault is', () => {
  it.each(rows)(
    '%s: %s → %s',
    async (id, fault, outcome, said, given) => {
      const line = await kit.line(id, typeof given === 'function' ? await given(kit) : given);
      told.push({ ...line, group: fault });
      expect(`${line.outcome}: ${line.sentence}`).toMatch(new RegExp(`^${outcome}: `));
      expect(line.sentence).toMatch(said);
      expect(line.todo).toMatch(/\w/);
      expect(JSON.stringify(line)).not.toMatch(/SECRET/);
    },
    40_000,
  );

  afterAll(() => {
    const mark = { ok: '✔', warning: '⚠', problem: '✖' };
    const lines = told.map(({ id, group, outcome, sentence }) => {
      return `${mark[outcome]} ${id.padEnd(32)} × ${group.padEnd(48)} ${sentence.slice(0, 110)}`;
    });
    console.log(`\nline × injected fault\n${lines.join('\n')}\n`);
  });
});

describe('a machine on which all is well', () => {
  const always = ['notifiers', 'network'];

  it('has no problem, and no warning but that this is not mainnet and that nobody is told', async () => {
    await mkdir(join(kit.scratch, 'cache'), { recursive: true });
    const lines = await kit.lines();
    expect(lines.filter(({ outcome }) => outcome !== 'ok').map(({ id }) => id)).toEqual(always);
  });

  it('counts the channels and names their settings, never the values', async () => {
    const env = {
      DISCORD_WEBHOOK_URL: DISCORD,
      SLACK_BOT_TOKEN: 'xoxb-SECRET',
      SLACK_CHANNEL_ID: 'C01',
      WEBHOOK_URL: 'https://hook.example/SECRET',
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
    };
    const lines = await kit.lines({ env });
    const sentence = (id: string): string | undefined => lines.find((line) => line.id === id)?.sentence;
    expect(sentence('notifier discord')).toBe('1 channel: DISCORD_WEBHOOK_URL set');
    expect(sentence('notifier slack')).toBe('1 channel: SLACK_BOT_TOKEN, SLACK_CHANNEL_ID set');
    expect(sentence('notifiers')).toContain('3 in all');
    expect(JSON.stringify(lines)).not.toMatch(/SECRET-OF|xoxb-|hook\.example|BwcHBwc/);
  });

  it('has every one of its lines in the table of faults', async () => {
    const ports = await kit.ports();
    const ids = GROUPS.flatMap(({ looks }) => looks(ports, AbortSignal.abort())).map(({ id }) => id);
    const alike = new Set(['notifier slack', 'notifier webhook']);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !alike.has(id) && !rows.some(([row]) => row === id))).toEqual([]);
  });
});
