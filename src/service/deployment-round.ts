import { deploymentNotice, type Deployment, type VersionVerdict } from '../domain/after-vote.ts';
import { WatchError } from '../domain/errors.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import type { ProposalReader } from '../domain/ports.ts';
import type { ServiceStore } from '../store/service-store.ts';
import type { ElectionList } from '../watcher/list.ts';
import type { ListedProposal } from '../watcher/list-candid.ts';

export interface DeploymentDeps {
  readonly store: Pick<ServiceStore, 'afterVote'>;
  readonly list: ElectionList;
  readonly reader: ProposalReader;
  readonly network: string;
  readonly notifiers: readonly string[];
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** One page of the certified list: at a first start nothing older is looked at. */
const FIRST = 25;
/** Where nothing was ever deployed. */
const NONE = '0' as ProposalId;
const CERTIFIED_EVERY_MS = 3_600_000;

/**
 * Finds proposals that deploy versions, and tells of those whose version has no verified verdict here. Lists are pointers:
 * each proposal is read certified. Throws a WatchError where one could not be read; the next round reads it again.
 */
export async function deploymentRound(
  deps: DeploymentDeps,
  memory: { certifiedAtMs: number },
  signal: AbortSignal,
): Promise<void> {
  const { store, list, now } = deps;
  const { newest, open } = await store.afterVote.deployments();
  const certified = newest === null || Math.abs(now() - memory.certifiedAtMs) >= CERTIFIED_EVERY_MS;
  const wanted = { certified, downTo: newest, deployments: true, ...(newest === null ? { most: FIRST } : {}) };
  const { elections: listed, unreadable } = await list.read(wanted, signal);
  const known = new Map(open.map((deployment) => [deployment.proposal.id, deployment]));
  const fresh = listed.filter(({ id, status }) =>
    newest === null ? status === 'open' : BigInt(id) > BigInt(newest) && !known.has(id),
  );
  const changed = open.filter(({ proposal }) => differs(proposal, listed));
  let unread: WatchError | null = null;
  for (const id of [...fresh.map((each) => each.id), ...changed.map(({ proposal }) => proposal.id)].reverse()) {
    if (signal.aborted) return;
    const read = await readDeployment(id, deps, signal);
    if (read instanceof WatchError) unread ??= read;
    else if (read) known.set(id, read);
  }
  for (const deployment of known.values()) await tell(deployment, deps);
  if (unread !== null) throw unread;
  if (!certified) return;
  if (unreadable === 0) await store.afterVote.deploymentsSeenTo(listed[0]?.id ?? NONE);
  memory.certifiedAtMs = now();
}

/** Only what the list shows; one that it no longer shows is read within the hour by the certified list. */
function differs({ id, status }: { id: ProposalId; status: string }, listed: readonly ListedProposal[]): boolean {
  const shown = listed.find((each) => each.id === id);
  return shown !== undefined && shown.status !== status;
}

/** null: it deploys nothing, whatever the list said, or nobody can ever read it. */
async function readDeployment(
  id: ProposalId,
  deps: DeploymentDeps,
  signal: AbortSignal,
): Promise<Deployment | WatchError | null> {
  const look = await deps.reader.read(id, signal);
  if (look.status === 'observed') {
    const { action } = look.value;
    return action.kind === 'other' && action.deploys ? { proposal: look.value, deployed: action.deploys } : null;
  }
  if (look.kind === 'absent' || look.kind === 'malformed' || look.kind === 'limit') return null;
  return new WatchError(look.kind, look.code, look.detail);
}

async function tell(deployment: Deployment, { store, network, notifiers, now }: DeploymentDeps): Promise<void> {
  const verdicts = new Map<CommitId, readonly VersionVerdict[]>();
  for (const version of deployment.deployed.versions) verdicts.set(version, await store.afterVote.verdictsOn(version));
  const notice = deploymentNotice({ network, at: Math.floor(now() / 1000) }, deployment, verdicts);
  await store.afterVote.deployed(deployment, now(), notice ? [notice] : [], notifiers);
}
