import { join } from 'node:path';
import SqliteFile from 'better-sqlite3';
import { openSqlite } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { DISCORD, fileIn, type Row } from './fault-row.ts';
import type { Kit, Wrong } from './kit.ts';

const IC_DOWN = (hosts: string[] | 'all'): Wrong => ({ faults: [{ at: 'ic', hosts, fault: 'down' }] });
const bothDown = { down: ['download.dfinity.systems', 'download.dfinity.network'] };

/** A database with all migrations, then changed. */
async function migratedFile(kit: Kit, name: string, change: (connection: SqliteFile.Database) => void): Promise<Wrong> {
  const path = join(kit.scratch, name);
  const opened = openSqlite(path);
  await migrate(opened);
  await opened.close();
  const connection = new SqliteFile(path);
  change(connection);
  connection.close();
  return { env: { DATABASE_URL: `sqlite:${path}` } };
}

/** What can be wrong with the Internet, the way to it, the database and the settings. */
export const otherFaults: readonly Row[] = [
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
  ['clock', 'an hour behind the network', 'problem', /clock is 60 min behind/, { clockAheadMs: -3_600_000 }],
  [
    'clock',
    'every node refuses our requests as expired',
    'problem',
    /clock is 30 min behind what boundary nodes say/,
    { faults: [{ at: 'ic', hosts: 'all', fault: 'half-an-hour-ahead' }] },
  ],
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
  ['proxy', 'another for all', 'warning', /not followed/, { env: { ALL_PROXY: 'socks5://me:SECRET@proxy.example' } }],
  [
    'switches',
    'code brought in',
    'warning',
    /^LD_PRELOAD can change/,
    { env: { LD_PRELOAD: '/SECRET.so', GIT_DIR: '/x' } },
  ],
  [
    'addresses',
    'a resolver with addresses of its own',
    'warning',
    /198\.18\.0\.7, which is no public address/,
    { env: { HTTPS_PROXY: '', HTTP_PROXY: '' }, resolved: ['198.18.0.7'] },
  ],
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
    async (kit) => ({ env: { NODE_EXTRA_CA_CERTS: await fileIn(kit, 'empty.pem', 'x') } }),
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
    async (kit) => ({
      env: {
        DATABASE_URL: `sqlite:${await fileIn(kit, 'broken.sqlite', 'no database at all, but long enough to look like one'.repeat(20))}`,
      },
    }),
  ],
  [
    'database',
    'a migration pending',
    'warning',
    /pending: \d{4}/,
    (kit) => migratedFile(kit, 'old.sqlite', (db) => db.exec('delete from schema_migrations where number > 1')),
  ],
  [
    'database',
    'written by a newer version',
    'problem',
    /another version/,
    (kit) =>
      migratedFile(kit, 'new.sqlite', (db) =>
        db.exec("insert into schema_migrations values (999, '0999-later.sql', 'x')"),
      ),
  ],
  [
    'database',
    'made with an edited migration',
    'problem',
    /another version/,
    (kit) => migratedFile(kit, 'edited.sqlite', (db) => db.exec("update schema_migrations set sha256 = 'x'")),
  ],
  [
    'database',
    'made on mainnet',
    'problem',
    /other settings \(mainnet\) than these \(NOT MAINNET: IC_ROOT_KEY[^)]*\): watch and build refuse it/,
    (kit) => migratedFile(kit, 'mainnet.sqlite', (db) => db.exec("insert into marks values ('network', 'mainnet')")),
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
    async (kit) => ({ env: { GITHUB_TOKEN_FILE: await fileIn(kit, 'token', 'SECRET-TOKEN', 0o644) } }),
  ],
  [
    'secret-files',
    'settings with a secret that the group can read',
    'warning',
    /its group/,
    async (kit) => ({ envFile: await fileIn(kit, 'settings', 'GITHUB_TOKEN=SECRET-TOKEN\n', 0o640) }),
  ],
];
