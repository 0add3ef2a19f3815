import { systemClock } from '../../src/platform/clock.ts';
import { Deadline } from '../../src/platform/deadline.ts';
import { download } from '../../src/platform/download.ts';
import { createHttp } from '../../src/platform/http.ts';

/** A download in a process of its own; prints what it gave. */
const { url, path, env, ca } = JSON.parse(process.argv[2] ?? '') as {
  url: string;
  path: string;
  env: Record<string, string>;
  ca: string;
};
const http = createHttp({ env, ca, stallTimeoutMs: 20_000, clock: systemClock, userAgent: 'child/1' });
const deadline = new Deadline(60_000, url);
const deps = { http, clock: systemClock, random: () => 0.5 };
const done = await download(deps, { url, path, maxBytes: 2 ** 30, deadline });
deadline.end();
process.stdout.write(JSON.stringify(done));
await http.close();
