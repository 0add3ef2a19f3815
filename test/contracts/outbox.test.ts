import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { Delivery, Outbox } from '../../src/domain/service-ports.ts';
import { mute } from '../../src/store/operator-actions.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { clear, databases, ENGINE_START_MS, migrated, type Empty } from '../support/databases.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';
import { electionProposal, noticeOf } from '../support/records.ts';

interface Opened {
  outbox: Outbox;
  mute: (id: ProposalId, untilMs: number) => Promise<void>;
  clear: () => Promise<void>;
  close: () => Promise<void>;
}

async function inDatabase(empty: Empty): Promise<Opened> {
  const database = await migrated(empty);
  return {
    outbox: createOutbox(database),
    mute: (id, untilMs) => mute(database, id, untilMs),
    clear: () => clear(database),
    close: database.close,
  };
}

function inMemory(): Opened {
  const muted = new Map<string, number>();
  const opened: Opened = {
    outbox: memoryOutbox(muted),
    mute: async (id, untilMs) => void muted.set(id, untilMs),
    clear: async () => {
      muted.clear();
      opened.outbox = memoryOutbox(muted);
    },
    close: async () => undefined,
  };
  return opened;
}

const outboxes = [
  ...databases.map(({ kind, empty }) => ({ what: `on ${kind}`, open: () => inDatabase(empty) })),
  { what: 'in memory', open: async () => inMemory() },
];

describe.each(outboxes)('an outbox $what', ({ open }) => {
  let opened: Opened;
  let outbox: Outbox;
  beforeAll(async () => void (opened = await open()), ENGINE_START_MS);
  afterAll(() => opened.close());
  beforeEach(async () => {
    await opened.clear();
    outbox = opened.outbox;
  });

  const other = electionProposal({ id: '99' as ProposalId });
  const next = async (notifier = 'discord', nowMs = 0): Promise<Delivery> => {
    const delivery = await outbox.next(notifier, nowMs);
    if (!delivery) throw new Error('nothing to deliver');
    return delivery;
  };

  it('has one delivery for each notice and notifier, whole and in order', async () => {
    const [first, second] = [noticeOf('one', { sentence: 'Text \0 \u202e 🦀' }), noticeOf('two', { about: other })];
    await outbox.enqueue([first, second], ['discord', 'slack']);
    const delivery = await next('slack');
    expect(delivery).toMatchObject({ notifier: 'slack', notice: first, attempt: 0, previous: null, overtaken: false });
    await outbox.sent(delivery.id, null, 1);
    const last = await next('slack');
    expect(last.notice).toEqual(second);
    await outbox.sent(last.id, null, 2);
    expect(await outbox.next('slack', 0)).toBeNull();
    expect((await next('discord')).notice).toEqual(first);
    expect(await outbox.next('nobody', 0)).toBeNull();
  });

  it('tells nothing twice, not even to a notifier that came later', async () => {
    await outbox.enqueue([noticeOf('one')], ['discord']);
    await outbox.sent((await next()).id, null, 1);
    await outbox.enqueue([noticeOf('one', { sentence: 'Again.' })], ['discord', 'slack']);
    expect(await outbox.next('discord', 0)).toBeNull();
    expect(await outbox.next('slack', 0)).toBeNull();
  });

  it('knows which keys were told, also where there was nobody to tell them to', async () => {
    await outbox.enqueue([noticeOf('one')], ['discord']);
    await outbox.enqueue([noticeOf('two', { about: null })], []);
    expect(await outbox.told(['one', 'two', 'three'])).toEqual(new Set(['one', 'two']));
    expect(await outbox.told([])).toEqual(new Set());
    const many = Array.from({ length: 2000 }, (_, n) => `key ${n}`);
    expect(await outbox.told([...many, 'one'])).toEqual(new Set(['one']));
  });

  it('gives the same delivery again until somebody says what became of it', async () => {
    await outbox.enqueue([noticeOf('one')], ['discord']);
    expect((await next()).id).toBe((await next()).id);
  });

  it('lets a delivery that is tried again hold up its own proposal only', async () => {
    await outbox.enqueue([noticeOf('one'), noticeOf('two'), noticeOf('three', { about: other })], ['discord']);
    const first = await next();
    await outbox.retry(first.id, 5000, 'down');
    const third = await next('discord', 4999);
    expect(third.notice.key).toBe('three');
    await outbox.sent(third.id, null, 1);
    expect(await outbox.next('discord', 4999)).toBeNull();
    expect(await next('discord', 5000)).toMatchObject({ id: first.id, attempt: 1 });
    await outbox.sent(first.id, null, 5000);
    expect((await next('discord', 5000)).notice.key).toBe('two');
  });

  it('goes on behind what is dead or was skipped', async () => {
    await outbox.enqueue([noticeOf('one'), noticeOf('two'), noticeOf('three')], ['discord']);
    await outbox.dead((await next()).id, 'no such channel');
    await outbox.skipped((await next()).id, 'overtaken');
    expect((await next()).notice.key).toBe('three');
  });

  it('lets news without a proposal wait for nothing', async () => {
    await outbox.enqueue([noticeOf('one', { about: null }), noticeOf('two', { about: null })], ['discord']);
    await outbox.retry((await next()).id, 5000, 'down');
    expect((await next()).notice.key).toBe('two');
  });

  it('remembers where the message of a proposal lies, for each notifier', async () => {
    await outbox.enqueue([noticeOf('one'), noticeOf('two'), noticeOf('three', { about: other })], ['discord', 'slack']);
    await outbox.sent((await next()).id, { message: '1' }, 1);
    const second = await next();
    expect(second.previous).toEqual({ message: '1' });
    expect((await next('slack')).previous).toBeNull();
    await outbox.sent(second.id, { message: '2', thread: '9' }, 2);
    expect((await next()).previous).toBeNull();
    await outbox.sent((await next()).id, null, 3);
    await outbox.enqueue([noticeOf('four'), noticeOf('five', { about: other })], ['discord']);
    expect((await next()).previous).toEqual({ message: '2', thread: '9' });
    await outbox.sent((await next()).id, null, 4);
    expect((await next()).previous).toBeNull();
  });

  it('says what was overtaken by later news of the same proposal', async () => {
    await outbox.enqueue([noticeOf('one'), noticeOf('two', { about: other })], ['discord']);
    expect((await next()).overtaken).toBe(false);
    await outbox.enqueue([noticeOf('three')], ['discord']);
    const first = await next();
    expect(first.overtaken).toBe(true);
    await outbox.sent(first.id, null, 1);
    expect((await next()).overtaken).toBe(false);
  });

  it('says until when a proposal is muted', async () => {
    await opened.mute(electionProposal().id, 9000);
    await outbox.enqueue([noticeOf('one'), noticeOf('two', { about: other })], ['discord']);
    expect((await next('discord', 8999)).mutedUntilMs).toBe(9000);
    expect((await next('discord', 9000)).mutedUntilMs).toBeNull();
    await outbox.sent((await next()).id, null, 1);
    expect((await next('discord', 1)).mutedUntilMs).toBeNull();
  });

  it('says when the next delivery is due', async () => {
    expect(await outbox.nextDueMs('discord')).toBeNull();
    await outbox.enqueue([noticeOf('one'), noticeOf('two')], ['discord']);
    expect(await outbox.nextDueMs('discord')).toBe(0);
    await outbox.retry((await next()).id, 7000, 'down');
    expect(await outbox.nextDueMs('discord')).toBe(7000);
    await outbox.enqueue([noticeOf('three', { about: other })], ['discord']);
    expect(await outbox.nextDueMs('discord')).toBe(0);
  });

  it('leaves a delivery sent, whatever is said of it later', async () => {
    await outbox.enqueue([noticeOf('one')], ['discord']);
    const { id } = await next();
    await outbox.sent(id, null, 1);
    await outbox.retry(id, 0, 'late');
    await outbox.dead(id, 'late');
    await outbox.skipped(id, 'late');
    expect(await outbox.next('discord', 9999)).toBeNull();
  });

  it('keeps progress from piling up, and never drops one that waits', async () => {
    const progress = (n: number) => noticeOf(`progress ${n}`, { type: 'progress', pings: false });
    await outbox.enqueue([progress(1)], ['discord', 'slack']);
    const waiting = await next('slack');
    await outbox.sent((await next()).id, { message: '1' }, 1);
    await outbox.enqueue([progress(2)], ['discord', 'slack']);
    await outbox.sent(waiting.id, { message: '5' }, 2);
    expect(await next('slack')).toMatchObject({ notice: { key: 'progress 2' }, previous: { message: '5' } });
    expect(await next()).toMatchObject({ notice: { key: 'progress 2' }, previous: { message: '1' } });
  });
});
