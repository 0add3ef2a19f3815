import { parentPort } from 'node:worker_threads';
import type { Action } from '../domain/proposal.ts';
import { readAction, type NnsCall } from './action.ts';
import { readProposalReply, type ProposalReply } from './raw.ts';

/** One piece of strangers' bytes to decode. */
export type Task =
  { readonly task: 'reply'; readonly reply: Uint8Array } | { readonly task: 'payload'; readonly call: NnsCall };

/** What became of it; `unreadable` is an answer about the bytes, never about us. */
export type Answer =
  | { readonly status: 'ready' }
  | { readonly status: 'reply'; readonly reply: ProposalReply | null }
  | { readonly status: 'action'; readonly action: Action }
  | { readonly status: 'unreadable'; readonly message: string };

function answer(task: Task): Answer {
  try {
    if (task.task === 'reply') return { status: 'reply', reply: readProposalReply(task.reply) };
    return { status: 'action', action: readAction(task.call) };
  } catch (error) {
    return { status: 'unreadable', message: error instanceof Error ? error.message : String(error) };
  }
}

const port = parentPort;
port?.on('message', (task: Task) => {
  port.postMessage(answer(task));
});
port?.postMessage({ status: 'ready' } satisfies Answer);
