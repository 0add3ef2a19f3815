import { describe, expect, it } from 'vitest';
import { unavailable } from '../../src/domain/evidence.ts';
import { kindOf } from '../../src/domain/proposal.ts';
import { Status } from '../../simnet/ic/governance/proposal.ts';
import type { Scenario } from '../../simnet/types.ts';
import { scenarioWith } from '../simnet/ic-kit.ts';
import { HOUR, readerExcept, seconds, text, watchRig } from './discover-kit.ts';

const { change, start, started } = watchRig();

describe('a first start', () => {
  it('takes up what is open, and records the rest as history without a word', async () => {
    const watch = await start();
    const decided = watch.view.elect(scenarioWith());
    change(watch, decided, { status: Status.executed, decided: seconds() });
    const over = watch.view.elect(scenarioWith());
    change(watch, over, { status: Status.rejected, decided: 1n, deadline: seconds() - 1n });
    const { found, troubles } = await watch.poll();
    const open = [text(watch.view.proposalId), text(decided)];
    expect(found).toEqual(expect.arrayContaining([...open, text(over), '138814']));
    expect(troubles).toEqual([]);
    expect(await watch.jobs()).toEqual(open);
    expect(await watch.told()).toBe(2);
    expect(await watch.stored(over)).toMatchObject({ status: 'rejected', action: { kind: 'elect-guestos' } });
    expect(await watch.elections.known()).toEqual({ newest: text(over), unfinished: open });
  });

  it('is no first start a second time, and finds nothing new', async () => {
    const watch = await start();
    await watch.readQuickly();
    await watch.poll({ firstStart: true, certifiedList: true });
    watch.view.requests.length = 0;
    expect(await watch.poll()).toEqual({ found: [], changed: [], refused: [], troubles: [] });
    const urls = watch.view.requests.map(({ url }) => url);
    expect(urls.filter((url) => url.endsWith('/query'))).toHaveLength(1);
    expect(urls.filter((url) => url.endsWith('/call'))).toEqual([]);
  });

  it('is made again where it was broken off, and takes up the same', async () => {
    const watch = await start();
    await watch.readQuickly();
    const { reader } = watch.deps;
    const down = async () => unavailable('transport', 'hosts-unreachable', 'all are down', 'here', 0);
    watch.deps = { ...watch.deps, reader: readerExcept(reader, 138814n, down) };
    await expect(watch.poll()).rejects.toMatchObject({ code: 'hosts-unreachable' });
    expect(await watch.jobs()).toEqual([text(watch.view.proposalId)]);
    expect((await watch.elections.known()).newest).toBeNull();
    watch.deps = { ...watch.deps, reader };
    watch.restart();
    await watch.poll();
    expect(await watch.jobs()).toEqual([text(watch.view.proposalId)]);
    expect(await watch.told()).toBe(1);
    expect((await watch.elections.known()).newest).toBe(text(watch.view.proposalId));
  });
});

describe('what cannot be read at a first start', () => {
  const broken = async () => unavailable('malformed', 'reply-undecodable', 'not readable: x', 'here', 0);

  it('is open where the certified list says so, with its deadline, and is verified again once it can be read', async () => {
    const watch = await start();
    await watch.readQuickly();
    const open = watch.view.proposalId;
    const { reader } = watch.deps;
    watch.deps = { ...watch.deps, reader: readerExcept(reader, open, broken) };
    await watch.poll({ firstStart: true, certifiedList: true });
    expect(await watch.jobs()).toEqual([text(open)]);
    expect(await watch.told()).toBe(1);
    const stored = await watch.stored(open);
    expect(stored).toMatchObject({ status: 'open', action: { kind: 'undecodable', code: 'proposal-unreadable' } });
    expect(stored?.deadlineAt).toBeGreaterThan(Number(seconds()));
    expect((await watch.elections.known()).unfinished).toContain(text(open));
    watch.deps = { ...watch.deps, reader };
    watch.advance(HOUR);
    await watch.poll();
    expect(await watch.stored(open)).toMatchObject({ status: 'open', action: { kind: 'elect-guestos' } });
  });
});

describe('a new election', () => {
  it('is recorded with the payload that lists leave blank', async () => {
    const watch = await started();
    const id = watch.view.elect(scenarioWith({ payload: { retires: ['1', '2', '3'].map((d) => d.repeat(40)) } }));
    expect((await watch.poll()).found).toEqual([text(id)]);
    const action = (await watch.stored(id))?.action;
    if (action?.kind !== 'elect-guestos') throw new Error('not an election');
    expect(action.version.launchMeasurements).toHaveLength(2);
    expect(await watch.jobs()).toContain(text(id));
    expect(watch.reads()).toBe(1);
  });

  it('is not missed after any downtime, whether it is open or over by then', async () => {
    const watch = await started();
    const missed = Array.from({ length: 105 }, () => watch.view.elect(scenarioWith({ elects: 'retire-only' })));
    for (const id of missed.slice(0, 50)) {
      change(watch, id, { status: Status.executed, decided: 1n, deadline: seconds() - 60n });
    }
    watch.restart();
    await watch.readQuickly();
    const { found } = await watch.poll({ certifiedList: true });
    expect(found).toEqual(missed.map(text));
    expect(await watch.jobs()).toEqual([watch.view.proposalId, ...missed].map(text));
    expect((await watch.elections.known()).newest).toBe(text(missed.at(-1)!));
  }, 60_000);

  it.each<[string, Partial<Scenario>, string]>([
    ['an action that nobody knows', { elects: 'unknown-action' }, 'unknown-action'],
    ['garbage for a payload', { payload: { rawPayload: 'deadbeef' } }, 'payload-undecodable'],
    ['an empty payload', { payload: { rawPayload: '' } }, 'payload-empty'],
    ['measurements of another type', { payload: { undecodableMeasurements: true } }, 'measurements-undecodable'],
  ])('is told and not skipped with %s, and costs the others nothing', async (_, odd, code) => {
    const watch = await started();
    const before = watch.view.elect(scenarioWith());
    const poison = watch.view.elect(scenarioWith(odd));
    const after = watch.view.elect(scenarioWith({ elects: 'hostos' }));
    const told = await watch.told();
    expect((await watch.poll()).found).toEqual([before, poison, after].map(text));
    expect((await watch.stored(poison))?.action).toMatchObject({ kind: 'undecodable', code });
    expect(kindOf((await watch.stored(after))!)).toBe('elect-hostos');
    expect(await watch.told()).toBe(told + 3);
  });

  it('is recorded as one that cannot be read where the answer about it is none', async () => {
    const watch = await started();
    const poison = watch.view.elect(scenarioWith());
    const after = watch.view.elect(scenarioWith());
    const broken = async () => unavailable('malformed', 'reply-undecodable', 'not readable: x', 'here', 0);
    watch.deps = { ...watch.deps, reader: readerExcept(watch.deps.reader, poison, broken) };
    const { found, troubles } = await watch.poll();
    expect(found).toEqual([poison, after].map(text));
    expect(troubles).toMatchObject([{ key: `proposal ${poison} unreadable` }]);
    expect(await watch.stored(poison)).toMatchObject({
      status: 'unknown',
      tally: null,
      action: { kind: 'undecodable', code: 'proposal-unreadable' },
    });
    expect(await watch.jobs()).toContain(text(poison));
    watch.reads();
    expect(await watch.poll()).toMatchObject({ found: [], troubles });
    expect(watch.reads()).toBe(0);
  });

  it('is read properly as soon as it can be', async () => {
    const watch = await started();
    const id = watch.view.elect(scenarioWith());
    const { reader } = watch.deps;
    const broken = async () => unavailable('malformed', 'reply-undecodable', 'not readable: x', 'here', 0);
    watch.deps = { ...watch.deps, reader: readerExcept(reader, id, broken) };
    await watch.poll();
    watch.deps = { ...watch.deps, reader };
    watch.advance(HOUR);
    expect((await watch.poll()).troubles).toEqual([]);
    expect(await watch.stored(id)).toMatchObject({ status: 'open', action: { kind: 'elect-guestos' } });
  });

  it('of another topic is none of our business', async () => {
    const watch = await started();
    watch.view.elect(scenarioWith({ elects: 'not-an-election' }));
    expect((await watch.poll({ certifiedList: true })).found).toEqual([]);
  });
});
