import { existsSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Verdict } from '../../src/domain/verdict.ts';
import type { Database } from '../../src/store/database.ts';
import { isStep } from '../../src/domain/stage.ts';
import type { Chat } from './chat.ts';
import { stepsTaken } from './steps.ts';
import { buildsFile } from './doomed.ts';
import { checkFiles } from './file-checker.ts';
import type { Behaviour, SimElection } from './outside.ts';

/** Nothing here needs more; a test that means it sets DISK_BUDGET_GB to it. */
export const BUDGET_BYTES = 50e6;

export interface Aftermath {
  readonly database: Database;
  readonly elections: readonly SimElection[];
  readonly chats: readonly Chat[];
  readonly directory: string;
  readonly kills: number;
  /** What may be kept; default BUDGET_BYTES. */
  readonly budgetBytes?: number;
}

/** What may be said of each story at any time; the last is how it ends, unless builders die too often. */
const SAYABLE: Readonly<Record<Behaviour, readonly string[]>> = {
  verified: ['inconclusive', 'verified'],
  mismatch: ['inconclusive', 'mismatch'],
  'build-fails': ['inconclusive'],
  'leaves-out': ['inconclusive'],
  withheld: ['verified', 'inconclusive'],
  differs: ['inconclusive', 'mismatch'],
  'differs-once': ['inconclusive', 'mismatch', 'verified'],
};

/** What must be true after whatever happened. */
export async function check(after: Aftermath): Promise<void> {
  await checkStore(after);
  checkDeadlines(after);
  await checkTellings(after);
}

/** As `check`, but for what the chats were told. */
export async function checkStore(after: Aftermath): Promise<void> {
  await checkVerdicts(after);
  for (const [from, to] of await stepsTaken(after.database)) expect(isStep(from, to), `${from} to ${to}`).toBe(true);
  await checkFiles(after, after.budgetBytes ?? BUDGET_BYTES);
  const unfinished = await after.database.db.selectFrom('jobs').select('key').where('state', '=', 'held').execute();
  expect(unfinished, 'work that nobody does').toEqual([]);
}

/** Never a verified without all of its comparisons, and nothing that the story does not allow. */
async function checkVerdicts({ database, elections, directory }: Aftermath): Promise<void> {
  const rows = await database.db
    .selectFrom('verdicts')
    .innerJoin('runs', 'runs.id', 'verdicts.run_id')
    .select(['runs.proposal_id', 'verdicts.verdict'])
    .orderBy('verdicts.decided_at_ms')
    .orderBy('verdicts.revision')
    .execute();
  const deaths = buildDeaths(directory);
  for (const election of elections) {
    const own = rows.filter((row) => row.proposal_id === election.id).map((row) => JSON.parse(row.verdict) as Verdict);
    const outcomes = own.map(({ outcome }) => outcome);
    const sayable = SAYABLE[election.behaviour];
    expect(sayable, `${election.id}, ${election.behaviour}`).toEqual(expect.arrayContaining([...new Set(outcomes)]));
    for (const verdict of own) if (verdict.outcome === 'verified') expect(proven(verdict, election)).toEqual([]);
    const end = election.appearsAt === undefined ? sayable.at(-1) : 'verified';
    if ((deaths.get(election.commit) ?? 0) < 3) expect(outcomes.at(-1), election.id).toBe(end);
  }
}

const REQUIRED = ['package-hash', 'sums-list-artifact', 'commit-on-release-ref', 'build-reproduces'];

/** What is missing of a verified verdict. */
function proven({ results }: Verdict, { component }: SimElection): readonly string[] {
  const required = component === 'guestos' ? [...REQUIRED, 'measurements-match'] : REQUIRED;
  return required.filter((id) => {
    const [result] = results.filter(({ check, component: of }) => check === id && (of === null || of === component));
    const comparisons = result && 'comparisons' in result ? result.comparisons : [];
    return result?.outcome !== 'verified' || comparisons.length === 0 || !comparisons.some(({ equal }) => equal);
  });
}

/** Before voting closes there is a verdict, or it was said that there will be none in time. */
function checkDeadlines({ elections, chats }: Aftermath): void {
  for (const { id, deadlineAt, moved } of elections) {
    const end = (moved?.deadlineAt ?? deadlineAt) * 1000;
    for (const { shown, id: chat } of chats) {
      const intime = shown.filter(({ proposal, at }) => proposal === id && at <= end);
      const types = intime.map(({ type }) => type);
      expect(types.includes('verdict') || types.includes('cannot-finish'), `${id} on ${chat}`).toBe(true);
    }
  }
}

/** Whether both are verdicts of one proposal, and the first is the later revision: a channel that was down hears that one. */
function isNewer(one: string, other: string): boolean {
  const [a, b] = [one, other].map((key) => /^(proposal \d+ verdict) (\d+)$/.exec(key));
  return a?.[1] !== undefined && a[1] === b?.[1] && Number(a[2]) > Number(b[2]);
}

/** Each notice reached each channel, where it was not overtaken by time or by a newer verdict that did. */
async function checkTellings({ database, chats, elections, kills }: Aftermath): Promise<void> {
  const { db } = database;
  const deliveries = await db
    .selectFrom('deliveries')
    .innerJoin('notices', 'notices.key', 'deliveries.notice_key')
    .select(['notices.key', 'notices.type', 'deliveries.notifier', 'deliveries.state'])
    .execute();
  for (const { key, type, notifier, state } of deliveries) {
    const times = chats.find(({ id }) => id === notifier)!.shown.filter((each) => each.key === key).length;
    const newer = deliveries.some(
      (other) => other.notifier === notifier && other.state === 'sent' && isNewer(other.key, key),
    );
    const mayGo = type === 'progress' || type === 'reminder' || type === 'cannot-finish' || newer;
    const may = mayGo ? ['sent', 'skipped'] : ['sent'];
    expect(may, `${key} on ${notifier}`).toContain(state);
    if (state === 'sent') expect(times, `${key} on ${notifier}`).toBeGreaterThanOrEqual(1);
    expect(times, `${key} on ${notifier}`).toBeLessThanOrEqual(1 + kills);
  }
  const bot = chats.find(({ kind }) => kind === 'bot')!;
  for (const { id } of elections) expect(bot.messagesOf(id), `messages about ${id}`).toHaveLength(1);
  const again = chats.find(({ kind }) => kind === 'webhook')!.shown.map(({ key }) => key);
  expect(again.length - new Set(again).size, 'messages that came twice').toBeLessThanOrEqual(kills);
}

interface BuildNote {
  readonly what: 'begins' | 'ends';
  readonly commit: string;
  readonly life: number;
}

function buildNotes(directory: string): readonly BuildNote[] {
  if (!existsSync(buildsFile(directory))) return [];
  const lines = readFileSync(buildsFile(directory), 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as BuildNote);
}

/** Builds that never ended, by commit. Checks that no commit was built twice at a time within one life. */
function buildDeaths(directory: string): ReadonlyMap<string, number> {
  const deaths = new Map<string, number>();
  const open = new Map<string, number>();
  for (const { what, commit, life } of buildNotes(directory)) {
    const before = open.get(commit);
    if (what === 'ends') {
      open.delete(commit);
      continue;
    }
    if (before !== undefined) {
      expect(before, `two builds of ${commit} at a time`).not.toBe(life);
      deaths.set(commit, (deaths.get(commit) ?? 0) + 1);
    }
    open.set(commit, life);
  }
  for (const commit of open.keys()) deaths.set(commit, (deaths.get(commit) ?? 0) + 1);
  return deaths;
}
