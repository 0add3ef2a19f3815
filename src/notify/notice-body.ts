import type { VerdictDocument } from '../domain/verdict-document.ts';
import type { Notice } from '../domain/notice.ts';
import { plainText } from '../domain/text.ts';
import { bareMessage } from './bare.ts';

/** The most that a receiver is sent, and what is sent where that is refused: many take 32 KiB where they take little. */
const MOST_BYTES = 256 * 1024;
const FEW_BYTES = 32 * 1024;

/** How much of strangers' texts, lists and tables is left, from all that a body has room for to next to nothing. */
const STEPS = [
  { text: 10_000, items: Infinity },
  { text: 2000, items: 200 },
  { text: 600, items: 50 },
  { text: 300, items: 16 },
];

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
  for (const step of STEPS) {
    const cut = { any: false };
    const { verdict, ...rest } = notice;
    const body = shortened({ notice: rest, ...(verdict ? { verdict } : {}) }, step, cut) as object;
    const marked = cut.any ? { truncated: truncated(notice, why ?? 'too-long') } : {};
    const text = JSON.stringify({ schema: 'nns-watch/notice@1', type: notice.type, ...body, ...marked });
    if (Buffer.byteLength(text) <= limit) return text;
  }
  return minimal(notice, why ?? 'too-long');
}

/** What differs comes first where not all of a list fits. */
function shortened(value: unknown, step: (typeof STEPS)[number], cut: { any: boolean }): unknown {
  if (typeof value === 'string') {
    if (value.length <= step.text) return value;
    cut.any = true;
    return `${value.slice(0, step.text - 1).toWellFormed()}…`;
  }
  if (typeof value !== 'object' || value === null) return value;
  const inner = (one: unknown): unknown => shortened(one, step, cut);
  if (Array.isArray(value)) {
    cut.any ||= value.length > step.items;
    const kept = value.length > step.items ? differingFirst(value).slice(0, step.items) : value;
    return kept.map(inner);
  }
  const entries = Object.entries(value);
  cut.any ||= entries.length > step.items;
  return Object.fromEntries(entries.slice(0, step.items).map(([key, one]) => [key, inner(one)]));
}

function differingFirst(list: readonly unknown[]): readonly unknown[] {
  const differs = (one: unknown): boolean => {
    const { equal, outcome } = (one ?? {}) as { equal?: unknown; outcome?: unknown };
    return equal === false || outcome === 'mismatch';
  };
  return [...list.filter(differs), ...list.filter((one) => !differs(one))];
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
