import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConfigOptions, SettingProblem } from '../../src/config/load.ts';
import { loadConfig } from '../../src/operator/config.ts';
import { WatchError } from '../../src/domain/errors.ts';

export const home = { HOME: '/home/op' };

export function problemsOf(env: Record<string, string>, options: ConfigOptions = {}): readonly SettingProblem[] {
  return refusal(env, options).cause as SettingProblem[];
}

export function refusal(env: Record<string, string>, options: ConfigOptions = {}): WatchError {
  try {
    loadConfig(env, options);
  } catch (thrown) {
    if (thrown instanceof WatchError) return thrown;
    throw thrown;
  }
  throw new Error('the settings were accepted');
}

export function fileWith(contents: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'nns-watch-config-')), 'file');
  writeFileSync(path, contents);
  return path;
}
