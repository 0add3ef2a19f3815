import type { Caveat } from '../domain/check.ts';
import type { EvidenceKey } from '../domain/evidence.ts';
import type { Verdict } from '../domain/verdict.ts';
import { bounded } from '../domain/bounded.ts';

/** What a run still waits for. */
export interface Outstanding {
  /** What is still looked at. */
  readonly keys: readonly EvidenceKey[];
  readonly building: boolean;
}

const SHOWN = 2;

/** A verdict that another will follow: it says so itself, wherever it is shown. */
export function soFar(verdict: Verdict, outstanding: Outstanding): Verdict {
  const sentence = `This is what is known so far: ${listed(outstanding)} still to come.`;
  const caveat: Caveat = { id: 'run/so-far', sentence };
  return { ...verdict, headline: `${verdict.headline} ${sentence}`, caveats: [caveat, ...verdict.caveats] };
}

function listed({ keys, building }: Outstanding): string {
  const files = keys.filter(({ kind }) => kind === 'image').map(({ subject }) => bounded(subject, 160));
  const shown = files.length <= SHOWN ? files : [...files.slice(0, SHOWN), `${files.length - SHOWN} more files`];
  const others = keys.length - files.length;
  const parts = [
    ...(building ? ['the end of the build'] : []),
    ...shown,
    ...(others > 0 ? [`${others} smaller answer${others === 1 ? '' : 's'}`] : []),
  ];
  const [last = 'the end of the run', ...before] = parts.reverse();
  const verb = parts.length > 1 || others > 1 ? 'are' : 'is';
  return before.length === 0 ? `${last} ${verb}` : `${before.reverse().join(', ')} and ${last} ${verb}`;
}
