import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { openPageSource } from '../../src/operator/status-queries.ts';
import { startStatusServer } from '../../src/status/server.ts';
import { fillSite, IDS, NOTIFIERS } from '../status/filled.ts';

/** What is drawn of the status page; a height cuts a long page after its beginning. */
const PICTURES = [
  { name: 'status-overview', path: '/', width: 1100, height: 830, scheme: 'light' },
  { name: 'status-proposal-dark', path: `/proposals/${IDS.mismatch}`, width: 1100, height: 1000, scheme: 'dark' },
  { name: 'status-history', path: '/history', width: 1100, height: 830, scheme: 'light' },
  { name: 'status-phone', path: `/proposals/${IDS.verified}`, width: 390, height: 830, scheme: 'light' },
] as const;

/** Draws the status page of a service in the middle of its work, as the real server serves it. */
export async function drawStatus(browser: Browser, folder: string): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nns-watch-pictures-'));
  const filled = await fillSite(dataDir, { hostileTitle: 'Elect new IC/GuestOS revision (commit d5d5d5d)' });
  const { source, close } = await openPageSource(filled.config, NOTIFIERS);
  const server = await startStatusServer(
    source,
    { host: '127.0.0.1', port: 0 },
    { redact: (text) => text, failed: (error) => console.error(error) },
  );
  try {
    for (const { name, path, width, height, scheme } of PICTURES) {
      const tab = await browser.newPage({
        javaScriptEnabled: false,
        viewport: { width, height },
        colorScheme: scheme,
        deviceScaleFactor: 1,
      });
      await tab.goto(`http://127.0.0.1:${server.port}${path}`);
      await tab.screenshot({ path: join(folder, `${name}.png`) });
      await tab.close();
    }
  } finally {
    await server.close();
    await close();
    await filled.release();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
