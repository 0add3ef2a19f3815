import type { BuildNow } from '../../domain/status-queries.ts';
import { markup, type Html } from '../html.ts';
import { pageEnd, pageStart, type Frame, type Head } from '../layout.ts';
import { commitLink } from '../parts.ts';
import { lineBreaks } from './proposal.ts';

/** A page whose body comes little by little, so that a log can be followed without script. */
export function liveStart(frame: Frame, commit: string): string {
  const body = markup`<h1>Build of ${commitLink(commit, 10)}</h1>
<p class="lead">Its log as it comes. This page ends with the build, or after ten minutes.</p>
<div class="log tail live" role="log" tabindex="0" aria-label="Log of the build"><div>`;
  return `${pageStart(frame, headOf(commit))}${body.toString()}`;
}

/** What was not shown yet. `shown`: how many lines of the log were. */
export function liveLines({ tail, lines }: BuildNow, shown: number): string {
  const fresh = Math.min(tail.length, Math.max(0, lines - shown));
  const left = lines - shown - fresh;
  const gap: Html | null = left > 0 && shown > 0 ? lineBreaks([`… ${left} lines in between …`]) : null;
  return `${gap?.toString() ?? ''}${lineBreaks(tail.slice(tail.length - fresh)).toString()}`;
}

export function liveEnd(frame: Frame, commit: string, sentence: string): string {
  const end = markup`</div></div><p><strong>${sentence}</strong> <a href="/commits/${commit}">Commit</a> · <a href="/commits/${commit}/live">Follow again</a></p>`;
  return `${end.toString()}${pageEnd(frame, headOf(commit))}`;
}

/** Keeps a connection open over which nothing else comes. */
export const STILL_THERE = '<!---->';

function headOf(commit: string): Head {
  return { title: `Build of ${commit.slice(0, 10)}`, json: null };
}
