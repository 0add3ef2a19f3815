import type { Artifacts, BuiltRelease, Host, Scenario, View } from '../types.ts';
import { boundaryNodes } from './boundary.ts';
import { ProposalBook } from './governance/book.ts';
import { governanceCanister } from './governance/canister.ts';
import { dashboard } from './dashboard.ts';
import { history } from './governance/history.ts';
import { publishedUrls, scenarioProposal, type Published } from './governance/election.ts';
import { Status } from './governance/proposal.ts';
import { registryCanister } from './registry/canister.ts';
import { electedRecord, VERSIONS, type ElectedRecord } from './registry/records.ts';
import { RootSubnet, rootSubnetId } from './subnet.ts';

export interface IcOptions {
  clock: () => number;
  artifacts: Pick<Artifacts, 'publishedSha256' | 'measurements' | 'releases'>;
}

/** The Internet Computer's side of the loopback Internet. */
export interface Ic {
  hosts: Host[];
  rootKeyDer: Uint8Array;
  book: ProposalBook;
  /** Unique in this world. */
  nextProposalId: () => bigint;
  /** Submits what the scenario elects; only this view sees it. */
  submit: (view: View, submission: Submission) => void;
  /** Carries out an election of this view: decided, executed, and in the registry; `altered`: what is put there instead. */
  execute: (view: View, id: bigint, altered?: Partial<ElectedRecord>) => void;
  forget: (view: View) => void;
}

export interface Submission {
  id: bigint;
  scenario: Scenario;
  release: BuiltRelease;
}

export async function createIc({ clock, artifacts }: IcOptions): Promise<Ic> {
  const book = new ProposalBook(history(BigInt(Math.trunc(clock() / 1000))));
  const rootSubnet = rootSubnetId();
  const inUse = artifacts.releases.get('in-use')?.commit ?? VERSIONS.idle;
  const registry = registryCanister({ rootSubnet, inUse });
  const elected = new Map<bigint, ElectedRecord>();
  const subnet = new RootSubnet([registry, await governanceCanister(book)]);
  let nextId = 200_000n;
  return {
    hosts: [boundaryNodes(subnet, clock), dashboard(book, clock)],
    rootKeyDer: subnet.rootKeyDer,
    book,
    nextProposalId: () => nextId++,
    submit: (view, { id, scenario, release }) => {
      const published = {
        release,
        guestosSha256: artifacts.publishedSha256(release, 'guestos'),
        hostosSha256: artifacts.publishedSha256(release, 'hostos'),
        measurements: artifacts.measurements(release),
      };
      const nowSeconds = BigInt(Math.trunc(clock() / 1000));
      book.submit(view, scenarioProposal({ id, scenario, published, nowSeconds }));
      elected.set(id, recordOf(scenario, published));
    },
    execute: (view, id, altered = {}) => {
      const nowSeconds = BigInt(Math.trunc(clock() / 1000));
      if (book.get(view, id)?.status === Status.open)
        book.change(view, id, { status: Status.executed, decided: nowSeconds });
      registry.change(view, [electedRecord({ ...elected.get(id)!, ...altered })]);
    },
    forget: (view) => book.forget(view),
  };
}

function recordOf({ elects }: Scenario, published: Published): ElectedRecord {
  const { release, guestosSha256, hostosSha256, measurements } = published;
  const hostos = elects === 'hostos';
  return {
    hostos,
    version: release.commit,
    sha256: hostos ? hostosSha256 : guestosSha256,
    urls: publishedUrls(release.commit, hostos),
    measurements: hostos ? null : measurements,
  };
}
