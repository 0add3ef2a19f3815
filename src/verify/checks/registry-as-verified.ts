import type { Cell, Check, Comparison, Judgement, Scope } from '../../domain/check.ts';
import { componentFacts } from '../../domain/component.ts';
import { evidenceKey, type Evidence, type RegistryVersion } from '../../domain/evidence.ts';
import { ELECTS_NOTHING, electionOf, noElection, whole, type Election } from '../rules/cells.ts';
import { listing } from '../rules/compare.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { agreement, compareSets } from '../rules/measurement-sets.ts';

const IDENTITY = { id: 'registry-as-verified', tier: 'advisory', phase: 'before-build' } as const;

/**
 * Nodes install what the registry says, not what the proposal said: once a proposal is executed, both must be the same.
 * Advisory: it speaks of the registry, so that its mismatch is told by itself and changes no verdict on the release.
 */
export const registryAsVerified: Check = {
  ...IDENTITY,
  title: 'The registry holds what was elected',
  see: 'https://github.com/dfinity/ic/blob/master/rs/protobuf/def/registry/replica_version/v1/replica_version.proto',
  plan: (scope) => {
    const election = electionOf(scope);
    const component = election && electable(election);
    if (!election || !component) return whole(IDENTITY, noElection(scope));
    if (election.proposal.status !== 'executed') return whole(IDENTITY, { skip: 'The proposal is not executed.' });
    return whole(IDENTITY, { needs: [evidenceKey.registryVersion(component, election.version.commit)] });
  },
  judge,
};

/** Proposals elect no other component. */
function electable({ version: { component } }: Election): 'guestos' | 'hostos' | null {
  return component === 'guestos' || component === 'hostos' ? component : null;
}

function judge(_cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const election = electionOf(scope);
  const component = election && electable(election);
  if (!election || !component) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const { commit } = election.version;
  const look = evidence.get(evidenceKey.registryVersion(component, commit));
  const { label } = componentFacts(component);
  if (look?.status === 'unavailable' && look.kind === 'absent') {
    const sentence = `The registry holds no record of ${label} ${commit.slice(0, 10)}: it was retired since, or never added.`;
    return inconclusive('not-published', sentence);
  }
  if (look?.status !== 'observed') {
    return inconclusive('unreachable', `The registry’s record of ${label} ${commit.slice(0, 10)} could not be read.`);
  }
  const comparisons = compare(election, look.value, look.source);
  const differing = comparisons.filter(({ what, equal }) => !equal && what !== null).map(({ what }) => what ?? '');
  const shown = comparisons.map(({ what: _what, ...comparison }) => comparison);
  if (differing.length === 0) {
    return verified(
      `The registry holds ${label} ${commit.slice(0, 10)} as proposal ${election.proposal.id} has it.`,
      shown,
    );
  }
  const sentence = `The registry holds another ${listing([...new Set(differing)])} of ${label} ${commit.slice(0, 10)} than proposal ${election.proposal.id} elected.`;
  const finding = { id: 'registry-as-verified/differs', severity: 'serious', sentence } as const;
  return mismatch(sentence, shown, { findings: [finding] });
}

/** `what`: what differs in words; null where a difference is only that one side does not say. */
type Compared = Comparison & { readonly what: string | null };

function compare({ proposal, version }: Election, held: RegistryVersion, registry: string): readonly Compared[] {
  const source = `proposal ${proposal.id}`;
  const row = (what: string, left: string, right: string): Compared => ({
    what,
    label: what,
    expected: { value: left, source },
    actual: { value: right, source: registry },
    equal: left === right,
  });
  const urls = (list: readonly string[]): string => [...list].sort().join(' ');
  return [
    row('package hash', version.packageSha256.toLowerCase(), held.sha256.toLowerCase()),
    row('list of URLs', urls(version.packageUrls), urls(held.urls)),
    ...measurements(version.launchMeasurements, held.launchMeasurements, source, registry),
  ];
}

type Measurements = RegistryVersion['launchMeasurements'];

function measurements(elected: Measurements, held: Measurements, source: string, registry: string): Compared[] {
  const [left, right] = [elected ?? [], held ?? []];
  const differs = agreement(left, right) === 'differs';
  const rows = compareSets({ source, entries: left }, { source: registry, entries: right });
  return rows.map((comparison) => ({ ...comparison, what: differs ? 'list of launch measurements' : null }));
}
