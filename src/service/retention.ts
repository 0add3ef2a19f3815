import { rm, stat, truncate } from 'node:fs/promises';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toRemove, type Retained, type RetainedItem } from '../domain/retention.ts';
import { parseCommitId } from '../domain/ids.ts';
import { bytesBelow, filesInFolders } from '../platform/footprint.ts';
import type { Log } from '../platform/log.ts';
import type { RetentionStore } from '../store/retention.ts';
import type { ServiceStore } from '../store/service-store.ts';
import { removeBuilt } from '../verify/build/retained-outputs.ts';
import { removeDownloads } from '../verify/collect/download-cache.ts';

export interface RetentionDeps {
  readonly retained: RetentionStore;
  readonly dataDir: string;
  readonly cacheDir: string;
  readonly budgetBytes: number;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

export interface PruneDeps extends Pick<RetentionDeps, 'now' | 'log'> {
  readonly prune: ServiceStore['prune'];
}

/** What was written lately may be of a run that has not said so yet. */
const FRESH_MS = 24 * 3600_000;
const LOG_BYTES = 16 * 1024 * 1024;
const BUILDER_LOG = 'builder.log';

/** Keeps what we keep within the budget: downloads first, since they can be had again, then evidence. */
export async function retentionRound(deps: RetentionDeps): Promise<void> {
  await shortenLog(join(deps.dataDir, BUILDER_LOG));
  await dropProven(deps);
  const used = (await bytesBelow(deps.cacheDir)) + (await bytesBelow(deps.dataDir));
  if (used <= deps.budgetBytes) return;
  let freed = 0;
  for (const { name, bytes } of toRemove(await downloads(deps), used, deps.budgetBytes)) {
    const commit = parseCommitId(name);
    if (commit && (await removeDownloads(deps.cacheDir, commit))) freed += bytes;
  }
  const evidence = await evidenceFiles(deps);
  for (const { name, bytes } of toRemove(evidence, used - freed, deps.budgetBytes)) {
    await rm(join(blobsOf(deps), name), { force: true });
    freed += bytes;
  }
  const { budgetBytes } = deps;
  deps.log.info('Disk space freed', { used, freed, budget: budgetBytes });
  if (used - freed > budgetBytes) deps.log.warn('Data in use exceeds DISK_BUDGET_GB', { used: used - freed });
}

/** One round takes away so many parts at most; the next one goes on. */
const PARTS = 50;

/** Keeps the database from growing for ever: small transactions, so that nobody waits long for his own. */
export async function pruneRound({ prune, now, log }: PruneDeps, signal: AbortSignal): Promise<void> {
  const gone = { runs: 0, jobs: 0, notices: 0, others: 0 };
  for (let part = 0; part < PARTS && !signal.aborted; part += 1) {
    const pruned = await prune(now());
    const names = Object.keys(gone) as (keyof typeof gone)[];
    if (names.every((name) => pruned[name] === 0)) break;
    for (const name of names) gone[name] += pruned[name];
  }
  if (Object.values(gone).some((count) => count > 0)) log.info('Old data removed', gone);
}

/** It is written by appending, so that an open file goes on at its new end. */
async function shortenLog(path: string): Promise<void> {
  const stats = await stat(path).catch(() => null);
  if (stats && stats.size > LOG_BYTES) await truncate(path, 0);
}

/** Local images that are the published ones, bit by bit, show nobody anything. */
async function dropProven({ retained, cacheDir, log }: RetentionDeps): Promise<void> {
  for (const [name, { open, outcome }] of await retained.commits()) {
    const commit = parseCommitId(name);
    if (commit === null || open || outcome !== 'verified') continue;
    if (await removeBuilt(cacheDir, commit)) log.info('Local images of a verified release removed', { commit });
  }
}

async function downloads({ retained, cacheDir, now }: RetentionDeps): Promise<readonly RetainedItem[]> {
  const known = await retained.commits();
  const commits = (await readdir(cacheDir).catch(() => [])).filter((name) => parseCommitId(name) !== null);
  const kept: RetainedItem[] = [];
  for (const name of commits) {
    const path = join(cacheDir, name);
    const changedAt = (await stat(path).catch(() => null))?.mtimeMs ?? now();
    kept.push({ name, bytes: await bytesBelow(path), ...(known.get(name) ?? strangers(changedAt)) });
  }
  return kept;
}

/** Of a run by hand, or of a version of this program that wrote things down in another way. */
function strangers(changedAt: number): Retained {
  return { open: false, outcome: null, atMs: changedAt };
}

const blobsOf = ({ dataDir }: RetentionDeps): string => join(dataDir, 'blobs');

async function evidenceFiles(deps: RetentionDeps): Promise<readonly RetainedItem[]> {
  const known = await deps.retained.files();
  const files = await filesInFolders(blobsOf(deps));
  return files
    .filter(({ changedAt }) => deps.now() - changedAt > FRESH_MS)
    .map(({ name, bytes, changedAt }) => ({
      name,
      bytes,
      ...(known.get(name.replace('/', '')) ?? strangers(changedAt)),
    }));
}
