import { WatchError } from '../domain/errors.ts';
import type { Action } from '../domain/proposal.ts';
import { startHelper, type Helper } from '../platform/exec.ts';
import { moduleBeside } from '../platform/module-beside.ts';
import { processorMs } from '../platform/process-tag.ts';
import type { NnsCall } from './action.ts';
import type { Answer, ReplyKind, ReplyOf, Task } from './decode-worker.ts';
import { undecodable } from './election.ts';

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
/** Of processor time, so that a busy machine makes no honest reply too expensive: the largest takes a second. */
const TIME_LIMIT_MS = 5_000;
/** However little of the processor it gets, nothing takes more than so many times its limit. */
const STARVED = 12;
const START_LIMIT_MS = 20_000;
/** Enough for the largest reply. It is no defence against bombs, which are refused before they are decoded. */
const HEAP_MEGABYTES = 128;

const NOT_STARTED = 'this machine has no room for it, or the program is not installed as it should be.';

const WORKER = moduleBeside(import.meta.url, 'decode-worker');

type Outcome = Answer | { readonly status: 'too-slow' | 'too-large' | 'lost' };

/** A process costs 60 MB while it is there, and a fifth of a second to start. */
const IDLE_MS = 2_000;

/**
 * One process, started when there is something to decode, ended when there is nothing; one task at a time. A thread
 * would be there sooner, but leave 12 MB of holes in our memory, and take us with it where its own runs out.
 */
export function createPayloadDecoder({ timeLimitMs = TIME_LIMIT_MS, idleMs = IDLE_MS } = {}): PayloadDecoder {
  let worker: Promise<Helper> | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  async function once(task: Task): Promise<Outcome> {
    const asked = await (worker ??= startWorker());
    const outcome = await ask(asked, task, timeLimitMs);
    if (outcome.status === 'too-slow' || outcome.status === 'too-large' || outcome.status === 'lost') {
      worker = undefined;
      await endOf(asked);
    }
    return outcome;
  }
  async function attempt(task: Task): Promise<Outcome> {
    try {
      const outcome = await once(task);
      return outcome.status === 'lost' ? await once(task) : outcome;
    } catch (error) {
      worker = undefined;
      throw error;
    }
  }
  async function end(): Promise<void> {
    const ending = worker?.catch(() => undefined);
    worker = undefined;
    const started = await ending;
    if (started) await endOf(started);
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
  if (outcome.status === 'failed') return new WatchError(outcome.kind, outcome.code, outcome.message);
  return new WatchError('host', 'decoder-lost', `The decoding process gave no answer (${outcome.status}).`);
}

async function startWorker(): Promise<Helper> {
  const worker = startHelper(WORKER, HEAP_MEGABYTES);
  // One that could not be started, or dies between two tasks, must not take us with it.
  worker.on('error', () => undefined);
  const outcome = await firstOf(worker, START_LIMIT_MS);
  if (outcome.status === 'ready') return worker;
  await endOf(worker);
  throw new WatchError(
    'host',
    'decoder-not-started',
    `The decoding process did not start (${outcome.status}): ${NOT_STARTED}`,
  );
}

function ask(worker: Helper, task: Task, limitMs: number): Promise<Outcome> {
  const outcome = firstOf(worker, limitMs, processorMs(worker.pid));
  // One that died since the last task is noticed at once.
  worker.send(task, (error) => error && worker.emit('error', error));
  return outcome;
}

/**
 * The first thing that the worker says or that happens to it. It keeps us alive only meanwhile. `usedMs`: the processor
 * time that it had used before; the limit is then one of processor time.
 */
function firstOf(worker: Helper, limitMs: number, usedMs: number | null = null): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome): void => {
      clearTimeout(timer);
      worker.off('message', settle).off('error', onLost).off('exit', onExit).unref();
      worker.channel?.unref();
      resolve(outcome);
    };
    const onLost = (): void => settle({ status: 'lost' });
    // V8 ends its process so where there is no more memory.
    const onExit = (_code: number | null, signal: string | null): void =>
      settle({ status: signal === 'SIGABRT' ? 'too-large' : 'lost' });
    const latest = performance.now() + STARVED * limitMs;
    const check = (): void => {
      const now = processorMs(worker.pid);
      const leftMs = usedMs === null || now === null ? 0 : usedMs + limitMs - now;
      if (leftMs <= 0 || performance.now() >= latest) settle({ status: 'too-slow' });
      else timer = setTimeout(check, Math.max(leftMs, 20));
    };
    let timer = setTimeout(check, limitMs);
    worker.ref();
    worker.channel?.ref();
    worker.on('message', settle).on('error', onLost).on('exit', onExit);
  });
}

function endOf(worker: Helper): Promise<void> {
  if (worker.pid === undefined || worker.exitCode !== null || worker.signalCode !== null) return Promise.resolve();
  return new Promise((ended) => {
    worker.ref();
    worker.once('exit', () => ended());
    worker.kill('SIGKILL');
  });
}
