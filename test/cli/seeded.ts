import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import type { CheckResult } from '../../src/domain/check.ts';
import {
  type BlobName,
  type BuildReport,
  Evidence,
  evidenceKey,
  type FileHash,
  type Observation,
} from '../../src/domain/evidence.ts';
import type { CommitId, ProposalId, Sha256 } from '../../src/domain/ids.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { type Database, openSqlite } from '../../src/store/database.ts';
import { createElections } from '../../src/store/elections.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createRunStages, createVerdictSink } from '../../src/store/verdict-writer.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { withWays } from '../support/program.ts';
import { commit, electing, electionProposal, noticeOf, verdictOf } from '../support/records.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs the program with these settings, whatever those of whoever runs the test are: from its sources, or as it was
 * built where that was done a moment ago.
 */
export async function program(
  dataDir: string,
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<Ran> {
  const built = process.env['NNS_TEST_BUILT'] === '1';
  const main = resolve(import.meta.dirname, built ? '../../dist/bundle/main.js' : '../../src/cli/main.ts');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...argv], {
    env: withWays({ HOME: dataDir, NNS_WATCH_DATA_DIR: dataDir, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((done) => child.on('close', done));
  return { code, stdout, stderr };
}

export const VERIFIED = '143816' as ProposalId;
export const HOSTILE = '143820' as ProposalId;
export const BUILDING = '143830' as ProposalId;
export const OLD = '99' as ProposalId;
export const otherCommit = 'b7'.repeat(20) as CommitId;
export const image = 'c1'.repeat(32) as Sha256;
export const buildLog = 'd2'.repeat(32) as BlobName;
export const byHandCommit = 'e5'.repeat(20) as CommitId;

export const hostileTitle =
  '\u001b[2J\u001b]0;owned\u0007VERIFIED @everyone <script>alert(1)</script> `code` [x](https://evil.example) \u202e\nProposal 1 · VERIFIED';

const inHours = (hours: number): number => Math.floor(Date.now() / 1000) + hours * 3600;

const reproduced: CheckResult = {
  check: 'build-reproduces',
  title: 'The local build gives the published image',
  component: 'guestos',
  tier: 'authoritative',
  outcome: 'verified',
  reason: null,
  sentence: 'The local build is the published image.',
  comparisons: [
    {
      label: 'GuestOS image',
      expected: { value: image, source: 'https://download.dfinity.systems/x' },
      actual: { value: image, source: 'local build 1' },
      equal: true,
    },
  ],
  findings: [],
  caveats: [],
  localOnly: false,
  confirmed: false,
};

/** A seeded data directory for the tests of one file; its database stays open as a service would have it. */
export function seedForTests(prefix: string): { readonly dataDir: string; readonly database: Database } {
  const dataDir = mkdtempSync(join(tmpdir(), prefix));
  let database: Database;
  beforeAll(async () => void (database = await seed(dataDir)), 60_000);
  afterAll(async () => {
    await database.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return {
    dataDir,
    get database() {
      return database;
    },
  };
}

/** A data directory as a service leaves it that was killed in the middle of its work. */
export async function seed(dataDir: string, network = 'mainnet'): Promise<Database> {
  const database = openSqlite(join(dataDir, 'nns-watch.sqlite'));
  await migrate(database);
  const elections = createElections(database, { network, notifiers: ['discord:1', 'console'] });
  const found = (changes: Partial<Proposal>, history = false) => ({ proposal: electionProposal(changes), history });
  const old = { status: 'executed', decidedAt: 5, executedAt: 6, rewardStatus: 'settled', deadlineAt: 7 } as const;
  const other = electing(otherCommit);
  await elections.record(
    [
      found({ id: VERIFIED, deadlineAt: inHours(30), tally: { yes: '4123', no: '12', total: '10000' } }),
      found({
        id: HOSTILE,
        title: hostileTitle,
        url: 'https://evil.example/`',
        deadlineAt: inHours(10),
        action: other,
      }),
      found({ id: BUILDING, deadlineAt: inHours(50), tally: null }),
      found({ id: OLD, ...old }, true),
    ],
    Date.now(),
    BUILDING,
  );
  await judge(database, network, VERIFIED, {
    ...verdictOf('verified'),
    results: [reproduced],
    headline: 'The same everywhere.',
  });
  const unconfirmed = { ...verdictOf('mismatch'), confirmed: false, headline: `A title says ${hostileTitle}` };
  await judge(database, network, HOSTILE, unconfirmed);
  await workOn(database);
  await verifyByHand(database, network);
  return database;
}

const report: BuildReport = {
  exitCode: 0,
  signal: null,
  seconds: 3600,
  logBytes: 1,
  logTruncated: false,
  leftBehind: 0,
  treeDirty: false,
  builder: 'build-host',
};

async function judge(database: Database, network: string, id: ProposalId, verdict: Verdict): Promise<void> {
  let now = Date.now() - 3_700_000;
  const clock = (): number => now;
  const proposal = (await database.db.selectFrom('proposals').select('snapshot').where('id', '=', id).execute())[0];
  const snapshot = JSON.parse(proposal?.snapshot ?? '') as Proposal;
  const runs = createRunStore(database, clock, network, '9.9.9');
  const run = await runs.start({ mode: 'proposal', proposal: null, proposalId: id, commit });
  const evidence = new Evidence();
  const seen = { status: 'observed', observedAt: now } as const;
  const built: Observation<BuildReport> = { ...seen, value: report, source: 'local build 1', file: buildLog };
  const bytes: Observation<FileHash> = { ...seen, value: { sha256: image, bytes: 5 }, source: 'https://x' };
  for (const [key, observation] of [
    [evidenceKey.build(commit, 1), built],
    [evidenceKey.image('https://x'), bytes],
  ] as const) {
    await runs.observed(run, key, observation);
    evidence.add(key, observation);
  }
  now += 100_000;
  await createRunStages(database, clock).entered(run, 'building');
  now += 3_600_000;
  await createRunStages(database, clock).entered(run, 'judging');
  const tell = (revision: number) => [
    noticeOf(`proposal ${id} verdict ${revision}`, { type: 'verdict', about: snapshot, sentence: verdict.headline }),
  ];
  const conclusion = { verdict, evidence, final: verdict.confirmed !== false, tell };
  await createVerdictSink(database, clock, '9.9.9').conclude(run, {
    ...conclusion,
    notifiers: ['discord:1', 'console'],
  });
  const outbox = createOutbox(database);
  for (let next = await outbox.next('console', now); next; next = await outbox.next('console', now)) {
    await outbox.sent(next.id, null, now);
  }
}

/** The most urgent ones are done, the third is being built, by somebody whose lease still lasts. */
async function workOn(database: Database): Promise<void> {
  const queue = createWorkQueue(database);
  for (const expected of [HOSTILE, VERIFIED]) {
    const job = await queue.claim('verify', 'verify@host 1', 600_000);
    if (job?.key !== expected) throw new Error(`unexpected job ${String(job?.key)}`);
    await queue.finish(job.id, 'verify@host 1', null);
  }
  const job = await queue.claim('verify', 'verify@host 1', 600_000);
  const standing = { stage: 'building', percent: 40, expectedAt: inHours(1) };
  await queue.heartbeat(job?.id ?? '', 'verify@host 1', 600_000, standing);
  await queue.enqueue({ kind: 'build', key: `${commit}#1`, input: { commit, attempt: 1 } }, 0);
  await queue.claim('build', 'build@host', 600_000);
}

async function verifyByHand(database: Database, network: string): Promise<void> {
  const runs = createRunStore(database, () => Date.now(), network);
  const run = await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit: byHandCommit });
  await runs.judged(run, verdictOf('inconclusive'), new Evidence());
}
