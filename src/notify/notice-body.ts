import { MEASURES, shortened } from '../domain/bounded.ts';
import type { VerdictDocument } from '../domain/verdict-document.ts';
import type { Notice } from '../domain/notice.ts';
import { plainText } from '../domain/text.ts';
import { bareMessage } from './bare.ts';

/** The most that a receiver is sent, and what is sent where that is refused: many take 32 KiB where they take little. */
const MOST_BYTES = 256 * 1024;
const FEW_BYTES = 32 * 1024;

interface Truncated {
  readonly why: 'too-long' | 'refused';
  /** The command that shows all of it. */
  readonly see?: string;
}

/** `nns-watch/notice@1`, from the whole of it to the least: a smaller one for where the one before is refused. */
export function noticeBodies(notice: Notice): readonly (() => string)[] {
  return [
    () => fitted(notice, MOST_BYTES, null),
    () => fitted(notice, FEW_BYTES, 'refused'),
    () => minimal(notice, 'refused'),
    () => bare(notice),
  ];
}

/** As much as fits into so many bytes; marked where anything is left out. */
function fitted(notice: Notice, limit: number, why: Truncated['why'] | null): string {
  for (const step of MEASURES) {
    const cut = { any: false };
    const { verdict, ...rest } = notice;
    const body = shortened({ notice: rest, ...(verdict ? { verdict } : {}) }, step, cut) as object;
    const marked = cut.any ? { truncated: truncated(notice, why ?? 'too-long') } : {};
    const text = JSON.stringify({ schema: 'nns-watch/notice@1', type: notice.type, ...body, ...marked });
    if (Buffer.byteLength(text) <= limit) return text;
  }
  return minimal(notice, why ?? 'too-long');
}

/** The news and the verdict without its checks and evidence: some KiB, whatever strangers wrote. */
function minimal(notice: Notice, why: Truncated['why']): string {
  const { verdict, ...rest } = notice;
  const few = { text: 300, items: 16 };
  const told = verdict && {
    ...verdict,
    version: versionOf(verdict),
    verdict: judged(verdict),
    checks: [],
    evidence: [],
  };
  const body = { notice: rest, ...(told ? { verdict: told } : {}) };
  const short = shortened(body, few, { any: true }) as object;
  const marked = { schema: 'nns-watch/notice@1', type: notice.type, ...short, truncated: truncated(notice, why) };
  return JSON.stringify(marked);
}

function versionOf({ version }: VerdictDocument): VerdictDocument['version'] {
  return version && { ...version, packageUrls: version.packageUrls.slice(0, 2), retires: version.retires.slice(0, 2) };
}

function judged({ verdict }: VerdictDocument): VerdictDocument['verdict'] {
  return verdict && { ...verdict, findings: [], caveats: [] };
}

/** Ids, the outcome in the title and nothing that a stranger wrote. */
function bare(notice: Notice): string {
  const { key, type, at, network, pings, proposal } = notice;
  const { title } = bareMessage(notice);
  const card = proposal && { id: proposal.id, kind: proposal.kind, deadlineAt: proposal.deadlineAt };
  const told = { key, type, at, network: plainText(network, 100), sentence: title, pings, proposal: card };
  const body = { schema: 'nns-watch/notice@1', type, notice: { ...told, standing: null } };
  return JSON.stringify({ ...body, truncated: truncated(notice, 'refused') });
}

function truncated({ proposal }: Notice, why: Truncated['why']): Truncated {
  return { why, ...(proposal ? { see: `nns-watch show ${proposal.id} --json` } : {}) };
}
