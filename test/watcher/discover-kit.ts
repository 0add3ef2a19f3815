import { unavailable, type Observation } from '../../src/domain/evidence.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { ProposalReader } from '../../src/domain/ports.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Elections } from '../../src/domain/service-ports.ts';
import { createElections } from '../../src/store/elections.ts';
import { proposalById } from '../../src/store/proposals.ts';
import type { PayloadDecoder } from '../../src/watcher/decode.ts';
import { discover, type DiscoverDeps, type DiscoverInput } from '../../src/watcher/discover.ts';
import { createDiscoverMemory } from '../../src/watcher/discover-due.ts';
import { classify } from '../../src/watcher/action.ts';
import { createGovernanceReader } from '../../src/watcher/governance.ts';
import { createElectionList, type ElectionList } from '../../src/watcher/list.ts';
import type { Simnet, SimnetView } from '../../simnet/simnet.ts';
import type { Scenario } from '../../simnet/types.ts';
import { encodeProposalId } from '../../src/watcher/raw.ts';
import { clientOf, type Client } from '../simnet/ic-kit.ts';
import { emptySqlite, migrated } from '../support/databases.ts';
import { GOVERNANCE, IcRig } from './ic-rig.ts';
import { memoryBlobs } from './kit.ts';

export const HOUR = 3_600_000;
export const text = (id: bigint): ProposalId => String(id) as ProposalId;
export const seconds = (): bigint => BigInt(Math.trunc(Date.now() / 1000));

/** A service that discovers, against a view of the loopback Internet and a database of its own. */
export interface Watch {
  view: SimnetView;
  deps: DiscoverDeps;
  elections: Elections;
  poll: (input?: Partial<DiscoverInput>) => ReturnType<typeof discover>;
  /** As if the service had run before: it knows the view's proposal, and everything below. */
  settle: () => Promise<void>;
  /** From here on proposals are read by queries: a hundred certificates take longer to check than a test may. */
  readQuickly: () => Promise<void>;
  /** Moves the clock by which the service decides what is due. */
  advance: (ms: number) => void;
  /** As if the process had been killed and started again. */
  restart: () => void;
  stored: (id: ProposalId | bigint) => Promise<Proposal | null>;
  /** Jobs to verify, by proposal. */
  jobs: () => Promise<string[]>;
  /** Notices that wait to be sent. */
  told: () => Promise<number>;
  /** Certified reads of proposals since the last time that this was asked. */
  reads: () => number;
}

/** The loopback Internet for the tests of one file, and in each of them services that end with it. */
export function watchRig() {
  const rig = new IcRig();
  const start = (scenario?: Partial<Scenario>): Promise<Watch> => startWatch(rig, scenario);
  return {
    start,
    /** A service that has seen everything that there is. */
    started: async (scenario?: Partial<Scenario>): Promise<Watch> => {
      const watch = await start(scenario);
      await watch.settle();
      return watch;
    },
    change: ({ view }: Watch, id: bigint, changes: Parameters<Simnet['ic']['book']['change']>[2]): void =>
      rig.simnet.ic.book.change(view, id, changes),
  };
}

async function startWatch(rig: IcRig, scenario: Partial<Scenario> = {}): Promise<Watch> {
  const { closing, decode } = rig;
  const view = await rig.open(scenario);
  const database = await migrated(emptySqlite);
  const boundary = rig.reach(view);
  closing.push(() => database.close());
  const elections = createElections(database, { network: 'NOT MAINNET: loopback', notifiers: ['console'] });
  let [offset, read] = [0, 0];
  const governance = createGovernanceReader({ ...boundary, canisterId: GOVERNANCE, blobs: memoryBlobs(), decode });
  const reader: ProposalReader = {
    read: (id, signal) => {
      read += 1;
      return governance.read(id, signal);
    },
  };
  const list = createElectionList({ ...boundary, canisterId: GOVERNANCE, decode });
  const deps: DiscoverDeps = {
    list,
    reader,
    elections,
    memory: createDiscoverMemory(),
    now: () => Date.now() + offset,
    signal: new AbortController().signal,
  };
  const watch: Watch = {
    view,
    deps,
    elections,
    poll: (input = {}) => discover({ firstStart: false, certifiedList: false, ...input }, watch.deps),
    settle: async () => {
      const id = String(view.proposalId) as ProposalId;
      const observed = await governance.read(id, watch.deps.signal);
      if (observed.status !== 'observed') throw new Error(observed.detail);
      const proposal = observed.value;
      await elections.record([{ proposal, history: false }], Date.now(), id);
      watch.deps.memory.elections.set(id, { snapshot: proposal, readAtMs: watch.deps.now() });
    },
    readQuickly: async () => {
      const client = await clientOf(view);
      closing.push(client.close);
      watch.deps = { ...watch.deps, reader: { read: (id) => readByQuery(client, id, decode) } };
    },
    advance: (ms) => {
      offset += ms;
    },
    restart: () => {
      watch.deps = { ...watch.deps, memory: createDiscoverMemory() };
    },
    stored: (id) => proposalById(database.db, String(id) as ProposalId),
    jobs: async () => {
      const rows = await database.db.selectFrom('jobs').select('key').where('kind', '=', 'verify').execute();
      return rows.map(({ key }) => key).sort();
    },
    told: async () => (await database.db.selectFrom('deliveries').select('notifier').execute()).length,
    reads: () => {
      const count = read;
      read = 0;
      return count;
    },
  };
  return watch;
}

/** A list of which single nodes hide some proposals, or to which they add some. */
export function lyingList(list: ElectionList, lie: (ids: ProposalId[]) => ProposalId[]): ElectionList {
  return {
    read: async (wanted, signal) => {
      const listing = await list.read(wanted, signal);
      if (wanted.certified) return listing;
      const [like] = listing.elections;
      const byId = new Map(listing.elections.map((each) => [each.id, each]));
      const shown = lie([...byId.keys()]);
      return { ...listing, elections: shown.map((id) => byId.get(id) ?? { ...like!, id }) };
    },
  };
}

/** A reader that answers for one proposal as it is told. */
export function readerExcept(
  reader: ProposalReader,
  id: bigint,
  answer: (honest: () => ReturnType<ProposalReader['read']>) => ReturnType<ProposalReader['read']>,
): ProposalReader {
  return {
    read: (wanted, signal) => {
      const honest = () => reader.read(wanted, signal);
      return wanted === String(id) ? answer(honest) : honest();
    },
  };
}

async function readByQuery({ agent }: Client, id: ProposalId, decode: PayloadDecoder): Promise<Observation<Proposal>> {
  const answer = await agent.query(GOVERNANCE, { methodName: 'get_proposal_info', arg: encodeProposalId(id) });
  if (!('reply' in answer)) throw new Error(answer.reject_message);
  const read = await decode.reply('proposal', Uint8Array.from(answer.reply.arg));
  if (!read) return unavailable('absent', 'no-such-proposal', 'none', 'query', Date.now());
  const classified = classify(read.proposal.topic, read.call);
  const action = 'action' in classified ? classified.action : await decode.payload(classified.election);
  return { status: 'observed', value: { ...read.proposal, action }, source: 'query', observedAt: Date.now() };
}
