import { spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Host, View } from '../types.ts';
import { createOddRefs } from './odd-refs.ts';

const REPOSITORY_PATH = /^\/dfinity\/ic(?:\.git)?\/(info\/refs|git-upload-pack)$/;

/** github.com as far as git clients see it: the real `git http-backend` behind it. `asked` hears of every view. */
export function createGitHub(repositoryRoot: string, asked: (view: View) => void): Host {
  const oddRoot = createOddRefs(repositoryRoot);
  return {
    names: ['github.com'],
    handle: async (request, response, view) => {
      asked(view);
      const fault = view.take('git', () => true)?.fault;
      if (fault === 'down') response.socket?.destroy();
      else if (fault === 'http-500') response.writeHead(500, { 'content-type': 'text/plain' }).end('Server error\n');
      else if (fault === undefined) serve(repositoryRoot, request, response);
      else if (fault !== 'stall') serve(await oddRoot(fault), request, response);
    },
  };
}

function serve(repositoryRoot: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'https://github.com');
  const service = REPOSITORY_PATH.exec(url.pathname)?.[1];
  if (service === undefined) {
    response.writeHead(404, { 'content-type': 'text/plain' }).end('Not Found\n');
    return;
  }
  const backend = spawn('git', ['http-backend'], {
    env: backendEnvironment(repositoryRoot, service, url, request),
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  // A client that goes away takes its backend with it.
  response.on('close', () => backend.kill());
  backend.on('error', (error) => response.destroy(error));
  backend.stdin.on('error', () => undefined);
  request.pipe(backend.stdin);
  forwardCgi(backend.stdout, response);
}

function backendEnvironment(root: string, service: string, url: URL, request: IncomingMessage): NodeJS.ProcessEnv {
  const header = (name: string): string => String(request.headers[name] ?? '');
  return {
    PATH: process.env['PATH'],
    HOME: root,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_PROJECT_ROOT: root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: `/dfinity/ic.git/${service}`,
    QUERY_STRING: url.search.slice(1),
    REQUEST_METHOD: request.method ?? 'GET',
    REMOTE_ADDR: '127.0.0.1',
    CONTENT_TYPE: header('content-type'),
    ...(request.headers['content-length'] && { CONTENT_LENGTH: request.headers['content-length'] }),
    ...(request.headers['content-encoding'] && { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }),
    GIT_PROTOCOL: header('git-protocol'),
  };
}

/** Turns the CGI header block into the response's, and the rest into its body. */
function forwardCgi(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    output.off('data', onData);
    const lines = head.subarray(0, end).toString('latin1').split('\r\n');
    let status = 200;
    for (const line of lines) {
      const [name = '', value = ''] = line.split(/: (.*)/);
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.writeHead(status);
    response.write(head.subarray(end + 4));
    output.pipe(response);
  };
  output.on('data', onData);
  output.on('end', () => {
    if (!response.headersSent) response.writeHead(500).end();
  });
}
