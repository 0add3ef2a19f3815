import { Principal } from '@icp-sdk/core/principal';
import { sha256, utf8 } from '../bytes.ts';
import { principalFromText } from '../principal.ts';
import { retireReplicaVersions, textPayload } from './payload.ts';
import { RESTED_VOTES, Status, Topic, TOTAL_VOTING_POWER, type Action, type StoredProposal } from './proposal.ts';

/** Enough that a list of all topics takes several pages. */
const COUNT = 180;
/** Newer than every real record and older than every proposal of a view. */
const NEWEST_ID = 199_900n;
const STEP = 37n;
const SIX_HOURS = 21_600n;
const VOTING_PERIOD = 4n * 86_400n;

interface Kind {
  topic: number;
  title: string;
  action: (index: number) => Action;
}

const canister = [Principal.fromUint8Array(principalFromText('qoctq-giaaa-aaaaa-aaaea-cai')!)];
const hash = (text: string): [Uint8Array] => [sha256(utf8(text))];
const other = (label: string, value: unknown): Action => ({ kind: 'other', label, value });
const version = (index: number): string =>
  Buffer.from(sha256(utf8(`filler ${index}`)))
    .toString('hex')
    .slice(0, 40);

/** Odd values among them: settings that are missing, hashes that are missing, an empty vector, logos of 100 KiB. */
const KINDS: Kind[] = [
  { topic: Topic.governance, title: 'Motion', action: (index) => other('Motion', { motion_text: `Motion ${index}` }) },
  {
    topic: Topic.applicationCanisterManagement,
    title: 'Upgrade a canister',
    action: (index) =>
      other('InstallCode', {
        canister_id: canister,
        install_mode: [3],
        skip_stopping_before_installing: [],
        wasm_module_hash: index % 2 === 0 ? [] : hash('wasm'),
        arg_hash: index % 2 === 0 ? [] : [new Uint8Array()],
      }),
  },
  {
    topic: Topic.icOsVersionDeployment,
    title: 'Deploy GuestOS to unassigned nodes',
    action: (index) => ({
      kind: 'nns',
      nns: textPayload(48, 'DeployGuestosToAllUnassignedNodes', { elected_replica_version: version(index) }),
    }),
  },
  {
    topic: Topic.protocolCanisterManagement,
    title: 'Update settings of a canister',
    action: () => other('UpdateCanisterSettings', { canister_id: canister, settings: [] }),
  },
  {
    topic: Topic.neuronManagement,
    title: 'Manage a neuron',
    action: () => other('ManageNeuron', { id: [{ id: 27n }], command: [], neuron_id_or_subaccount: [] }),
  },
  {
    topic: Topic.participantManagement,
    title: 'Add a node provider',
    action: () => other('AddOrRemoveNodeProvider', { change: [{ ToAdd: { id: canister, reward_account: [] } }] }),
  },
  {
    topic: Topic.snsAndCommunityFund,
    title: 'Create a service nervous system',
    action: (index) => other('CreateServiceNervousSystem', serviceNervousSystem(index)),
  },
  {
    topic: Topic.nodeProviderRewards,
    title: 'Reward node providers',
    action: () => other('RewardNodeProviders', { rewards: [], use_registry_derived_rewards: [true] }),
  },
  {
    topic: Topic.subnetManagement,
    title: 'Bless an alternative GuestOS version',
    action: (index) =>
      other('BlessAlternativeGuestOsVersion', {
        chip_ids: [[new Uint8Array(64).fill(index)]],
        rootfs_hash: ['ab'.repeat(32)],
        base_guest_launch_measurements: [{ guest_launch_measurements: [[{ measurement: [], metadata: [] }]] }],
      }),
  },
];

/** Proposals of other topics, six hours apart and decided; the newest two are still open. */
export function fillers(nowSeconds: bigint): StoredProposal[] {
  const list = Array.from({ length: COUNT }, (_, index) => filler(index, nowSeconds));
  return [...list, obsoleteRetirement(nowSeconds)];
}

function filler(index: number, nowSeconds: bigint): StoredProposal {
  const { topic, title, action } = KINDS[index % KINDS.length]!;
  const open = index < 2;
  const submitted = nowSeconds - 43_200n - BigInt(index) * SIX_HOURS - (open ? 0n : VOTING_PERIOD);
  return {
    id: NEWEST_ID - BigInt(index) * STEP,
    topic,
    status: open ? Status.open : index % 7 === 0 ? Status.rejected : Status.executed,
    proposer: 27n,
    title: `${title} (${index})`,
    summary: `Proposal ${index} of another topic.`,
    url: '',
    submitted,
    deadline: submitted + VOTING_PERIOD,
    decided: open ? 0n : submitted + 7_200n,
    failureReason: null,
    tally: { yes: 30_000_000_000_000_001n, no: 12_345n, total: TOTAL_VOTING_POWER },
    action: action(index),
    votes: open ? new Map<bigint, number>() : RESTED_VOTES,
  };
}

/** Function 36 belongs to the topic of elections too, and elects nothing. */
function obsoleteRetirement(nowSeconds: bigint): StoredProposal {
  const like = filler(COUNT, nowSeconds);
  const action: Action = { kind: 'nns', nns: retireReplicaVersions([version(1), version(2)]) };
  const submitted = 1_665_000_000n;
  return {
    ...like,
    id: 90_001n,
    topic: Topic.icOsVersionElection,
    title: 'Retire IC/Replica versions',
    submitted,
    deadline: submitted + VOTING_PERIOD,
    decided: submitted + 7_200n,
    action,
  };
}

function serviceNervousSystem(index: number): unknown {
  return {
    url: ['https://example.org'],
    governance_parameters: [],
    fallback_controller_principal_ids: [],
    logo: index > 20 ? [] : [{ base64_encoding: [`data:image/png;base64,${'A'.repeat(100 * 1024)}`] }],
    name: ['Example'],
    ledger_parameters: [],
    description: [],
    dapp_canisters: [],
    swap_parameters: [],
    initial_token_distribution: [],
  };
}
