import { describe, expect, it, vi } from 'vitest';
import { decodeBuildOutcome, encodeBuildOutcome } from '../../src/service/build-outcome-codec.ts';
import { buildNext } from '../../src/service/build-worker.ts';
import { COMPONENTS } from '../../src/domain/component.ts';
import { unavailable } from '../../src/domain/evidence.ts';
import type { BuildOutcome } from '../../src/domain/ports.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { COMMIT, seen } from '../support/evidence.ts';
import { bench, claimed, failure, GOES_ON, GOOD, NEVER, outcomeOf, REQUEST } from './build-bench.ts';

describe('a build over the queue', () => {
  it('is done by the builder, with the source that the builder itself read, for every component', async () => {
    const { ask, work, built, close } = await bench([GOOD]);
    const [outcome] = await Promise.all([ask(), work()]);
    expect(outcome).toEqual(GOOD);
    expect(built).toEqual([{ ...REQUEST, components: COMPONENTS.map(({ component }) => component) }]);
    await close();
  });

  it('is done once for two proposals of a commit, and not again after a restart', async () => {
    const { ask, work, built, close } = await bench([GOOD]);
    await Promise.all([ask(), ask(), work()]);
    expect(await ask({ ...REQUEST, components: ['hostos'] })).toEqual(GOOD);
    expect(built).toHaveLength(1);
    await close();
  });

  it('is another one for the second attempt', async () => {
    const { ask, work, built, close } = await bench([GOOD, GOOD]);
    await Promise.all([ask(), work()]);
    await Promise.all([ask({ ...REQUEST, attempt: 2 }), work()]);
    expect(built.map(({ attempt }) => attempt)).toEqual([1, 2]);
    await close();
  });

  it('is done again where it failed and that was judged already, and only then', async () => {
    const before = await bench([outcomeOf(failure(1000)), GOOD], 1000);
    await Promise.all([before.ask(), before.work()]);
    expect((await before.ask()).build.status).toBe('unavailable');
    expect(before.built).toHaveLength(1);
    await before.close();
    const after = await bench([outcomeOf(failure(1000)), GOOD], 1001);
    expect((await Promise.all([after.ask(), after.work()]))[0].build.status).toBe('unavailable');
    expect((await Promise.all([after.ask(), after.work()]))[0]).toEqual(GOOD);
    await after.close();
  });

  it('that says success and leaves out what was asked for has failed, and is done again like any other', async () => {
    const lost = unavailable('absent', 'no-file', 'No such file.', 'here', 1000);
    const without: BuildOutcome = { ...GOOD, images: new Map([...GOOD.images, ['guestos', lost] as const]) };
    const { ask, work, built, close } = await bench([without, GOOD], Date.now() + 60_000);
    expect((await Promise.all([ask(), work()]))[0]).toEqual(without);
    expect((await Promise.all([ask(), work()]))[0]).toEqual(GOOD);
    expect(await ask()).toEqual(GOOD);
    expect(built).toHaveLength(2);
    await close();
  });

  it('that failed is not done again at each try, but when its own time has come', async () => {
    const { ask, work, built, close } = await bench([outcomeOf(failure(1000)), GOOD], 5000, [], false);
    await Promise.all([ask(), work()]);
    expect((await ask()).build).toMatchObject({ code: 'build-failed', observedAt: 1000 });
    expect(built).toHaveLength(1);
    await close();
  });

  it('that was kept from being made, by the machine or by whoever stopped it, waits for no time of its own', async () => {
    const kept = unavailable('rejected', 'host-unfit', 'No sudo.', 'here', 1000);
    const { ask, work, close } = await bench([outcomeOf(kept), GOOD], 5000, [], false);
    await Promise.all([ask(), work()]);
    expect((await Promise.all([ask(), work()]))[0]).toEqual(GOOD);
    await close();
  });

  it('is refused where the builder finds that its own machine cannot build', async () => {
    const { ask, work, built, close } = await bench([], 0, [{ code: 'no-sudo', sentence: 'sudo is missing.' }]);
    const [outcome] = await Promise.all([ask(), work()]);
    expect(outcome.build).toMatchObject({ status: 'unavailable', code: 'host-unfit', detail: 'sudo is missing.' });
    expect(built).toEqual([]);
    await close();
  });

  it('never believes a result that cannot be read, and says so in the end', async () => {
    const { ask, queue, close } = await bench([]);
    const forger = async (): Promise<void> => {
      for (;;) {
        const job = await queue.claim('build', 'forger', 30_000);
        if (job) {
          await queue.finish(job.id, 'forger', { build: { status: 'observed', value: {} } });
          return;
        }
        await new Promise((later) => setTimeout(later, 5));
      }
    };
    const [outcome] = await Promise.all([ask(), forger()]);
    expect(outcome.build).toMatchObject({ status: 'unavailable', code: 'build-failed' });
    expect(outcome.images.get('guestos')).toMatchObject({ status: 'unavailable' });
    await close();
  });

  it('is waited for no longer when the service stops, and goes on', async () => {
    const { ask, queue, close } = await bench([]);
    const stop = new AbortController();
    const asked = ask(REQUEST, stop.signal);
    await new Promise((later) => setTimeout(later, 50));
    stop.abort();
    expect((await asked).build).toMatchObject({ status: 'unavailable', code: 'interrupted' });
    expect(await queue.look('build', `${COMMIT}#1`)).toMatchObject({ state: 'queued' });
    await close();
  });

  it('is given up after three builders died over it', async () => {
    const { ask, work, queue, built, close } = await bench([]);
    const asked = ask();
    for (let death = 1; death <= 3; death += 1) await claimed(queue, 1, `builder ${death + 1}`);
    await new Promise((later) => setTimeout(later, 5));
    await work();
    const { build: given } = await asked;
    expect(JSON.stringify(given)).toContain('begun 3 times and never came to an end');
    // Its builders died: that is no failure of the build, whose tries are counted by themselves.
    expect(given).toMatchObject({ code: 'interrupted' });
    expect(built).toHaveLength(0);
    await close();
  });

  it('is not given up over a builder that was stopped in good order, however often', async () => {
    const { ask, work, worker, built, close } = await bench([GOOD]);
    const asked = ask();
    for (let times = 1; times <= 4; times += 1) {
      const stopped = AbortSignal.abort();
      while (!(await buildNext(worker, stopped))) await new Promise((later) => setTimeout(later, 5));
    }
    built.length = 0;
    await work();
    expect(await asked).toEqual(GOOD);
    await close();
  });

  it('is not given up over having given way, however often, and its end counts where it came first', async () => {
    const gaveWay = { ...GOES_ON, reason: () => 'it gave way' };
    const interrupted = outcomeOf(unavailable('rejected', 'interrupted', 'Stopped.', 'here', 1000));
    const outcomes = [...Array.from({ length: 4 }, () => interrupted), GOOD];
    const { ask, work, queue, built, close } = await bench(outcomes, 0, [], true, gaveWay);
    const asked = ask();
    for (let times = 1; times <= 4; times += 1) await work();
    expect(await queue.look('build', `${COMMIT}#1`)).toMatchObject({ state: 'queued', why: 'it gave way' });
    await work();
    expect(await asked).toEqual(GOOD);
    expect(built).toHaveLength(5);
    await close();
  });

  it('tells whoever waits for it that it was broken off and waits for its turn', async () => {
    const { ask, queue, progress, work, close } = await bench([GOOD]);
    const asked = ask();
    const job = await claimed(queue);
    await queue.heartbeat(job.id, 'unlucky', 30_000, { seconds: 9, lastLine: 'Linking.' });
    await vi.waitUntil(() => progress.length > 0);
    await queue.giveBack(job.id, 'unlucky', 'it gave way');
    await vi.waitUntil(() => progress.some(({ type }) => type === 'build-waits'));
    await work();
    await asked;
    expect(progress.filter(({ type }) => type === 'build-waits')).toEqual([
      { type: 'build-waits', why: 'it gave way' },
    ]);
    await close();
  });

  it('that a fault of the builder ends is told at once, and uses up nothing of what builders that die have left', async () => {
    const { ask, worker, queue, built, close } = await bench([]);
    const asked = ask();
    for (let death = 1; death <= 2; death += 1) await claimed(queue, 1, `builder ${death + 1}`);
    await new Promise((later) => setTimeout(later, 5));
    const faulty = { ...worker, builder: { build: () => Promise.reject(new Error('NODE_EXTRA_CA_CERTS names /x')) } };
    await buildNext(faulty, NEVER);
    const { build: given } = await asked;
    expect(given).toMatchObject({
      code: 'interrupted',
      detail: 'The builder could not see this build through: NODE_EXTRA_CA_CERTS names /x.',
    });
    expect(built).toHaveLength(0);
    await close();
  });

  it('is not lost where the write of its outcome fails once', async () => {
    const { ask, worker, queue, built, close } = await bench([GOOD]);
    let failures = 0;
    const finish: typeof queue.finish = (...args) =>
      failures++ === 0 ? Promise.reject(new Error('the database is locked')) : queue.finish(...args);
    const asked = ask();
    const clock = { ...systemClock, sleep: (ms: number) => systemClock.sleep(Math.min(ms, 5)) };
    while (!(await buildNext({ ...worker, clock, queue: { ...queue, finish } }, NEVER))) await systemClock.sleep(5);
    expect(await asked).toEqual(GOOD);
    expect(built).toHaveLength(1);
    await close();
  });
});

describe('the outcome of a build as JSON', () => {
  it.each([
    ['good', GOOD],
    ['failed', outcomeOf(failure(5))],
  ])('comes back as it was (%s)', (_, outcome) => {
    expect(decodeBuildOutcome(JSON.parse(JSON.stringify(encodeBuildOutcome(outcome))))).toEqual(outcome);
  });

  it.each([
    ['nothing', null],
    ['a hash of the wrong length', { ...GOOD, images: [['guestos', seen({ sha256: 'abc', bytes: 1 })]] }],
    ['an unknown component', { ...GOOD, images: [['otheros', seen({ sha256: 'a'.repeat(64), bytes: 1 })]] }],
    ['images that are no list', { ...GOOD, images: {} }],
  ])('is nothing where it is %s', (_, result) => {
    expect(decodeBuildOutcome(JSON.parse(JSON.stringify(result)))).toBeNull();
  });
});
