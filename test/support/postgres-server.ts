import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SERVER } from './postgres.ts';

/** Debian keeps the server's programs here, one directory for each version, and not on the PATH. */
const DEBIAN = '/usr/lib/postgresql';
const START_MS = 60_000;

/**
 * Starts a PostgreSQL server of the test run's own: a new cluster, reached by a socket in a directory of its user only.
 */
export default async function start(): Promise<() => Promise<void>> {
  const directory = mkdtempSync(join(tmpdir(), 'nns-watch-postgres-'));
  const [programs, prefix] = [programsDirectory(), asUser(directory)];
  const data = join(directory, 'data');
  // Words are sorted as on most servers and unlike in SQLite, so that whatever relies on the order of bytes is found.
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en-US'];
  const initdb = [join(programs, 'initdb'), '-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', ...locale];
  execFileSync('setpriv', [...prefix, ...initdb], { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  const settings = [
    'fsync=off',
    'log_min_messages=fatal',
    'listen_addresses=',
    'deadlock_timeout=100ms',
    'max_connections=200',
  ];
  const server = spawn(
    'setpriv',
    // The server ends with the tests, also when they are killed.
    [...prefix, '--pdeathsig', 'QUIT', join(programs, 'postgres'), '-D', data, '-k', directory, ...flags(settings)],
    { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  const stop = async (): Promise<void> => {
    server.kill('SIGQUIT');
    await ended;
    rmSync(directory, { recursive: true, force: true });
  };
  process.env[SERVER] = directory;
  const until = Date.now() + START_MS;
  while (!isReady(programs, directory)) {
    if (Date.now() > until || server.exitCode !== null) {
      await stop();
      throw new Error('the PostgreSQL server did not start');
    }
    await wait(100);
  }
  return stop;
}

const flags = (settings: readonly string[]): string[] => settings.flatMap((setting) => ['-c', setting]);

/** The newest version that is installed. */
function programsDirectory(): string {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const directories = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  const found = directories.find((directory) => existsSync(join(directory, 'initdb')));
  if (!found) throw new Error('PostgreSQL is not installed (Debian: apt-get install postgresql)');
  return found;
}

/** The server refuses to be run by root: it is run by the user that its package brings, which gets the directory. */
function asUser(directory: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  chownSync(directory, idOf('-u'), idOf('-g'));
  return ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
}

function isReady(programs: string, directory: string): boolean {
  try {
    execFileSync(join(programs, 'pg_isready'), ['-q', '-h', directory, '-U', 'postgres', '-d', 'postgres'], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}
