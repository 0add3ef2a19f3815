import { leftText } from '../domain/reminders.ts';
import type { Notice, ProposalCard } from '../domain/notice.ts';
import { quoted } from './escape.ts';
import { line, say, type Line } from './parts.ts';

const GOVERNANCE = 'rrkah-fqaaa-aaaaa-aaaaq-cai';

/** What a reader can do now: check by hand, vote while it counts, look further. */
export function adviceLines({ proposal, at }: Notice, statusUrl: string | null): Line[] {
  if (!proposal) return statusUrl === null ? [] : [[{ link: statusUrl, label: 'Status page' }]];
  return [
    [say('Check it yourself: '), { code: `nns-watch verify -p ${proposal.id}` }],
    ...(votesCount(proposal, at) ? voteLines(proposal) : []),
    linkLine(proposal, statusUrl),
    ...(proposal.url === '' ? [] : [line(`The proposal’s own link, not checked: ${quoted(proposal.url, 150)}`)]),
  ];
}

/** Votes count for rewards until the deadline, also after the decision. */
function votesCount({ deadlineAt, status }: ProposalCard, now: number): boolean {
  return deadlineAt === null ? status === 'open' : now < deadlineAt;
}

/** @see https://github.com/dfinity/quill (quill vote), governance.did (RegisterVote: 1 adopts, 2 rejects) */
function voteLines({ id, links }: ProposalCard): Line[] {
  const ballot = `RegisterVote = record { vote = VOTE : int32; proposal = opt record { id = ${id} : nat64 } }`;
  const neuron = 'id = opt record { id = NEURON_ID : nat64 }';
  const argument = `(record { ${neuron}; command = opt variant { ${ballot} } })`;
  return [
    [say('Vote: '), { link: links.nns, label: 'NNS app' }],
    [say('or '), { code: `quill vote NEURON_ID --proposal-id ${id} --approve` }, say(' (or --reject)')],
    [
      say('or '),
      { code: `dfx canister --network ic call ${GOVERNANCE} manage_neuron '${argument}'` },
      say(' with VOTE 1 to adopt, 2 to reject'),
    ],
  ];
}

function linkLine({ id, links }: ProposalCard, statusUrl: string | null): Line {
  const all = [
    { link: links.dashboard, label: 'Dashboard' },
    ...(links.source === null ? [] : [{ link: links.source, label: 'Source' }]),
    ...(statusUrl === null ? [] : [{ link: `${statusUrl.replace(/\/+$/, '')}/proposals/${id}`, label: 'Status page' }]),
  ];
  return all.flatMap((link, at) => (at === 0 ? [link] : [say(' · '), link]));
}

/** The vote in one line: where it stands, and how long it goes on. */
export function votingLine({ status, deadlineAt, decidedAt }: ProposalCard, now: number): Line {
  if (deadlineAt === null) return line(`Vote: ${status}, deadline not known`);
  const decided: Line = decidedAt === null ? [] : [say(', decided '), { time: decidedAt }];
  const open = now < deadlineAt;
  const deadline = open ? { time: deadlineAt, left: leftText(deadlineAt - now) } : { time: deadlineAt };
  return [say(`Vote: ${status}`), ...decided, say(open ? ', closes ' : ', closed '), deadline];
}

/** Shares of the whole voting power, in hundredths of a percent by integer arithmetic: the counts exceed 2^53. */
export function tallyLine({ tally }: ProposalCard): Line | null {
  if (!tally || ![tally.yes, tally.no, tally.total].every((count) => /^\d{1,30}$/.test(count))) return null;
  const total = BigInt(tally.total);
  if (total === 0n) return null;
  const share = (count: string): string => (Number((BigInt(count) * 10_000n) / total) / 100).toFixed(2);
  return line(`Tally: ${share(tally.yes)} % yes, ${share(tally.no)} % no of all voting power`);
}
