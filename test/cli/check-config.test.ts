import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { program } from './seeded.ts';

const home = mkdtempSync(join(tmpdir(), 'nns-watch-check-config-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

function envFile(text: string): string {
  const path = join(home, 'settings');
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

it('prints what is in effect and no secret, and opens nothing', async () => {
  const secret = 'https://discord.com/api/webhooks/123456789012345678/sEcReT-tOkEn';
  const file = envFile(`DISCORD_WEBHOOK_URL=${secret}\nREMINDERS=12h\n`);
  const none = join(home, 'no-data');
  const { code, stdout } = await program(none, ['check-config', '--env-file', file, '--json']);
  const document = JSON.parse(stdout) as { network: string; settings: { name: string; value: string | null }[] };
  const valueOf = (name: string): unknown => document.settings.find((each) => each.name === name)?.value;
  expect(code).toBe(0);
  expect(document.network).toBe('mainnet');
  expect(valueOf('DISCORD_WEBHOOK_URL')).toBe('set');
  expect(valueOf('REMINDERS')).toBe('12h');
  expect(stdout).not.toContain('sEcReT');
  const text = await program(none, ['check-config', '--env-file', file]);
  expect(text.stdout).toMatch(/^The settings can be used\. Network: mainnet\nSet here:\n/);
  expect(text.stdout).not.toContain('sEcReT');
});

it('tells every mistake at once, with the name that was meant and never a value', async () => {
  const file = envFile('DISCORD_WEBHOK_URL=https://secret.example/sEcReT\nREMINDERS=soon-sEcReT\n');
  const { code, stdout, stderr } = await program(home, ['check-config', '--env-file', file]);
  expect(code).toBe(2);
  expect(stdout).toBe('');
  expect(stderr).toContain('DISCORD_WEBHOOK_URL');
  expect(stderr).toContain('REMINDERS');
  expect(stderr).not.toContain('secret.example');
});
