import type { Component } from '../../src/domain/component.ts';
import { evidenceKey, type Evidence, type EvidenceKey } from '../../src/domain/evidence.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { ProposalHistory } from '../../src/domain/proposal-history.ts';
import type { Scope } from '../../src/domain/check.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { BUILD, COMMIT, proposal, seen } from './evidence.ts';
import { altered, FATES, meet, QUESTIONS } from './fates.ts';
import { World } from './world.ts';

/** A verdict of the real judge, with what it was judged from. */
export interface Judged {
  readonly name: string;
  readonly scope: Scope;
  readonly proposal: Proposal | null;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
}

let all: readonly Judged[] | null = null;

/** Every question with all facts good, with none, and with each one of them met by each fate. */
export function everyVerdict(): readonly Judged[] {
  return (all ??= QUESTIONS.flatMap(([name, overrides]) => {
    const whole = new World(overrides);
    const judged = (fate: string, world: World): Judged => ({
      name: `${name}, ${fate}`,
      scope: world.scope,
      proposal: world.scope.subject.mode === 'proposal' ? world.scope.subject.proposal : null,
      evidence: world.evidence(),
      verdict: world.verdict(),
    });
    const one = (key: EvidenceKey): Judged[] =>
      FATES.filter((fate) => fate !== 'good').map((fate) => {
        const world = new World(overrides);
        meet(world, key, fate);
        return judged(`${key.kind} ${fate}`, world);
      });
    return [
      judged('good', whole),
      judged('nothing', new World(overrides).clear()),
      ...whole.keys().flatMap(one),
      judged('differs twice', differsTwice(overrides)),
    ];
  }));
}

/** A local build that differs, and a second one that gives the same again. */
function differsTwice(overrides: (typeof QUESTIONS)[number][1]): World {
  const world = new World(overrides);
  for (const key of world.keys().filter(({ kind }) => kind === 'local-image')) {
    const component = key.subject.split('/').at(-1) as Component;
    meet(world, key, 'altered');
    world.set(evidenceKey.localImage(COMMIT, 2, component), altered(key) as never);
  }
  return world.set(evidenceKey.build(COMMIT, 2), seen(BUILD));
}

/** What is stored of it, as `show` and the page read it. */
export function proposalHistoryOf(
  { proposal: about, evidence, verdict }: Judged,
  changes: Partial<Proposal> = {},
): ProposalHistory {
  const decidedAt = 1_789_900_000_000;
  const stored = {
    verdict,
    revision: 1,
    decidedAt,
    judgedFrom: [],
    final: true,
    noticeKey: null,
    toolVersion: '0.1.0',
  };
  const run = {
    id: 'run',
    commit: COMMIT,
    network: 'mainnet',
    stage: 'judged',
    startedAtMs: decidedAt - 3_700_000,
    stages: [{ stage: 'collecting', atMs: decidedAt - 3_700_000 }],
    verdicts: [stored],
  } as const;
  return {
    proposal: about && proposal({ ...about, ...changes }),
    firstSeenAtMs: about && decidedAt - 4_000_000,
    run,
    verdict: stored,
    evidence,
    runs: [run],
    notices: [],
    afterVote: null,
  };
}
