import type { CommitId, ProposalId } from '../domain/ids.ts';
import { kindOf, type Proposal, type ProposalKind, type ProposalStatus } from '../domain/proposal.ts';
import { plainText } from '../domain/text.ts';
import type { Queries } from './database.ts';
import { isElection, itsVerdict } from './elections.ts';
import { verdictOf, type ElectionRow } from './overview.ts';

/** One election as the report of its month tells it. Times are UTC milliseconds. */
export interface ReportRow {
  readonly id: ProposalId;
  readonly kind: ProposalKind;
  /** Plain and bounded. */
  readonly title: string;
  readonly status: ProposalStatus;
  readonly commit: CommitId | null;
  readonly submittedAtMs: number;
  readonly foundAtMs: number;
  readonly deadlineAtMs: number | null;
  readonly decidedAtMs: number | null;
  /** Over when it was first seen: the service neither verified nor told it. */
  readonly history: boolean;
  readonly verdict: ElectionRow['verdict'];
}

/** The elections that were submitted from one time until before another (UTC milliseconds), the first one first. */
export async function electionsSubmitted(queries: Queries, from: number, until: number): Promise<readonly ReportRow[]> {
  const rows = await query(queries, from).execute();
  // When a proposal was submitted stands in its snapshot, whose strangers' text not every database can look into.
  return rows
    .map((row) => rowOf(row, JSON.parse(row.snapshot) as Proposal))
    .filter(({ submittedAtMs }) => submittedAtMs >= from && submittedAtMs < until)
    .sort((a, b) => a.submittedAtMs - b.submittedAtMs || Number(BigInt(a.id) - BigInt(b.id)));
}

/** No vote closes before it is submitted. */
function query(queries: Queries, from: number) {
  return queries
    .selectFrom('proposals')
    .leftJoin('verdicts', itsVerdict)
    .where(isElection)
    .where((where) =>
      where.or([where('deadline_at_s', '>=', Math.floor(from / 1000)), where('deadline_at_s', 'is', null)]),
    )
    .select(['snapshot', 'tracked', 'commit_id', 'first_seen_at_ms', 'verdict_by'])
    .select(['outcome', 'reason', 'confirmed', 'final', 'verdicts.revision', 'decided_at_ms']);
}

type Row = Awaited<ReturnType<ReturnType<typeof query>['execute']>>[number];

function rowOf(row: Row, proposal: Proposal): ReportRow {
  const { id, title, status, submittedAt, deadlineAt, decidedAt } = proposal;
  return {
    id,
    kind: kindOf(proposal),
    title: plainText(title, 300),
    status,
    commit: row.commit_id as CommitId | null,
    submittedAtMs: submittedAt * 1000,
    foundAtMs: row.first_seen_at_ms,
    deadlineAtMs: deadlineAt === null ? null : deadlineAt * 1000,
    decidedAtMs: decidedAt === null ? null : decidedAt * 1000,
    history: row.tracked === 'history',
    verdict: verdictOf(row),
  };
}
