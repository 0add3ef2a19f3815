import type { Planned } from '../app/verifier.ts';
import { componentFacts, type Component } from '../domain/component.ts';
import type { HostFacts } from '../domain/evidence.ts';
import { MARKS } from '../domain/marks.ts';
import type { PlanEstimate } from '../domain/plan-estimate.ts';
import { leftText } from '../domain/reminders.ts';
import { plainText } from '../domain/text.ts';
import { sizeText } from './duration.ts';

/** `verify --plan` for people: what a run would fetch, look at, compare and build, what it costs and what is missing. */
export function planText({ plan, network, blocker, proposal, host, estimate }: Planned): string {
  const where = (component: Component | null): string =>
    component === null ? '' : ` · ${componentFacts(component).label}`;
  return [
    ...(network === 'mainnet' ? [] : [network]),
    ...(proposal ? [`Proposal ${proposal.id} · ${plainText(proposal.title, 200)}`] : []),
    ...(blocker ? [`Nothing to verify (${blocker.reason}): ${plainText(blocker.sentence, 500)}`, ''] : []),
    ...list('Files to fetch', plan.urls),
    ...list('To look at', plan.looks),
    ...list(
      'Checks',
      plan.checks.map(({ id, component, tier, title }) => `${id}${where(component)} (${tier}): ${title}`),
    ),
    ...list(
      'Left out',
      plan.skipped.map(({ id, component, reason }) => `${id}${where(component)}: ${reason}`),
    ),
    `Build: ${plan.build ?? 'nothing'}`,
    ...downloadLines(estimate),
    ...timeLines(estimate),
    ...hostLines(host),
    '',
    'Nothing was fetched, built or verified.',
    '',
  ].join('\n');
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${plainText(line, 500)}`), ''];
}

/** Sizes come from what was seen here before, or are typical ones: no server is asked. */
function downloadLines({ downloads, bytes }: PlanEstimate): string[] {
  if (downloads.length === 0) return [];
  const count = downloads.reduce((sum, { images }) => sum + images, 0);
  return [
    `Downloads: about ${sizeText(bytes)} in ${count} ${count === 1 ? 'image' : 'images'}`,
    ...downloads.map(({ component, images, bytes: each, basis }) => {
      const from = basis === 'recorded' ? 'as the last one here' : 'typical size: none was seen here yet';
      return `  ${componentFacts(component).label}: ${images} × ${sizeText(each)} (${from})`;
    }),
  ];
}

function timeLines({ time, downloads }: PlanEstimate): string[] {
  if (time === null) return downloads.length === 0 ? [] : ['Time: that of the downloads'];
  const from = time.basis === 'recorded' ? 'as the latest runs took here' : 'a guess: no run has been timed here';
  const long = time.seconds < 60 ? 'less than a minute' : `about ${leftText(time.seconds)}`;
  return [`Time: ${long}, the downloads beside the build (${from})`];
}

/** Why a build here would not begin, and what would make it slow: what a run and `doctor` say. */
function hostLines(host: HostFacts | null): readonly string[] {
  if (host === null) return [];
  const lines = [
    ...host.problems.map(({ sentence }) => `${MARKS.mismatch} ${plainText(sentence, 500)}`),
    ...host.warnings.map(({ sentence }) => `${MARKS.warning} ${plainText(sentence, 500)}`),
  ];
  const lacks = host.problems.length > 0 ? 'This machine cannot build it:' : 'This machine can build it:';
  return [
    '',
    lines.length === 0 ? `${MARKS.verified} This machine lacks nothing that the build needs.` : lacks,
    ...lines,
  ];
}
