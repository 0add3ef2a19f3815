import type { Check, Finding, Scope } from '../../domain/check.ts';
import { electionOf, noElection, whole } from '../rules/cells.ts';
import { quote } from '../rules/compare.ts';
import { advice } from '../rules/judgement.ts';
import { summaryMentions, titleMentions } from '../rules/text-mentions.ts';

const IDENTITY = { id: 'text-matches-payload', tier: 'advisory', phase: 'before-build' } as const;

/** Title and summary speak of what the payload does. Only the payload is executed; the text is what voters read. */
export const textMatchesPayload: Check = {
  ...IDENTITY,
  title: 'Title and summary agree with the payload',
  see: 'https://forum.dfinity.org/t/voting-for-a-new-ic-release-2024-02-21-23-01/27834/5',
  plan: (scope) => whole(IDENTITY, electionOf(scope) ? { needs: [] } : noElection(scope)),
  judge: (_cell, scope) => advice('Title and summary name no commit other than the payload’s.', contradictions(scope)),
};

function contradictions(scope: Scope): readonly Finding[] {
  const election = electionOf(scope);
  if (!election) return [];
  const { proposal, version } = election;
  const title = titleMentions(proposal.title);
  const summary = summaryMentions(proposal.summary);
  const isOurs = (hex: string): boolean => version.commit.startsWith(hex);
  const wrongTitle = title.elects.find((hex) => !isOurs(hex));
  const wrongRetire = title.retires.find((hex) => !version.retires.some((version) => version.startsWith(hex)));
  const onlyOthers = summary.any.some(isOurs) ? undefined : summary.any[0];
  const wrongSummary = summary.elects.find((hex) => !isOurs(hex)) ?? onlyOthers;
  const elects = `the payload elects ${version.commit}`;
  return [
    ...warn('title-names-another-commit', wrongTitle, (hex) => `The title names commit ${hex}, but ${elects}.`),
    ...warn('title-retires-another', wrongRetire, (hex) => `The title retires ${hex}, but the payload does not.`),
    ...warn('summary-names-another-commit', wrongSummary, (hex) => `The summary names commit ${hex}, but ${elects}.`),
  ];
}

function warn(slug: string, hex: string | undefined, sentence: (hex: string) => string): readonly Finding[] {
  if (hex === undefined) return [];
  return [{ id: `text-matches-payload/${slug}`, severity: 'warning', sentence: sentence(quote(hex)) }];
}
