import type { LoopHealth, Trouble } from './service-ports.ts';
import { plainText } from './text.ts';
import { leftText } from './timeline.ts';

/** What the health of the program is judged from. */
export interface Condition {
  /** Somebody holds the lease of the service. */
  readonly watching: boolean;
  readonly loops: readonly LoopHealth[];
  readonly troubles: readonly Trouble[];
  /** How long a loop may be silent, in milliseconds. */
  readonly silenceMs: (loop: string) => number;
}

/** Everything that keeps the program from being well, a sentence each; empty: it is. */
export function problemsOf({ watching, loops, troubles, silenceMs }: Condition, nowMs: number): readonly string[] {
  // Where nothing watches, the silence of its loops is no news.
  if (!watching) return ['The service is not running: start `nns-watch watch`.'];
  if (loops.length === 0) return ['No loop of the service has ended a round yet.'];
  return [
    ...loops.flatMap((loop) => loopProblem(loop, silenceMs(loop.loop), nowMs) ?? []),
    ...troubles.map(({ sentence }) => plainText(sentence, 300)),
  ];
}

function loopProblem({ loop, begunMs, lastOkMs, lastFailure }: LoopHealth, silence: number, nowMs: number) {
  if (lastFailure && lastFailure.atMs > (lastOkMs ?? 0)) {
    return `${loop}: ${lastFailure.code}: ${plainText(lastFailure.message, 300)}`;
  }
  const last = Math.max(lastOkMs ?? 0, begunMs ?? 0);
  if (nowMs - last <= silence) return null;
  const since = last === 0 ? 'ever' : `for ${leftText((nowMs - last) / 1000)}`;
  return `${loop}: no round has ended ${since}.`;
}
