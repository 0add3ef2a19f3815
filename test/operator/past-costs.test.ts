import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { evidenceKey, type FileHash } from '../../src/domain/evidence.ts';
import { NO_PAST } from '../../src/domain/plan-estimate.ts';
import { loadConfig } from '../../src/operator/config.ts';
import { pastCosts } from '../../src/operator/past-costs.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { image, seed } from '../cli/seeded.ts';
import { commit } from '../support/records.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'nns-watch-costs-'));
afterAll(() => rmSync(dataDir, { recursive: true, force: true }));
const config = loadConfig({ HOME: dataDir, NNS_WATCH_DATA_DIR: dataDir });

it('are unknown where there is no database yet, and none is made', async () => {
  expect(await pastCosts(config)).toEqual(NO_PAST);
  expect(readdirSync(dataDir)).toEqual([]);
});

it('are those of the newest image of each component, and of the builds that were timed', async () => {
  const database = await seed(dataDir);
  const runs = createRunStore(database, () => Date.now(), 'mainnet');
  const run = await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit });
  for (const [at, bytes] of [
    [2, 700],
    [1, 500],
  ] as const) {
    const value: FileHash = { sha256: image, bytes };
    const url = `https://download${at}.example/ic/x/guest-os/update-img/update-img.tar.zst`;
    await runs.observed(run, evidenceKey.image(url), { status: 'observed', observedAt: at, value, source: url });
  }
  const { imageBytes, runSeconds } = await pastCosts(config);
  expect([...imageBytes]).toEqual([['guestos', 700]]);
  expect(runSeconds.length).toBeGreaterThan(0);
  await database.close();
});
