import { tallyText } from '../../domain/election-words.ts';
import type { ElectionRow } from '../../domain/overview.ts';
import { markup, type Html, type Part } from '../html.ts';
import { rows, table, type Column } from '../layout.ts';
import { closing, commitLink, kindText, pill, proposalLink, verdictPill, workOf } from '../page-parts.ts';

/** The verdict, and the work that goes on; what is being worked on need not say that it has no verdict. */
export function standing({ id, verdict, job, deadlineAt }: ElectionRow, at: number): Part {
  const work = workOf(job, at);
  if (verdict === null && job === null && deadlineAt !== null && deadlineAt * 1000 < at)
    return [pill('plain', 'No verdict'), markup`<br>${verifyCommand(id)}`];
  if (verdict === null && job?.state === 'held') return work;
  return [verdictPill(verdict), work && markup`<br>${work}`];
}

/** What was over at a first start is verified where somebody asks for it. */
export function verifyCommand(id: string): Html {
  return markup`<span class="dim small">Verify this: <code>nns-watch verify ${id}</code></span>`;
}

const COLUMNS: readonly Column[] = [
  { head: 'Proposal', width: 'tight' },
  { head: 'What' },
  { head: 'Voting', width: 'tight' },
  { head: 'Verdict' },
];

/** Elections as rows. */
export function electionTable(elections: readonly ElectionRow[], at: number): Html {
  const cells = elections.map((row): readonly Part[] => {
    const { id, kind, title, commit, status, deadlineAt, tally } = row;
    return [
      markup`${proposalLink(id)}<br><span class="dim small">${kindText(kind)}</span>`,
      markup`${title !== null && `“${title}”`}${commit !== null && markup`<br><span class="dim small">commit ${commitLink(commit, 10)}</span>`}`,
      markup`${status} · ${closing(deadlineAt, at)}<br><span class="dim small">${tallyText(tally)}</span>`,
      standing(row, at),
    ];
  });
  return table('Elections', COLUMNS, rows(COLUMNS, cells));
}
