import type { CheckId, Finding } from '../../domain/check.ts';
import { evidenceKey, type Evidence } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import { bounded } from '../../domain/bounded.ts';
import { ATTEMPTS } from './local-build.ts';

/** Odd conduct of the builds. It changes no outcome: only the bytes count. */
export function buildFindings(commit: CommitId, evidence: Evidence): readonly Finding[] {
  const reports = ATTEMPTS.flatMap((attempt) => {
    const look = evidence.get(evidenceKey.build(commit, attempt));
    return look?.status === 'observed' ? [look.value] : [];
  });
  const found: Finding[] = [];
  if (reports.some(({ leftBehind }) => leftBehind > 0)) {
    found.push(warning('left-running', 'The build left programs running; they were stopped.'));
  }
  if (reports.some(({ logTruncated }) => logTruncated)) {
    found.push(warning('log-flooded', 'The build wrote more output than is stored; its log is truncated.'));
  }
  if (reports.some(({ treeDirty }) => treeDirty)) {
    found.push(warning('tree-changed', 'The build changed its own source files while it ran.'));
  }
  const words = reports.find(({ treeNotCompared }) => treeNotCompared !== undefined)?.treeNotCompared;
  if (words !== undefined) {
    const sentence = `It could not be determined whether the build changed its own source files: ${bounded(words, 160)}`;
    found.push({ id: 'build-reproduces/tree-not-compared', severity: 'info', sentence });
  }
  return found;
}

/** An alarm that the first build raised does not stand any more. Whoever heard it has to hear why. */
export function notDeterministic(check: CheckId, label: string, reproducedOnce: boolean): Finding {
  const what = reproducedOnce
    ? `one build produced the published ${label}, another did not`
    : `no two builds produced the same ${label}`;
  return { id: `${check}/not-deterministic`, severity: 'serious', sentence: `Not deterministic here: ${what}.` };
}

function warning(slug: string, sentence: string): Finding {
  return { id: `build-reproduces/${slug}`, severity: 'warning', sentence };
}
