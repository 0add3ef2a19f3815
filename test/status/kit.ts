import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pageSourceOf } from '../../src/operator/status-queries.ts';
import type { PageSource } from '../../src/domain/status-queries.ts';
import { redactor } from '../../src/platform/redact.ts';
import { statusSite } from '../../src/status/site.ts';
import { fillSite, NOTIFIERS, type Filled, type FillOptions } from './filled.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface OpenSite extends Filled {
  readonly source: PageSource;
  readonly failures: unknown[];
  readonly ask: (path: string, init?: RequestInit & { readonly host?: string }) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** The site over a filled database, asked without a socket. */
export async function openSite(
  options: FillOptions & { readonly secrets?: readonly string[] } = {},
): Promise<OpenSite> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nns-watch-page-'));
  const filled = await fillSite(dataDir, options);
  const source = pageSourceOf(filled.database, filled.config, NOTIFIERS);
  const failures: unknown[] = [];
  const failed = (error: unknown): void => void failures.push(error);
  const redact = redactor(options.secrets ?? []);
  // Each time anew: what a site may take of the service's time is tested by itself.
  const site = () => statusSite(source, { listenHost: '127.0.0.1', redact, failed });
  return {
    ...filled,
    source,
    failures,
    ask: async (path, { host = '127.0.0.1:8180', ...init } = {}) => {
      const request = new Request(`http://127.0.0.1:8180${path}`, { ...init, headers: { Host: host } });
      const answer = await site().fetch(request);
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    },
    close: async () => {
      await filled.release();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
