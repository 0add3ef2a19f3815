import { REASONS, type Reason } from '../domain/check.ts';
import { unreachable } from '../domain/errors.ts';
import { networkMark } from '../domain/sample.ts';
import type { Notice, Standing } from '../domain/notice.ts';
import type { Tone } from './message-parts.ts';
import type { VerdictView } from './verdict-view.ts';

/** Squares, since a colour bar is not seen in notifications; strangers' text stands in quotation marks, later. */
const SQUARES: Readonly<Record<Tone, string>> = {
  verified: '🟩',
  mismatch: '🟥',
  inconclusive: '🟨',
  busy: '🟦',
  plain: '⬜',
};

export interface Word {
  readonly tone: Tone;
  readonly word: string;
}

/** The state of a proposal in a word. Only a verdict can say VERIFIED. */
export function stateWord(notice: Notice, view: VerdictView | null): Word {
  // Whatever the verdict on the release was: this is about something else.
  if (notice.type === 'registry-differs')
    return notice.pings
      ? { tone: 'mismatch', word: 'REGISTRY DIFFERS' }
      : { tone: 'plain', word: 'REGISTRY AS ELECTED' };
  if (view) return verdictWord(view);
  switch (notice.type) {
    case 'early-finding':
      return { tone: 'mismatch', word: 'EARLY FINDING' };
    case 'test':
      return { tone: 'plain', word: 'TEST' };
    case 'trouble':
      return { tone: 'plain', word: 'NNS-WATCH' };
    case 'deployment':
      if (notice.pings) return { tone: 'mismatch', word: 'DEPLOYS A MISMATCH' };
      return { tone: 'inconclusive', word: 'DEPLOYS WITHOUT A VERIFIED VERDICT' };
    case 'closed':
      return { tone: 'inconclusive', word: 'NO VERDICT' };
    case 'cannot-finish':
      return { tone: 'inconclusive', word: 'WILL NOT FINISH IN TIME' };
    case 'discovered':
    case 'progress':
    case 'verdict':
    case 'reminder':
    case 'decided':
    case 'outcome':
      return { tone: 'busy', word: stageWord(notice.standing) };
    default:
      return unreachable(notice.type);
  }
}

function verdictWord({ outcome, confirmed }: VerdictView): Word {
  if (outcome === 'mismatch' && confirmed === false) return { tone: outcome, word: 'MISMATCH, NOT CONFIRMED YET' };
  return { tone: outcome, word: outcome.toUpperCase() };
}

function stageWord(standing: Standing | null): string {
  const stage = standing?.stage ?? null;
  switch (stage) {
    case null:
    case 'judged':
      return 'NO VERDICT YET';
    case 'queued':
      return 'QUEUED';
    case 'waiting':
      return 'WAITING';
    case 'collecting':
      return 'CHECKING';
    case 'judging':
      return 'JUDGING';
    case 'building':
      return standing?.percent == null ? 'BUILDING' : `BUILDING ${Math.round(standing.percent)} %`;
    default:
      return unreachable(stage);
  }
}

export function titleOf(notice: Notice, { tone, word }: Word): string {
  const kinds = {
    'elect-guestos': ' · GuestOS election',
    'elect-hostos': ' · HostOS election',
    'retire-only': ' · retires versions',
    other: '',
  };
  const about = notice.proposal ? ` · proposal ${notice.proposal.id}${kinds[notice.proposal.kind]}` : '';
  return `${networkMark(notice.network)}${SQUARES[tone]} ${word}${about}`;
}

const MEANINGS: Readonly<Record<Reason, string>> = {
  'untrusted-input': 'No host gave an answer that its certificate proves.',
  'malformed-payload': 'The proposal’s payload cannot be understood.',
  'not-an-election': 'The proposal elects no version.',
  'nothing-to-build': 'The proposal elects nothing that could be built.',
  'source-withheld': 'The source of this version is not published (usual for security fixes). It is checked later.',
  'not-published': 'Something that the release needs is not published.',
  unlisted: 'The published checksums lack a file of the release.',
  unreachable: 'A server was out of reach or its answer was cut off.',
  'host-unfit': 'This machine cannot build the release.',
  'build-failed': 'The build did not finish well on this machine.',
  'build-timeout': 'The build took too long on this machine.',
  'not-deterministic': 'Two builds on this machine gave different files.',
  'not-built': 'The release has not been built here.',
  interrupted: 'The verification was interrupted.',
};

/** What an outcome means, and what it does not. */
export function meaningOf({ outcome, reason, confirmed }: VerdictView): readonly string[] {
  switch (outcome) {
    case 'verified':
      return [];
    case 'mismatch':
      return confirmed === false
        ? ['So far only one build on this machine differs. It is built a second time, from nothing, before it counts.']
        : ['Published, proposed and built bytes are not the same. Compare the rows above before you vote.'];
    case 'inconclusive':
      return [
        'It does not mean that the release is bad, and not that it is good: it could not be checked.',
        ...REASONS.filter((known) => known === reason).map((known) => MEANINGS[known]),
      ];
    default:
      return unreachable(outcome);
  }
}
