import {
  AgentError,
  CborDecodeErrorCode,
  CertificateOutdatedErrorCode,
  CertificateTimeErrorCode,
  ErrorKindEnum,
  HttpErrorCode,
  HttpFetchErrorCode,
  HttpV4ApiNotSupportedErrorCode,
  IngressExpiryInvalidErrorCode,
  TimeoutWaitingForResponseErrorCode,
} from '@icp-sdk/core/agent';
import { asWatchError, isOurs, WatchError } from '../domain/errors.ts';

/**
 * Why one boundary node gave nothing that can be used. `final`: the Internet Computer itself said so under its
 * signature, or it is a fault of ours, so that asking another node is no help.
 */
export interface HostFailure {
  readonly host: string;
  readonly kind: 'transport' | 'untrusted' | 'rejected' | 'host' | 'storage' | 'bug';
  readonly code: string;
  readonly detail: string;
  readonly final: boolean;
  /** Milliseconds by which the host says that its clock is ahead of this machine's; null: it did not say. */
  readonly aheadMs?: number | null;
}

/** Codes that say "no answer, or none of the Internet Computer's": a node's trouble, not a lie. */
const TROUBLE = [
  HttpErrorCode,
  HttpFetchErrorCode,
  HttpV4ApiNotSupportedErrorCode,
  TimeoutWaitingForResponseErrorCode,
  CborDecodeErrorCode,
];

const STALE = [CertificateOutdatedErrorCode, CertificateTimeErrorCode];

/** What an error of one attempt says about the host. */
export function hostFailure(host: string, thrown: unknown): HostFailure {
  const error = meant(thrown);
  if (error instanceof AgentError) return { host, detail: firstLine(error.message), ...judgeAgentError(error) };
  const ours = oursOf(error);
  if (ours) return { host, kind: ours.kind, code: ours.code, detail: firstLine(ours.message), final: true };
  if (error instanceof WatchError) {
    const kind = error.kind === 'untrusted' ? error.kind : 'transport';
    return { host, kind, code: error.code, detail: firstLine(error.message), final: false };
  }
  // Before the signature was checked anything may have come; what breaks on it is no answer either.
  const detail = firstLine(error instanceof Error ? error.message : String(error));
  return { host, kind: 'transport', code: 'answer-unreadable', detail, final: false };
}

type Own = WatchError & { readonly kind: 'host' | 'storage' | 'bug' };

/** A fault of this machine or of this program, whoever was asked; what `fetch` throws has its cause beneath. */
function oursOf(thrown: unknown): Own | null {
  for (let error = thrown, depth = 0; error instanceof Error && depth < 4; error = error.cause, depth += 1) {
    // That a firewall forbids a connection is told as one that failed.
    if (isOurs(error) && asWatchError(error).code !== 'not-permitted') return asWatchError(error) as Own;
  }
  return null;
}

/** For a `catch` over single questions: what no other question would answer either goes on. */
export function throwOwnFailure(thrown: unknown): void {
  const own = oursOf(meant(thrown));
  if (own) throw own;
}

/** The agent wraps what our `fetch` threw; its codes say more than the wrapping. */
function meant(thrown: unknown): unknown {
  if (!(thrown instanceof AgentError) || !(thrown.code instanceof HttpFetchErrorCode)) return thrown;
  const { error } = thrown.code;
  return error instanceof WatchError || oursOf(error) ? error : thrown;
}

function judgeAgentError(error: AgentError): Pick<HostFailure, 'kind' | 'code' | 'final'> {
  const { code } = error;
  if (code instanceof IngressExpiryInvalidErrorCode) return { kind: 'transport', code: 'expiry-refused', final: false };
  if (TROUBLE.some((trouble) => code instanceof trouble)) return { kind: 'transport', code: 'no-answer', final: false };
  if (STALE.some((stale) => code instanceof stale))
    return { kind: 'untrusted', code: 'certificate-stale', final: false };
  switch (error.kind) {
    case ErrorKindEnum.Reject:
      return error.isCertified
        ? { kind: 'rejected', code: 'canister-rejected', final: true }
        : { kind: 'transport', code: 'uncertified-reject', final: false };
    case ErrorKindEnum.Trust:
    case ErrorKindEnum.Protocol:
      return { kind: 'untrusted', code: 'certificate-untrusted', final: false };
    default:
      return { kind: 'transport', code: 'answer-unreadable', final: false };
  }
}

/** Codes of a host that lives in another time than this machine. */
const OF_TIME = ['expiry-refused', 'certificate-stale'];
/** Less is no reason to refuse anything. */
const LEAST_MS = 60_000;

/**
 * That this machine's clock is wrong, where no host could be used over the time and all of them say the same time;
 * null: nothing of the kind. Nobody proves it, so that it is a hint and no verdict.
 */
export function clockSentence(failures: readonly HostFailure[]): string | null {
  const said = failures.flatMap(({ code, aheadMs }) => (OF_TIME.includes(code) ? (aheadMs ?? []) : []));
  const [least, most] = [Math.min(...said), Math.max(...said)];
  const agree = said.length > 0 && said.length === failures.length && most - least < LEAST_MS;
  if (!agree || Math.abs(least) < LEAST_MS) return null;
  const minutes = Math.round(Math.abs(least + most) / 2 / 60_000);
  return `This machine’s clock is ${minutes} min ${least > 0 ? 'behind' : 'ahead of'} that of every boundary node.`;
}

const firstLine = (text: string): string => (text.split('\n', 1)[0] ?? '').slice(0, 200);
