import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommitId, type CommitId } from '../../../src/domain/ids.ts';
import { createExec } from '../../../src/platform/exec.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { createGit } from '../../../src/verify/git/git.ts';
import type { RepositoryDeps } from '../../../src/verify/git/repository.ts';
import { createRootsFile } from '../../../src/verify/git/roots-file.ts';

export interface Tree {
  readonly [path: string]: string;
}

export type Fault = 'down' | 'http-500' | 'stall' | 'html' | 'version-0';

/** A real repository behind the real `git http-backend`, on loopback. */
export interface LoopbackGit {
  readonly url: string;
  readonly directory: string;
  readonly deps: RepositoryDeps;
  readonly cacheDir: string;
  /** Makes a commit of exactly this tree. Without a ref nothing leads to it. */
  commit: (tree: Tree, ref?: string, parent?: CommitId) => CommitId;
  git: (...args: string[]) => string;
  /** The next requests meet this fault; null: healthy again. */
  fault: (fault: Fault | null) => void;
  requests: () => number;
  close: () => Promise<void>;
}

const AUTHOR = {
  GIT_AUTHOR_NAME: 'fixture',
  GIT_AUTHOR_EMAIL: 'fixture@example.org',
  GIT_COMMITTER_NAME: 'fixture',
  GIT_COMMITTER_EMAIL: 'fixture@example.org',
  GIT_AUTHOR_DATE: '1789700000 +0000',
  GIT_COMMITTER_DATE: '1789700000 +0000',
};

export async function startLoopbackGit(): Promise<LoopbackGit> {
  const directory = mkdtempSync(join(tmpdir(), 'nns-watch-git-'));
  const bare = join(directory, 'served', 'ic.git');
  const cacheDir = join(directory, 'cache');
  mkdirSync(cacheDir);
  const env = { PATH: process.env['PATH'], HOME: directory, GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C', ...AUTHOR };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: bare, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=master', bare], { env });
  git('config', 'uploadpack.allowFilter', 'true');
  let fault: Fault | null = null;
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    // Servers that pass the header on to no one speak the oldest protocol, which gives nothing by id.
    if (fault === 'version-0') delete request.headers['git-protocol'];
    if (fault && fault !== 'version-0') misbehave(fault, response);
    else serve(join(directory, 'served'), request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ic.git`;
  return {
    url,
    directory,
    cacheDir,
    deps: repositoryDeps(url, cacheDir),
    commit: (tree, ref, parent) => makeCommit(bare, env, tree, ref, parent),
    git,
    fault: (next) => (fault = next),
    requests: () => requests,
    close: async () => {
      await closeServer(server);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function repositoryDeps(url: string, cacheDir: string, packBytes = 1024 ** 3): RepositoryDeps {
  const directory = join(cacheDir, 'repo');
  const git = createGit({
    exec: createExec(),
    clock: systemClock,
    env: { PATH: process.env['PATH'] },
    rootsFile: createRootsFile({}, directory),
    stallTimeoutMs: 1_000,
    protocols: ['http'],
    packBytes,
  });
  return { git, clock: systemClock, directory, url, backoff: { firstMs: 50, mostMs: 50, tries: 2 } };
}

function makeCommit(
  bare: string,
  env: NodeJS.ProcessEnv,
  tree: Tree,
  ref: string | undefined,
  parent: CommitId | undefined,
): CommitId {
  const on = ref ?? 'refs/nowhere';
  const who = 'fixture <fixture@example.org> 1789700000 +0000';
  const files = Object.entries(tree).map(
    ([path, text]) => `M ${path.endsWith('.sh') ? '100755' : '100644'} inline ${path}\n${data(text)}`,
  );
  const from = parent === undefined ? '' : `from ${parent}\n`;
  const forgotten = ref === undefined ? `reset ${on}\nfrom ${'0'.repeat(40)}\n\n` : '';
  const input = [
    `reset ${on}\n\ncommit ${on}\nmark :1\nauthor ${who}\ncommitter ${who}\n${data('fixture\n')}${from}deleteall\n`,
    `${files.join('')}\nget-mark :1\n${forgotten}done\n`,
  ].join('');
  const id = execFileSync('git', ['fast-import', '--quiet', '--force', '--done'], { cwd: bare, env, input });
  return parseCommitId(id.toString('latin1').trim())!;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function misbehave(fault: Fault, response: ServerResponse): void {
  if (fault === 'down') response.socket?.destroy();
  else if (fault === 'http-500') response.writeHead(500).end('not our ref, says nobody\n');
  else if (fault === 'html') response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>hello</h1>');
}

function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://loopback');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.on('close', () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    for (const line of all.subarray(0, end).toString('latin1').split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.end(all.subarray(end + 4));
  });
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
