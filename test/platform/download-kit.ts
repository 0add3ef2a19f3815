import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { download, type DownloadRequest } from '../../src/platform/download.ts';
import { Deadline } from '../../src/platform/deadline.ts';
import { restlessClock, startLoopback, type Answer, type Loopback } from './loopback.ts';
import { RangedFile } from './ranged-file.ts';

export const MiB = 1024 * 1024;
export const url = 'https://files.example.org/image';
export const content = randomBytes(3 * MiB + 12_345);
export const sha256 = createHash('sha256').update(content).digest('hex');

/** A server of one file, and for each test a new directory to download it to. */
export class DownloadRig {
  net!: Loopback;
  directory = '';
  file = new RangedFile(content);
  clock = restlessClock();
  deadline!: Deadline;

  constructor() {
    beforeAll(async () => {
      this.net = await startLoopback();
    });
    afterAll(() => this.net.close());
    beforeEach(async () => {
      this.directory = await mkdtemp(join(tmpdir(), 'nns-watch-download-'));
      this.file = new RangedFile(content);
      this.clock = restlessClock();
      this.deadline = new Deadline(60_000, 'the test');
      this.serve(this.file.answer);
      this.net.requests.length = 0;
    });
    afterEach(async () => {
      this.deadline.end();
      await rm(this.directory, { recursive: true });
    });
  }

  readonly path = (): string => join(this.directory, 'deep', 'image.tar.zst');

  readonly fetchIt = (more: Partial<DownloadRequest> = {}) =>
    download(
      { http: this.net.http, clock: this.clock, random: () => 0.5 },
      { url, path: this.path(), maxBytes: 10 * MiB, deadline: this.deadline, ...more },
    );

  readonly serve = (answer: Answer): void => {
    this.net.answers.set('files.example.org/image', answer);
  };

  readonly leftBehind = async (): Promise<string[]> =>
    (await readdir(join(this.directory, 'deep'))).filter((name) => name !== 'image.tar.zst');

  /** Another process that downloads the same to the same place. */
  readonly child = (): ChildProcess => {
    const input = JSON.stringify({ url, path: this.path(), env: this.net.env, ca: this.net.ca });
    const script = join(import.meta.dirname, 'download-child.ts');
    return spawn(process.execPath, [script, input], { stdio: ['ignore', 'pipe', 'inherit'] });
  };
}

export async function output(process: ChildProcess): Promise<string> {
  const pieces = (await process.stdout?.toArray()) as Buffer[];
  return Buffer.concat(pieces).toString();
}
