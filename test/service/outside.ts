import { mirrorUrl } from '../../src/domain/artifact.ts';
import { COMPONENTS, type Component } from '../../src/domain/component.ts';
import { unavailable, type EvidenceKey, type Observation } from '../../src/domain/evidence.ts';
import type { CommitId, ProposalId, Sha256 } from '../../src/domain/ids.ts';
import type { CollectedKind, Collector, Collectors, ProposalReader } from '../../src/domain/ports.ts';
import type { Action, Proposal } from '../../src/domain/proposal.ts';
import { WatchError } from '../../src/domain/errors.ts';
import type { ElectionList } from '../../src/watcher/list.ts';
import type { ListedProposal } from '../../src/watcher/list-candid.ts';
import { AfterVoteWorld } from './after-vote-world.ts';
import { claims, flipped, good, imageHash, MEASUREMENTS, proposal, version } from '../support/evidence.ts';

export type Behaviour =
  'verified' | 'mismatch' | 'build-fails' | 'leaves-out' | 'withheld' | 'differs' | 'differs-once';

/** One election and what becomes of it. Times are UTC seconds. */
export interface SimElection {
  readonly id: ProposalId;
  readonly commit: CommitId;
  readonly component: 'guestos' | 'hostos';
  readonly behaviour: Behaviour;
  readonly submittedAt: number;
  readonly deadlineAt: number;
  /** Wait-for-quiet: from then on the deadline is a later one. */
  readonly moved?: { readonly at: number; readonly deadlineAt: number };
  /** Before it, the vote is open. */
  readonly decidedAt: number;
  readonly ends: 'executed' | 'failed' | 'rejected';
  /** Default: that of elections. */
  readonly topic?: number;
  /** In the place of the elected version. */
  readonly action?: Action;
  /** What is withheld, served wrongly or built differently is right from then on; where builds fail, it is withheld before. */
  readonly appearsAt?: number;
}

export type Host = 'governance' | 'cdn' | 'github';

/** Everything outside of the program, as a function of the time: the same before and after a crash. */
export class Outside {
  readonly elections: readonly SimElection[];
  readonly #now: () => number;
  readonly afterVote: AfterVoteWorld;
  /** Whether a host is out of reach at a moment, in UTC milliseconds. */
  isDown: (host: Host, nowMs: number) => boolean = () => false;
  /** Called before each request, with what is asked; may throw. */
  onRequest: (what: string) => void = () => undefined;
  /** Where the certificates of what was read are kept. */
  keep: ((bytes: Uint8Array) => Promise<Sha256>) | null = null;

  constructor(elections: readonly SimElection[], now: () => number) {
    this.elections = elections;
    this.#now = now;
    this.afterVote = new AfterVoteWorld(this, now, {
      asked: (what) => this.#ask('governance', what),
      listed: () => this.#submitted(),
    });
  }

  proposalOf(election: SimElection): Proposal {
    const now = this.#now() / 1000;
    const { id, component, commit, submittedAt, moved, decidedAt, ends } = election;
    const deadlineAt = moved && now >= moved.at ? moved.deadlineAt : election.deadlineAt;
    const decided = now >= decidedAt;
    const ended = now >= decidedAt + 600;
    const status = !decided ? 'open' : ends === 'rejected' ? 'rejected' : ended ? ends : 'adopted';
    return proposal({
      id,
      topic: election.topic ?? 13,
      status,
      submittedAt,
      deadlineAt,
      rewardStatus: now < deadlineAt ? 'accept-votes' : 'settled',
      decidedAt: decided ? decidedAt : null,
      executedAt: status === 'executed' ? decidedAt + 600 : null,
      failedAt: status === 'failed' ? decidedAt + 600 : null,
      title: `Elect new IC/${component} revision (commit ${commit.slice(0, 7)})`,
      action: election.action ?? {
        kind: component === 'hostos' ? 'elect-hostos' : 'elect-guestos',
        version: version({
          component,
          commit,
          packageUrls: [
            mirrorUrl('systems', commit, component, 'image'),
            mirrorUrl('network', commit, component, 'image'),
          ],
        }),
      },
    });
  }

  readonly list: ElectionList = {
    read: async ({ votingOnly = false }) => {
      this.#ask('governance', 'list');
      const listed = this.#submitted()
        .filter(({ topic }) => topic !== 12)
        .filter(({ status, rewardStatus }) => !votingOnly || status === 'open' || rewardStatus === 'accept-votes');
      return { elections: listed, unreadable: 0, unread: [] };
    },
  };

  /** Newest first. */
  #submitted(): readonly ListedProposal[] {
    return this.elections
      .filter(({ submittedAt }) => submittedAt <= this.#now() / 1000)
      .map((election) => ({ ...this.proposalOf(election), nnsFunction: election.topic === 12 ? 11 : 38 }))
      .sort((a, b) => Number(b.id) - Number(a.id));
  }

  readonly reader: ProposalReader = {
    read: async (id) => {
      const [now, source] = [this.#now(), 'canister governance'];
      try {
        this.#ask('governance', `proposal ${id}`);
      } catch (thrown) {
        if (!(thrown instanceof WatchError)) throw thrown;
        return unavailable(thrown.kind, thrown.code, thrown.message, source, now);
      }
      const election = this.elections.find((each) => each.id === id);
      if (!election) return unavailable('absent', 'no-such-proposal', 'There is none.', source, now);
      const value = this.proposalOf(election);
      const file = await this.keep?.(new TextEncoder().encode(JSON.stringify([now, value])));
      return { status: 'observed', value, source, observedAt: now, ...(file ? { file } : {}) };
    },
  };

  readonly collectors: Collectors = Object.fromEntries(
    KINDS().map((kind): [CollectedKind, Collector<CollectedKind>] => [
      kind,
      { kind, collect: async (key) => this.#look(key) as Observation<never> },
    ]),
  ) as unknown as Collectors;

  electionOf(subject: string): SimElection | undefined {
    return this.elections.find(({ commit, id }) => subject.includes(commit) || subject === id);
  }

  #ask(host: Host, what: string): void {
    this.onRequest(`${host} ${what}`);
    if (this.isDown(host, this.#now())) throw new WatchError('transport', 'host-down', `${host} does not answer.`);
  }

  #look(key: EvidenceKey): Observation<unknown> {
    const { kind, subject } = key;
    const observedAt = this.#now();
    try {
      if (kind !== 'host') this.#ask(HOST_OF[kind] ?? 'cdn', `${kind} ${subject}`);
    } catch (thrown) {
      if (!(thrown instanceof WatchError)) throw thrown;
      return unavailable(thrown.kind, thrown.code, thrown.message, subject, observedAt);
    }
    if (kind === 'registry-version') return this.afterVote.look(subject);
    const look = { ...good(key), observedAt };
    const election = this.electionOf(subject);
    return election ? { ...altered(look, key, election, observedAt), observedAt } : look;
  }
}

const HOST_OF: Partial<Record<string, Host>> = {
  'commit-refs': 'github',
  tree: 'github',
  attestations: 'github',
  registry: 'governance',
  'registry-version': 'governance',
};

function KINDS(): CollectedKind[] {
  const published = ['commit-refs', 'tree', 'sums', 'image', 'measured', 'measurements', 'attestations'] as const;
  return [...published, 'host', 'registry', 'registry-version', 'dashboard'];
}

/** How this election's release differs from a good one. */
function altered(
  look: Observation<unknown>,
  { kind, subject }: EvidenceKey,
  election: SimElection,
  nowMs: number,
): Observation<unknown> {
  const { behaviour, commit, component, appearsAt = Infinity } = election;
  const value = (changed: unknown): Observation<unknown> => ({
    status: 'observed',
    value: changed,
    source: subject,
    observedAt: nowMs,
  });
  const isAway = behaviour === 'withheld' || (behaviour === 'build-fails' && appearsAt !== Infinity);
  const withheld = isAway && nowMs / 1000 < appearsAt;
  switch (kind) {
    case 'commit-refs':
      return withheld ? value({ presence: 'missing', refs: [] }) : look;
    case 'tree':
      return withheld ? unavailable('absent', 'commit-not-found', 'There is no such commit.', subject, nowMs) : look;
    case 'image': {
      const elected = subject === mirrorUrl('systems', commit, component, 'image');
      const served = elected || subject === mirrorUrl('network', commit, component, 'image');
      const wrong = behaviour === 'mismatch' && nowMs / 1000 < appearsAt;
      return wrong && served ? value({ sha256: flipped(imageHash(component)), bytes: 1000 }) : look;
    }
    case 'attestations':
      return value(attested(look, subject, commit));
    case 'dashboard': {
      const { packageSha256, packageUrls } = version({
        component,
        packageUrls: [
          mirrorUrl('systems', commit, component, 'image'),
          mirrorUrl('network', commit, component, 'image'),
        ],
      });
      const launchMeasurements = component === 'guestos' ? MEASUREMENTS : null;
      return value({ proposalId: subject, packageSha256, packageUrls, version: commit, launchMeasurements });
    }
    default:
      return look;
  }
}

function attested(look: Observation<unknown>, subject: string, commit: CommitId): unknown {
  const { digest } = (look as { value: { digest: string } }).value;
  const component: Component =
    COMPONENTS.find(({ cdnDirectory }) => subject.includes(`/${cdnDirectory}/`))?.component ?? 'guestos';
  const [named] = claims(component).subjects;
  const subjects = [{ name: named!.name.replace(/[0-9a-f]{40}/, commit), sha256: named!.sha256 }];
  return {
    digest,
    attestations: [{ status: 'signed', claims: claims(component, { sourceDigest: commit, subjects }) }],
  };
}
