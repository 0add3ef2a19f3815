import type { Planned } from '../app/verifier.ts';
import { componentFacts } from '../domain/component.ts';
import type { HostFacts } from '../domain/evidence.ts';
import { MARKS } from '../domain/marks.ts';
import { plainText } from '../domain/text.ts';

/** `verify --plan` for people: what a run would fetch, look at, compare and build. */
export function planText({ plan, network, blocker, proposal, host }: Planned): string {
  const where = (component: string | null): string =>
    component === null ? '' : ` · ${componentFacts(component as Parameters<typeof componentFacts>[0]).label}`;
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${plainText(line, 500)}`), ''];
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
    ...hostLines(host),
    '',
    'Nothing was fetched, built or verified.',
    '',
  ].join('\n');
}

/** Why a build here would not begin, and what would make it slow. */
function hostLines(host: Pick<HostFacts, 'problems' | 'warnings'> | null): readonly string[] {
  if (host === null) return [];
  return [
    ...host.problems.map(({ sentence }) => `${MARKS.mismatch} ${plainText(sentence, 500)}`),
    ...host.warnings.map(({ sentence }) => `${MARKS.warning} ${plainText(sentence, 500)}`),
  ];
}
