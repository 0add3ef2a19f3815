import { WatchError } from '../domain/errors.ts';
import type { Session } from './boundary.ts';

/** Asks one node, whose signature the agent verifies: quick, and as honest as that node. Gives the reply. */
export async function query(
  { agent }: Session,
  canisterId: string,
  methodName: string,
  arg: Uint8Array,
): Promise<Uint8Array> {
  const answer = await agent.query(canisterId, { methodName, arg });
  if ('reply' in answer) return Uint8Array.from(answer.reply.arg);
  throw new WatchError('rejected', 'query-rejected', `${methodName}: ${answer.reject_message.slice(0, 200)}`);
}

/** So many requests may be under way at once: the nodes limit how many they take. */
export const AT_ONCE = 8;

/** The results in the order of the items, with a bounded number under way. */
export async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

// Numbers of the governance canister. They are written out because `@icp-sdk/canisters/nns`, against which a test holds
// them, costs 33 MB to load.
// @see https://github.com/dfinity/ic/blob/master/rs/nns/governance/proto/ic_nns_governance/pb/v1/governance.proto

/** TOPIC_IC_OS_VERSION_ELECTION. */
export const ELECTION_TOPIC = 13;

/** TOPIC_IC_OS_VERSION_DEPLOYMENT. */
export const DEPLOYMENT_TOPIC = 12;

/** TOPIC_API_BOUNDARY_NODE_MANAGEMENT. */
export const API_BOUNDARY_NODE_TOPIC = 15;

/**
 * DeployGuestosToAllSubnetNodes, …SomeApiBoundaryNodes, …AllUnassignedNodes and DeployHostosToSomeNodes. Newer ones, such
 * as UpdateStandardEngineReplicaVersion, are known by their topic.
 */
export const DEPLOYMENTS: readonly number[] = [11, 47, 48, 51];
export const HOSTOS_DEPLOYMENT = 51;

/** ReviseElectedGuestosVersions. */
export const GUESTOS_ELECTION = 38;
/** ReviseElectedHostosVersions. */
export const HOSTOS_ELECTION = 50;

/** BlessReplicaVersion and RetireReplicaVersion: once of the election topic; the canister no longer executes them. */
export const OBSOLETE_ELECTIONS: readonly number[] = [5, 36];
