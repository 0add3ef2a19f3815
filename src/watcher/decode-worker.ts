import { asWatchError, isOurs, type ErrorKind } from '../domain/errors.ts';
import type { Action } from '../domain/proposal.ts';
import { readAction, type NnsCall } from './action.ts';
import { readListPage } from './list-candid.ts';
import { readProposalReply } from './raw.ts';
import { readNeuron, readNeuronVotes } from './votes-candid.ts';

/** Which replies can be decoded, by what they answer. */
const READERS = {
  proposal: readProposalReply,
  list: readListPage,
  neuron: readNeuron,
  'neuron-votes': readNeuronVotes,
} as const;
export type ReplyKind = keyof typeof READERS;
export type ReplyOf<K extends ReplyKind> = ReturnType<(typeof READERS)[K]>;

/** One piece of strangers' bytes to decode. */
export type Task =
  | { readonly task: 'reply'; readonly kind: ReplyKind; readonly reply: Uint8Array }
  | { readonly task: 'payload'; readonly call: NnsCall };

/** What became of it; `unreadable` is an answer about the bytes, never about us. */
export type Answer =
  | { readonly status: 'ready' }
  | { readonly status: 'reply'; readonly reply: ReplyOf<ReplyKind> }
  | { readonly status: 'action'; readonly action: Action }
  | { readonly status: 'unreadable'; readonly message: string }
  /** A fault of this machine or of ours, which says nothing about the bytes. */
  | { readonly status: 'failed'; readonly kind: ErrorKind; readonly code: string; readonly message: string };

function answer(task: Task): Answer {
  try {
    if (task.task === 'reply') return { status: 'reply', reply: READERS[task.kind](task.reply) };
    return { status: 'action', action: readAction(task.call) };
  } catch (error) {
    if (isOurs(error)) {
      const { kind, code, message } = asWatchError(error);
      return { status: 'failed', kind, code, message };
    }
    return { status: 'unreadable', message: error instanceof Error ? error.message : String(error) };
  }
}

process.on('message', (task: Task) => {
  process.send?.(answer(task));
});
// Who asks ends it: a signal for all processes of the service would lose what is asked last.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => undefined);
process.send?.({ status: 'ready' } satisfies Answer);
