import { describe, expect, it } from 'vitest';
import { unavailable } from '../../src/domain/evidence.ts';
import { Status } from '../../simnet/ic/governance/proposal.ts';
import { scenarioWith } from '../simnet/ic-kit.ts';
import { HOUR, readerExcept, seconds, text, watchRig, type Watch } from './discover-kit.ts';

const { change: changeOf, start, started } = watchRig();
const change = (watch: Watch, changes: Parameters<typeof changeOf>[2]): void =>
  changeOf(watch, watch.view.proposalId, changes);

describe('an election whose story has not ended', () => {
  it('is followed from open over decided to executed', async () => {
    const watch = await started();
    const id = text(watch.view.proposalId);
    const decided = seconds() - 10n;
    change(watch, { status: Status.adopted, decided });
    expect((await watch.poll()).changed).toEqual([id]);
    expect(await watch.stored(watch.view.proposalId)).toMatchObject({
      status: 'adopted',
      rewardStatus: 'accept-votes',
      decidedAt: Number(decided),
    });
    change(watch, { status: Status.executed });
    expect((await watch.poll()).changed).toEqual([id]);
    expect(await watch.stored(watch.view.proposalId)).toMatchObject({
      status: 'executed',
      executedAt: Number(decided),
    });
    expect(watch.reads()).toBe(2);
    expect((await watch.elections.known()).unfinished).toEqual([id]);
  });

  it('shows why its execution failed', async () => {
    const watch = await started();
    const failureReason = 'version to retire is in use';
    change(watch, { status: Status.failed, decided: seconds() - 10n, failureReason });
    await watch.poll();
    expect(await watch.stored(watch.view.proposalId)).toMatchObject({ status: 'failed', failureReason });
  });

  it('is let go once it is over and its voting has closed', async () => {
    const watch = await start();
    const deadline = seconds() + 4n;
    change(watch, { deadline });
    await watch.settle();
    change(watch, { status: Status.executed, decided: seconds() - 10n });
    await watch.poll();
    expect((await watch.elections.known()).unfinished).toEqual([text(watch.view.proposalId)]);
    await new Promise((resolve) => setTimeout(resolve, Number(deadline) * 1000 + 1_100 - Date.now()));
    expect((await watch.poll()).changed).toEqual([text(watch.view.proposalId)]);
    expect((await watch.stored(watch.view.proposalId))?.rewardStatus).toBe('ready-to-settle');
    expect((await watch.elections.known()).unfinished).toEqual([]);
  });

  it('has its deadline moved where the canister moves it', async () => {
    const watch = await started();
    const deadline = seconds() + 6n * 86_400n;
    change(watch, { deadline });
    expect((await watch.poll()).changed).toEqual([text(watch.view.proposalId)]);
    expect((await watch.stored(watch.view.proposalId))?.deadlineAt).toBe(Number(deadline));
  });

  it('is not read again for a handful of votes, but for a hundredth of them, or when the lead changes', async () => {
    const watch = await started();
    const total = 46_334_384_189_105_008n;
    const yes = 1_200_000_000_000n;
    change(watch, { tally: { yes: yes + 5n, no: 3_000_000_000n, total } });
    await watch.poll();
    expect(watch.reads()).toBe(0);
    change(watch, { tally: { yes: yes + total / 99n, no: 3_000_000_000n, total } });
    await watch.poll();
    expect(watch.reads()).toBe(1);
    expect((await watch.stored(watch.view.proposalId))?.tally?.yes).toBe(String(yes + total / 99n));
  });

  it('is read certified at least hourly, and after a restart', async () => {
    const watch = await started();
    watch.advance(HOUR - 60_000);
    await watch.poll();
    expect(watch.reads()).toBe(0);
    watch.advance(60_000);
    expect(await watch.poll()).toMatchObject({ found: [], changed: [] });
    expect(watch.reads()).toBe(1);
    watch.restart();
    expect(await watch.poll()).toMatchObject({ found: [], changed: [] });
    expect(watch.reads()).toBe(1);
  });

  it('is never recorded as what a list says of it', async () => {
    const watch = await started();
    const { list } = watch.deps;
    watch.deps = {
      ...watch.deps,
      list: {
        read: async (wanted, signal) => {
          const listing = await list.read(wanted, signal);
          const lies = listing.elections.map((each) => ({ ...each, status: 'executed' as const, decidedAt: 1 }));
          return { ...listing, elections: lies };
        },
      },
    };
    await watch.poll();
    expect(watch.reads()).toBeGreaterThan(0);
    expect(await watch.stored(watch.view.proposalId)).toMatchObject({ status: 'open', decidedAt: null });
  });

  it('stays as it is where an answer is older than what is known', async () => {
    const watch = await started();
    const { reader } = watch.deps;
    const old = await reader.read(text(watch.view.proposalId), watch.deps.signal);
    change(watch, { status: Status.executed, decided: seconds() - 10n });
    await watch.poll();
    watch.deps = { ...watch.deps, reader: readerExcept(reader, watch.view.proposalId, async () => old) };
    watch.advance(HOUR);
    expect((await watch.poll()).refused).toEqual([text(watch.view.proposalId)]);
    expect((await watch.stored(watch.view.proposalId))?.status).toBe('executed');
  });

  it('is kept as it was where it cannot be read, or is said not to exist', async () => {
    for (const kind of ['malformed', 'absent'] as const) {
      const watch = await started();
      const { reader } = watch.deps;
      const odd = async () => unavailable(kind, 'some-code', 'odd', 'here', 0);
      watch.deps = { ...watch.deps, reader: readerExcept(reader, watch.view.proposalId, odd) };
      watch.advance(HOUR);
      const { troubles } = await watch.poll();
      const what = kind === 'absent' ? 'vanished' : 'unreadable';
      expect(troubles.map(({ key }) => key)).toEqual([`proposal ${watch.view.proposalId} ${what}`]);
      expect(await watch.stored(watch.view.proposalId)).toMatchObject({
        status: 'open',
        action: { kind: 'elect-guestos' },
      });
    }
  });
});

describe('a failed poll', () => {
  it('throws, records nothing, and is made good by the next', async () => {
    const faults = [{ at: 'ic' as const, hosts: 'all' as const, fault: 'down' as const, times: 9 }];
    const watch = await start({ faults });
    await expect(watch.poll()).rejects.toMatchObject({ name: 'WatchError', kind: 'transport' });
    expect(await watch.elections.known()).toEqual({ newest: null, unfinished: [] });
    await watch.readQuickly();
    await watch.poll();
    expect(await watch.jobs()).toEqual([text(watch.view.proposalId)]);
  });

  it('is not “no proposals” where no host tells the truth', async () => {
    const faults = [{ at: 'ic' as const, hosts: 'all' as const, fault: 'other-root' as const }];
    const watch = await start({ faults });
    await expect(watch.poll()).rejects.toMatchObject({ kind: 'untrusted' });
    expect((await watch.elections.known()).newest).toBeNull();
  });

  it('still records what could be read, and goes on with the rest in the next', async () => {
    const watch = await started();
    const lost = watch.view.elect(scenarioWith());
    const newer = watch.view.elect(scenarioWith());
    const { reader } = watch.deps;
    const down = async () => unavailable('transport', 'hosts-unreachable', 'all are down', 'here', 0);
    watch.deps = { ...watch.deps, reader: readerExcept(reader, lost, down) };
    await expect(watch.poll({ certifiedList: true })).rejects.toMatchObject({ code: 'hosts-unreachable' });
    expect(await watch.jobs()).toContain(text(newer));
    watch.deps = { ...watch.deps, reader };
    watch.restart();
    expect((await watch.poll()).found).toContain(text(lost));
    expect(await watch.jobs()).toContain(text(lost));
  });

  it('ends soon when the service stops', async () => {
    const watch = await started();
    watch.view.elect(scenarioWith());
    watch.deps = { ...watch.deps, signal: AbortSignal.abort() };
    await expect(watch.poll()).rejects.toMatchObject({ kind: 'transport' });
  });
});
