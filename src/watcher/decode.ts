import type { Worker } from 'node:worker_threads';
import { WatchError } from '../domain/errors.ts';
import type { Action } from '../domain/proposal.ts';
import { startThread, threadFile } from '../platform/thread.ts';
import type { NnsCall } from './action.ts';
import type { Answer, ReplyKind, ReplyOf, Task } from './decode-worker.ts';
import { undecodable } from './undecodable.ts';

/** Decodes strangers' candid apart from the rest of the program: bounded in size, time and memory. */
export interface PayloadDecoder {
  /** What the canister replied to a question of that kind. Throws `malformed` or `limit` where it cannot be read. */
  readonly reply: <K extends ReplyKind>(kind: K, reply: Uint8Array) => Promise<ReplyOf<K>>;
  /** Any bytes give an action; throws only where the machine cannot decode anything. */
  readonly payload: (call: NnsCall) => Promise<Action>;
  readonly close: () => Promise<void>;
}

/** The canister takes no larger payload than 70 000 bytes, and a reply is at most 3 MiB. */
const MAX_PAYLOAD_BYTES = 128 * 1024;
const MAX_REPLY_BYTES = 4 * 1024 * 1024;
const TIME_LIMIT_MS = 2_000;
const START_LIMIT_MS = 20_000;
/** Enough for the largest reply. It is no defence against bombs, which are refused before they are decoded. */
const MEMORY = { maxOldGenerationSizeMb: 128 };

const WORKER = threadFile(import.meta.url, 'decode-worker');

type Outcome = Answer | { readonly status: 'too-slow' | 'too-large' | 'lost' };

/** A thread costs 30 MB while it is there, and a tenth of a second to start. */
const IDLE_MS = 5_000;

/** One worker thread, started when there is something to decode, ended when there is nothing; one task at a time. */
export function createPayloadDecoder({ timeLimitMs = TIME_LIMIT_MS, idleMs = IDLE_MS } = {}): PayloadDecoder {
  let thread: Promise<Worker> | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  async function once(task: Task): Promise<Outcome> {
    const worker = await (thread ??= startWorker());
    const outcome = await ask(worker, task, timeLimitMs);
    if (outcome.status === 'too-slow' || outcome.status === 'too-large' || outcome.status === 'lost') {
      thread = undefined;
      await worker.terminate();
    }
    return outcome;
  }
  async function attempt(task: Task): Promise<Outcome> {
    try {
      const outcome = await once(task);
      // A machine under load can starve an honest task, so being slow counts only the second time.
      return outcome.status === 'too-slow' || outcome.status === 'lost' ? await once(task) : outcome;
    } catch (error) {
      thread = undefined;
      throw error;
    }
  }
  async function end(): Promise<void> {
    const ended = thread?.catch(() => undefined);
    thread = undefined;
    await (await ended)?.terminate();
  }
  const work = untilIdle(idleMs, end);
  function run(task: Task): Promise<Outcome> {
    const outcome = work(() => queue.then(() => attempt(task)));
    queue = outcome.catch(() => undefined);
    return outcome;
  }
  return {
    reply: async (kind, reply) => decodeReply(kind, reply, run),
    payload: async (call) => decodePayload(call, run),
    close: () => queue.then(end),
  };
}

/** Does what it is given, and `rest` once it was given nothing for so long. */
function untilIdle(idleMs: number, rest: () => Promise<void>): <T>(work: () => Promise<T>) => Promise<T> {
  let open = 0;
  let timer: NodeJS.Timeout | undefined;
  return async (work) => {
    clearTimeout(timer);
    open += 1;
    try {
      return await work();
    } finally {
      open -= 1;
      if (open === 0) timer = setTimeout(() => void rest(), idleMs).unref();
    }
  };
}

async function decodeReply<K extends ReplyKind>(
  kind: K,
  reply: Uint8Array,
  run: (task: Task) => Promise<Outcome>,
): Promise<ReplyOf<K>> {
  if (reply.length > MAX_REPLY_BYTES)
    throw new WatchError('limit', 'reply-too-large', `a reply of ${reply.length} bytes`);
  const outcome = await run({ task: 'reply', kind, reply });
  switch (outcome.status) {
    case 'reply':
      // The worker reads by the kind that it was told.
      return outcome.reply as ReplyOf<K>;
    case 'too-slow':
    case 'too-large':
      throw new WatchError(
        'limit',
        'reply-too-expensive',
        'The reply takes more time or memory to decode than is allowed.',
      );
    default:
      throw unexpected(outcome, 'reply-undecodable');
  }
}

async function decodePayload(call: NnsCall, run: (task: Task) => Promise<Outcome>): Promise<Action> {
  const { length } = call.payload;
  if (length > MAX_PAYLOAD_BYTES) return undecodable('payload-too-large', `The payload has ${length} bytes.`);
  const outcome = await run({ task: 'payload', call });
  switch (outcome.status) {
    case 'action':
      return outcome.action;
    case 'too-slow':
    case 'too-large':
      return undecodable('payload-too-expensive', 'The payload takes more time or memory to decode than is allowed.');
    case 'unreadable':
      return undecodable('payload-undecodable', 'The payload is not valid candid.');
    default:
      throw unexpected(outcome, 'payload-unanswered');
  }
}

function unexpected(outcome: Outcome, code: string): WatchError {
  if (outcome.status === 'unreadable') return new WatchError('malformed', code, `not readable: ${outcome.message}`);
  return new WatchError('transport', 'decoder-lost', `The decoding thread gave no answer (${outcome.status}).`);
}

function startWorker(): Promise<Worker> {
  const worker = startThread(WORKER, { resourceLimits: MEMORY });
  // A thread that dies between two tasks must not take the process with it.
  worker.on('error', () => undefined);
  return firstOf(worker, START_LIMIT_MS).then(async (outcome) => {
    if (outcome.status === 'ready') return worker;
    await worker.terminate();
    throw new WatchError('transport', 'decoder-not-started', `The decoding thread did not start (${outcome.status}).`);
  });
}

function ask(worker: Worker, task: Task, limitMs: number): Promise<Outcome> {
  const outcome = firstOf(worker, limitMs);
  worker.postMessage(task);
  return outcome;
}

/** The first thing that the worker says or that happens to it. It keeps the process alive only meanwhile. */
function firstOf(worker: Worker, limitMs: number): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      worker.off('message', settle).off('error', onError).off('exit', onExit).unref();
      resolve(outcome);
    };
    const onError = (error: NodeJS.ErrnoException): void => {
      settle({ status: error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'too-large' : 'lost' });
    };
    const onExit = (): void => settle({ status: 'lost' });
    const timer = setTimeout(() => settle({ status: 'too-slow' }), limitMs);
    worker.ref();
    worker.on('message', settle).on('error', onError).on('exit', onExit);
  });
}
