import {
  ABSENT_MS,
  isAbsent,
  isReadingDue,
  registryNotice,
  type RegistryReading,
  type RunningVersions,
} from '../domain/after-vote.ts';
import { asWatchError, WatchError } from '../domain/errors.ts';
import { Evidence, evidenceKey, type Observation, type RegistryVersion } from '../domain/evidence.ts';
import type { ElectedVersion, Proposal } from '../domain/proposal.ts';
import type { Log } from '../platform/log.ts';
import type { ServiceStore } from '../store/service-store.ts';
import { judgeCells } from '../verify/judge.ts';
import { planChecks, scopeOf } from '../verify/plan.ts';
import { proposalSubject } from '../verify/subject.ts';
import type { RegistryReader } from '../watcher/registry.ts';
import { deploymentRound, type DeploymentDeps } from './deployment-round.ts';

export interface AfterVoteDeps extends DeploymentDeps {
  readonly store: Pick<ServiceStore, 'afterVote' | 'states'>;
  readonly registry: RegistryReader;
  readonly log: Log;
}

/** The loop's name. */
export const AFTER_VOTE = 'after-vote';
/** Certified calls of one round: what is fresh comes first, and a registry that changes often is not asked for all. */
const MOST_READINGS = 8;
/** Hundreds of requests. */
const RUNNING_EVERY_MS = 3 * 3_600_000;

/** What a process remembers between rounds: losing it means one reading more of each. */
export interface AfterVoteMemory {
  /** The registry's version when the record of a proposal was read, by proposal. */
  readonly readAt: Map<string, string>;
  /** When the list of deployments was last read through consensus, UTC milliseconds. */
  certifiedAtMs: number;
}

export const createAfterVoteMemory = (): AfterVoteMemory => ({ readAt: new Map(), certifiedAtMs: -Infinity });

/**
 * One round over everything that follows elections. Each part is tried whatever becomes of the others; throws a
 * WatchError where something could not be read. No verdict waits for any of it.
 */
export async function afterVoteRound(deps: AfterVoteDeps, memory: AfterVoteMemory, signal: AbortSignal): Promise<void> {
  const parts = [
    () => registryRound(deps, memory, signal),
    () => deploymentRound(deps, memory, signal),
    () => runningRound(deps, signal),
  ];
  let failure: unknown = null;
  for (const part of parts) {
    if (signal.aborted) return;
    await part().catch((thrown: unknown) => (failure ??= thrown));
  }
  if (failure !== null) throw asWatchError(failure);
}

/** Reads what the registry holds of executed elections, and tells what is not as it was elected. */
async function registryRound(deps: AfterVoteDeps, memory: AfterVoteMemory, signal: AbortSignal): Promise<void> {
  const { store, registry, now } = deps;
  const executed = await store.afterVote.executed();
  if (executed.length === 0) return;
  const latest = await registry.latest(signal);
  const due = executed
    .filter(({ proposal, reading }) => {
      const changed = latest !== null && memory.readAt.get(proposal.id) !== latest && memory.readAt.has(proposal.id);
      return isReadingDue(proposal, reading, changed, now());
    })
    .sort((a, b) => freshness(b.proposal, now()) - freshness(a.proposal, now()) || ageOf(a.reading) - ageOf(b.reading));
  let unread: WatchError | null = null;
  for (const { proposal, reading } of due.slice(0, MOST_READINGS)) {
    if (signal.aborted || !('version' in proposal.action)) continue;
    const key = keyOf(proposal.action.version);
    const look = await registry.version(key.subject, signal);
    if (look.status === 'unavailable' && look.kind !== 'absent' && look.kind !== 'malformed') {
      unread ??= new WatchError(look.kind, look.code, look.detail);
      continue;
    }
    await keep({ proposal, version: proposal.action.version, look, before: reading }, deps);
    if (latest !== null) memory.readAt.set(proposal.id, latest);
  }
  if (unread !== null) throw unread;
}

const keyOf = ({ component, commit }: ElectedVersion) =>
  evidenceKey.registryVersion(component === 'hostos' ? 'hostos' : 'guestos', commit);

const FRESH_SECONDS = 86_400;
const freshness = ({ executedAt }: Proposal, nowMs: number): number =>
  nowMs / 1000 - (executedAt ?? 0) < FRESH_SECONDS ? 1 : 0;
const ageOf = (reading: RegistryReading | null): number => reading?.readAtMs ?? -Infinity;

interface Look {
  readonly proposal: Proposal;
  readonly version: ElectedVersion;
  readonly look: Observation<RegistryVersion>;
  readonly before: RegistryReading | null;
}

/** Judges one reading by the same check that a run uses, and keeps it with what it tells. */
async function keep({ proposal, version, look, before }: Look, deps: AfterVoteDeps): Promise<void> {
  const { store, now, network, notifiers, log } = deps;
  const result = judged(proposal, version, look);
  if (!result) return;
  const since = isAbsent(look) ? (before?.absentSinceMs ?? now()) : null;
  const missing = since !== null && now() - since >= ABSENT_MS && !(await store.afterVote.isRetired(version.commit));
  const state = await store.states.one(proposal.id);
  const notice = registryNotice(
    { network, at: Math.floor(now() / 1000) },
    {
      proposal,
      result,
      before,
      observation: look,
      missing,
      document: state?.verdict?.notice?.verdict ?? null,
      mark: since === null ? String(now()) : `absent ${since}`,
    },
  );
  if (notice?.pings) log.warn('The registry is not as it was elected', { proposal: proposal.id, why: result.sentence });
  const reading = { result, observation: look, readAtMs: now(), absentSinceMs: since };
  await store.afterVote.read(proposal.id, reading, notice ? [notice] : [], notifiers);
}

function judged(proposal: Proposal, version: ElectedVersion, look: Observation<RegistryVersion>) {
  const facts = { tree: null, absentOnCdn: [] };
  const subject = proposalSubject(proposal);
  const scope = scopeOf({ subject, flags: [], mirrors: ['systems'], build: false, attestations: false, facts });
  const cells = planChecks(scope).cells.filter(({ check }) => check === 'registry-as-verified');
  const evidence = new Evidence();
  evidence.add(keyOf(version), look);
  return judgeCells(cells, scope, evidence)[0] ?? null;
}

/** Where versions run: now and then, and nothing hangs on it. */
async function runningRound({ store, registry, now }: AfterVoteDeps, signal: AbortSignal): Promise<void> {
  const before = await store.afterVote.running();
  const age = before === null ? Infinity : now() - before.readAtMs;
  if (age >= 0 && age < RUNNING_EVERY_MS) return;
  const look = await registry.inUse(signal, { nodes: true });
  if (look.status === 'unavailable') throw new WatchError(failureKind(look.kind), look.code, look.detail);
  const running: RunningVersions = { use: look.value, readAtMs: now() };
  await store.afterVote.runs(running);
}

const failureKind = (kind: 'absent' | WatchError['kind']): WatchError['kind'] =>
  kind === 'absent' ? 'malformed' : kind;
