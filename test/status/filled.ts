import { join } from 'node:path';
import { type Config, loadConfig } from '../../src/operator/config.ts';
import {
  type BuildReport,
  Evidence,
  evidenceKey,
  type EvidenceKey,
  type Observation,
} from '../../src/domain/evidence.ts';
import type { CommitId, ProposalId } from '../../src/domain/ids.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createBlobs } from '../../src/store/blobs.ts';
import { type Database, openSqlite } from '../../src/store/database.ts';
import { createElections } from '../../src/store/elections.ts';
import { createHealth } from '../../src/store/health.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { createLeases } from '../../src/store/leases.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createRunStages, createVerdictSink } from '../../src/store/verdict-writer.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { BUILD, COMMIT, proposal, seen, version } from '../support/evidence.ts';
import { World } from '../support/world.ts';
import { electing, noticeOf } from '../support/records.ts';
import { differing, hostile, type Judged, judgedOf, withheld } from './filled-worlds.ts';

/** A data directory as a service leaves it in the middle of its work, with real verdicts of the real judge. */
export const IDS = {
  verified: '143816',
  mismatch: '143821',
  building: '143830',
  withheld: '143799',
  hostile: '143835',
  old: '140001',
} as unknown as Readonly<Record<'verified' | 'mismatch' | 'building' | 'withheld' | 'hostile' | 'old', ProposalId>>;
export const BUILDING_COMMIT = 'b7'.repeat(20) as CommitId;
export const HIDDEN_CHANNEL = 'webhook:hooks.internal.example/5f2c9a0b1d3e';
export const NOTIFIERS = ['console', 'discord:118', 'discord:119', HIDDEN_CHANNEL];

export interface Filled {
  readonly database: Database;
  readonly config: Config;
  readonly dataDir: string;
  readonly logName: string;
  readonly release: () => Promise<void>;
}

const HOUR = 3600;

export interface FillOptions {
  readonly hostileTitle?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** UTC milliseconds. */
  readonly now?: number;
}

export async function fillSite(dataDir: string, options: FillOptions = {}): Promise<Filled> {
  const now = options.now ?? Date.now();
  const at = Math.floor(now / 1000);
  const database = openSqlite(join(dataDir, 'nns-watch.sqlite'));
  await migrate(database);
  const elections = createElections(database, { network: 'mainnet', notifiers: NOTIFIERS });
  const ended = {
    status: 'executed',
    decidedAt: at - 80 * HOUR,
    executedAt: at - 79 * HOUR,
    rewardStatus: 'settled',
  } as const;
  const tally = { yes: '41234567890123456', no: '1234567890123', total: '50000000000000000' };
  const open = { submittedAt: at - 20 * HOUR, tally };
  const of = (id: ProposalId, changes: Partial<Proposal>): Proposal => proposal({ id, ...open, ...changes });
  const all: readonly (readonly [Proposal, boolean])[] = [
    [of(IDS.verified, { deadlineAt: at + 52 * HOUR, url: 'https://forum.dfinity.org/t/66231' }), false],
    [
      of(IDS.mismatch, {
        title: 'Elect new IC/HostOS revision (commit 79c0105)',
        deadlineAt: at + 28 * HOUR,
        action: { kind: 'elect-hostos', version: version({ component: 'hostos' }) },
      }),
      false,
    ],
    [
      of(IDS.building, {
        title: 'Elect new IC/GuestOS revision (commit b7b7b7b)',
        deadlineAt: at + 76 * HOUR,
        action: electing(BUILDING_COMMIT),
      }),
      false,
    ],
    [of(IDS.withheld, { ...ended, deadlineAt: at - 60 * HOUR, action: electing('c4'.repeat(20) as CommitId) }), false],
    [
      of(IDS.hostile, {
        title: options.hostileTitle ?? 'plain',
        deadlineAt: at + 90 * HOUR,
        action: electing('d5'.repeat(20) as CommitId),
      }),
      false,
    ],
    [of(IDS.old, { ...ended, deadlineAt: at - 9000 * HOUR, action: electing('e6'.repeat(20) as CommitId) }), true],
  ];
  await elections.record(
    all.map(([each, history]) => ({ proposal: each, history })),
    now - 19 * HOUR * 1000,
    IDS.hostile,
  );
  const filler = { database, dataDir, now };
  const logName = await judge(filler, IDS.verified, COMMIT, judgedOf({}), 5400);
  await judge(filler, IDS.mismatch, COMMIT, differing(IDS.mismatch), 6100);
  await judge(filler, IDS.withheld, 'c4'.repeat(20) as CommitId, withheld(IDS.withheld), null);
  await judge(
    filler,
    IDS.hostile,
    'd5'.repeat(20) as CommitId,
    hostile(IDS.hostile, options.hostileTitle ?? 'plain'),
    null,
  );
  await pastBuilds(filler);
  await work(database, now);
  const leases = createLeases(database, { clock: systemClock });
  const held = [await leases.take('watch'), await leases.take('builder build-host')];
  const health = createHealth(database);
  await health.begin(
    ['discover', 'verify', 'clock', 'builder', 'watchdog', ...NOTIFIERS.map((id) => `deliver ${id}`)],
    now - 26 * HOUR * 1000,
  );
  for (const { loop } of await health.loops()) await health.ended(loop, now - 20_000, null);
  const config = loadConfig({ HOME: dataDir, NNS_WATCH_DATA_DIR: dataDir, ...options.env });
  const release = async (): Promise<void> => {
    for (const lease of held) await lease?.release();
    await database.close();
  };
  return { database, config, dataDir, logName, release };
}

interface Filler {
  readonly database: Database;
  readonly dataDir: string;
  readonly now: number;
}

export const LOG_LINES = Array.from(
  { length: 900 },
  (_, n) => `[${n}] INFO: Analyzed target //ic-os/guestos:update-img.tar.zst (${n * 7} packages)`,
);
LOG_LINES[850] = '\u001b[31m<script>alert(1)</script> \u202eevil\u001b[0m';

async function judge(
  filler: Filler,
  id: ProposalId,
  commit: CommitId,
  judged: Judged,
  built: number | null,
): Promise<string> {
  const { database, dataDir, now } = filler;
  let at = now - (built ?? 900) * 1000 - 2 * HOUR * 1000;
  const clock = (): number => at;
  const runs = createRunStore(database, clock, 'mainnet', '0.1.0');
  const run = await runs.start({ mode: 'proposal', proposal: null, proposalId: id, commit });
  const file = await createBlobs(join(dataDir, 'blobs')).put(
    new TextEncoder().encode(`${LOG_LINES.join('\n')}\nDone ${id}.\n`),
  );
  const evidence = new Evidence();
  for (const { key, observation } of judged.evidence.all()) {
    if (key.kind === 'build' && built === null) continue;
    const look = { ...observation, observedAt: at, ...(key.kind === 'build' ? buildOf(built ?? 0, file) : {}) };
    await runs.observed(run, key, look as Observation<unknown>);
    evidence.add(key as EvidenceKey<'image'>, look as Observation<never>);
  }
  at += 240_000;
  if (built !== null) await createRunStages(database, clock).entered(run, 'building');
  at += (built ?? 60) * 1000;
  if (built !== null) await createRunStages(database, clock).entered(run, 'judging');
  const snapshot = (await database.db.selectFrom('proposals').select('snapshot').where('id', '=', id).execute())[0];
  const about = JSON.parse(snapshot?.snapshot ?? '') as Proposal;
  const { verdict } = judged;
  const tell = (revision: number) => [
    noticeOf(`proposal ${id} verdict ${revision}`, {
      type: 'verdict',
      about,
      sentence: verdict.headline,
      at: Math.floor(at / 1000),
    }),
  ];
  await createVerdictSink(database, clock, '0.1.0').conclude(run, {
    verdict,
    evidence,
    final: true,
    tell,
    notifiers: NOTIFIERS,
  });
  const outbox = createOutbox(database);
  for (const notifier of ['console', 'discord:118']) {
    for (let next = await outbox.next(notifier, at); next; next = await outbox.next(notifier, at))
      await outbox.sent(next.id, null, at);
  }
  const dead = await outbox.next(HIDDEN_CHANNEL, at);
  if (dead) await outbox.retry(dead.id, at + 60_000, `${HIDDEN_CHANNEL} answered 503`);
  return file;
}

function buildOf(seconds: number, file: string): Partial<Observation<BuildReport>> {
  return {
    source: 'local build on build-host',
    value: { ...BUILD, seconds, builder: 'build-host', logBytes: 70_000 },
    file,
  } as Partial<Observation<BuildReport>>;
}

/** Builds of the last months, for the charts. */
async function pastBuilds({ database, now }: Filler): Promise<void> {
  const runs = createRunStore(database, () => now - 30 * 24 * HOUR * 1000, 'mainnet', '0.1.0');
  const run = await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit: COMMIT });
  for (let n = 0; n < 14; n += 1) {
    const seconds = 4800 + ((n * 977) % 2600);
    const commit = (n + 16).toString(16).repeat(20) as CommitId;
    const look = { ...seen({ ...BUILD, seconds }), observedAt: now - (15 - n) * 5 * 24 * HOUR * 1000 };
    await runs.observed(run, evidenceKey.build(commit, 1), look);
  }
  await runs.judged(run, { ...new World().verdict(), results: [] }, new Evidence());
}

/** What was judged is done; the one that is left is being built by somebody whose lease still lasts. */
async function work(database: Database, now: number): Promise<void> {
  const at = Math.floor(now / 1000);
  const queue = createWorkQueue(database);
  await database.db.updateTable('jobs').set({ state: 'finished' }).where('key', '<>', IDS.building).execute();
  const job = await queue.claim('verify', 'watch on host', 600_000);
  await queue.heartbeat(job?.id ?? '', 'watch on host', 600_000, {
    stage: 'building',
    percent: 62,
    expectedAt: at + 2100,
  });
  await queue.enqueue(
    { kind: 'build', key: `${BUILDING_COMMIT}#1`, input: { commit: BUILDING_COMMIT, attempt: 1 } },
    0,
  );
  const build = await queue.claim('build', 'builder build-host', 600_000);
  await queue.heartbeat(build?.id ?? '', 'builder build-host', 600_000, {
    seconds: 3360,
    lastLine: LOG_LINES[99],
    tail: LOG_LINES.slice(60, 100),
    lines: 100,
  });
  const since = now - 3_360_000;
  await database.db.updateTable('jobs').set({ claimed_at_ms: since }).where('state', '=', 'held').execute();
}
