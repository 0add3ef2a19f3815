import { chromium, type Browser } from 'playwright-core';

/** The browser that script/browser installs, without anything that it does by itself. */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  // Grey edges of letters make smaller files; root has no sandbox to give.
  const quiet = [
    '--disable-lcd-text',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
  ];
  const args = [...quiet, '--disable-sync', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
  return chromium.launch({ executablePath, args });
}
