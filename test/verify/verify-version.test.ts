import { describe, expect, it, vi } from 'vitest';
import { COMPONENTS } from '../../src/domain/component.ts';
import { evidenceKey, unavailable, type EvidenceKey, type Observation } from '../../src/domain/evidence.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import {
  COMMIT,
  flipped,
  imageHash,
  missing,
  proposal,
  PROPOSAL_ID,
  seen,
  sumsOf,
  TREE,
  url,
} from '../support/evidence.ts';
import { other, third, world } from './walk-world.ts';

describe('the walk of one verification', () => {
  it('ends verified in an honest world, every fact looked at once and stored before it was judged', async () => {
    const { verify, looked, built, runs } = world();
    const result = await verify();
    expect(result.verdict).toMatchObject({ outcome: 'verified', reason: null });
    expect(looked.length).toBe(new Set(looked).size);
    expect(built).toHaveLength(1);
    expect([...runs.runs.values()][0]?.verdicts).toHaveLength(1);
  });

  it.each(['source-withheld', 'fork'])('never builds a commit that is on no official ref (%s)', async (why) => {
    const presence = why === 'fork' ? 'off-refs' : 'missing';
    const { verify, built } = world({ looks: [[evidenceKey.commitRefs(COMMIT), seen({ presence, refs: [] })]] });
    const { verdict } = await verify();
    expect(built).toEqual([]);
    expect(verdict).toMatchObject(
      why === 'fork' ? { outcome: 'mismatch' } : { outcome: 'inconclusive', reason: 'source-withheld' },
    );
  });

  it('never builds while the refs are out of reach', async () => {
    const { verify, built } = world({ looks: [[evidenceKey.commitRefs(COMMIT), missing()]] });
    expect((await verify()).verdict).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
    expect(built).toEqual([]);
  });

  it('tells a mistake of this program as one, and judges what else it saw', async () => {
    const own = (key: EvidenceKey): [EvidenceKey, Observation<unknown>] => [
      key,
      unavailable('bug', 'unexpected', 'x is undefined', 'here', 0),
    ];
    const dashboard = evidenceKey.dashboard(PROPOSAL_ID);
    const advisory = world({ looks: [own(dashboard)] });
    expect((await advisory.verify()).verdict).toMatchObject({ outcome: 'verified' });
    expect(advisory.progress).toContainEqual({
      type: 'bug',
      sentence: expect.stringContaining('x is undefined') as string,
      error: expect.any(Error) as Error,
    });
    const refs = world({ looks: [own(evidenceKey.commitRefs(COMMIT))] });
    expect((await refs.verify()).verdict).toMatchObject({ outcome: 'inconclusive', reason: 'host-unfit' });
    const wrong = seen({ sha256: flipped(imageHash('guestos')), bytes: 1000 });
    const differs = world({ looks: [own(dashboard), [evidenceKey.image(url('guestos', 'image')), wrong]] });
    expect((await differs.verify()).verdict).toMatchObject({ outcome: 'mismatch' });
  });

  it.each(['host', 'storage', 'input'] as const)(
    'calls what this machine kept it from seeing (%s) its own',
    async (kind) => {
      const gone = unavailable(kind, 'x', 'No space left on device', 'here', 0);
      const { verify } = world({ looks: [[evidenceKey.commitRefs(COMMIT), gone]] });
      const { verdict } = await verify();
      expect(verdict).toMatchObject({ outcome: 'inconclusive', reason: 'host-unfit' });
      const [refs] = verdict?.results.filter(({ check }) => check === 'commit-on-release-ref') ?? [];
      expect(refs?.sentence).toContain('The cause is on this machine: No space left on device');
    },
  );

  it('does not build on an unfit machine, and says so', async () => {
    const host = { problems: [{ code: 'no-podman', sentence: 'No podman.' }], warnings: [], description: 'here' };
    const { verify, built } = world({ looks: [[evidenceKey.host(), seen(host)]] });
    expect((await verify()).verdict).toMatchObject({ outcome: 'inconclusive', reason: 'host-unfit' });
    expect(built).toEqual([]);
  });

  it('does not build a layout that it does not know', async () => {
    const { verify, built } = world({ looks: [[evidenceKey.tree(COMMIT), seen({ ...TREE, buildScript: null })]] });
    expect((await verify()).verdict).toMatchObject({ outcome: 'inconclusive', reason: 'not-built' });
    expect(built).toEqual([]);
  });

  it('publishes what is elected before the other images arrive, and then the whole', async () => {
    let arrive = (): void => undefined;
    const others = new Promise<void>((resolve) => (arrive = resolve));
    const { verify, runs } = world({ others });
    const verifying = verify({ electedFirst: true });
    const first = (): readonly string[] =>
      [...runs.runs.values()].flatMap(({ verdicts }) =>
        verdicts.map(({ outcome, caveats }) => `${outcome} ${caveats.length > 0}`),
      );
    while (first().length === 0) await new Promise((later) => setTimeout(later, 1));
    expect(first()).toEqual(['verified true']);
    arrive();
    expect((await verifying).revision).toBe(2);
    expect(first()).toEqual(['verified true', 'verified false']);
  });

  it('does not judge where an extra fact could not be stored', async () => {
    const { verify, runs } = world();
    const { observed } = runs;
    runs.observed = async (run, key, observation) => {
      if (key.kind === 'image' && key.subject.includes('/setup-os/')) throw new Error('the disk is full');
      await observed(run, key, observation);
    };
    await expect(verify({ electedFirst: true })).rejects.toThrow('the disk is full');
    expect([...runs.runs.values()].flatMap(({ verdicts }) => verdicts)).toEqual([]);
  });

  it('builds while what only advises keeps us waiting, and judges it all the same', async () => {
    let answer = (): void => undefined;
    const { verify, built } = world({ advice: new Promise((resolve) => (answer = resolve)) });
    const running = verify();
    await vi.waitFor(() => expect(built).toHaveLength(1));
    answer();
    expect((await running).verdict).toMatchObject({ outcome: 'verified', caveats: [] });
  });

  it('publishes once where everything is there by the time that the build ends', async () => {
    const { verify } = world();
    expect((await verify({ electedFirst: true })).revision).toBe(1);
  });

  it('is never verified without a build', async () => {
    const { verify, built } = world();
    expect((await verify({ build: false })).verdict).toMatchObject({ outcome: 'inconclusive', reason: 'not-built' });
    expect(built).toEqual([]);
  });

  it('gives no verdict in a dry run, downloads nothing and builds', async () => {
    const { verify, looked, built } = world();
    const result = await verify({ dryRun: true });
    expect(result.verdict).toBeNull();
    expect(built).toHaveLength(1);
    expect(looked.filter((name) => /^(image|sums|measurements|attestations)/.test(name))).toEqual([]);
  });

  it('builds in a dry run what the commit’s own tree has', async () => {
    const tree = seen({ ...TREE, hasRecovery: false });
    const { verify, built } = world({ looks: [[evidenceKey.tree(COMMIT), tree]] });
    await verify({ dryRun: true });
    expect(built.map(({ components }) => components)).toEqual([['guestos', 'hostos', 'setupos']]);
  });

  it('tells a mismatch of the small facts before the build is over', async () => {
    const bad = sumsOf('guestos', { 'update-img.tar.zst': flipped(imageHash('guestos')) });
    const { verify, progress } = world({ looks: [[evidenceKey.sums(url('guestos', 'checksums')), seen(bad)]] });
    expect((await verify()).verdict?.outcome).toBe('mismatch');
    const early = progress.findIndex((event) => event.type === 'verdict' && event.verdict.outcome === 'mismatch');
    const building = progress.findIndex((event) => event.type === 'observed' && event.key.kind === 'build');
    expect(early).toBeGreaterThan(-1);
    expect(early).toBeLessThan(building);
    const event = progress[early];
    const built =
      event?.type === 'verdict' ? event.verdict.results.filter(({ check }) => check === 'build-reproduces') : [];
    expect(built.map((result) => 'sentence' in result && result.sentence)).toContain(
      'The build is running or queued; its result is not available yet.',
    );
  });

  it('gives a run that was stopped no verdict but inconclusive', async () => {
    const { verify, abort, built } = world();
    abort.abort();
    expect((await verify()).verdict).toMatchObject({ outcome: 'inconclusive', reason: 'interrupted' });
    expect(built).toEqual([]);
  });
});

describe('a mismatch that only the local build shows', () => {
  it('waits, told and unconfirmed, where a second build has no room now', async () => {
    const { verify, built } = world({ builds: [other(), other()], mayConfirm: async () => false });
    expect(await verify({ confirm: true })).toMatchObject({ verdict: { confirmed: false }, revision: 1 });
    expect(built).toHaveLength(1);
  });

  it('stays unconfirmed where nobody asks for a second build', async () => {
    const { verify, built } = world({ builds: [other()] });
    expect((await verify()).verdict).toMatchObject({ outcome: 'mismatch', confirmed: false });
    expect(built).toHaveLength(1);
  });

  it('is stored at once, and confirmed by a second build that gives the same', async () => {
    const { verify, runs, progress } = world({ builds: [other(), other()] });
    const result = await verify({ confirm: true });
    expect(result).toMatchObject({ verdict: { outcome: 'mismatch', confirmed: true }, revision: 2 });
    const [run] = [...runs.runs.values()];
    expect(run?.verdicts.map((verdict) => verdict.confirmed)).toEqual([false, true]);
    expect(progress.some((event) => event.type === 'verdict' && event.verdict.confirmed === false)).toBe(true);
  });

  it('is taken back where the second build gives the published bytes', async () => {
    const { verify, built } = world({ builds: [other()] });
    const { verdict } = await verify({ confirm: true });
    expect(verdict?.outcome).toBe('verified');
    expect(verdict?.findings.map(({ id }) => id).join()).toMatch(/deterministic/);
    expect(built.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it('is inconclusive where all three differ', async () => {
    const { verify } = world({ builds: [other(), third()] });
    const { verdict } = await verify({ confirm: true });
    expect(verdict).toMatchObject({ outcome: 'inconclusive', reason: 'not-deterministic' });
  });

  it('does not build again what the published files contradict as well', async () => {
    const bytes: [EvidenceKey, Observation<unknown>] = [evidenceKey.image(url('guestos', 'image')), other()];
    const { verify, built } = world({ builds: [other()], looks: [bytes] });
    expect((await verify({ confirm: true })).verdict).toMatchObject({ outcome: 'mismatch', confirmed: true });
    expect(built).toHaveLength(1);
  });
});

describe('a proposal that gives nothing to verify', () => {
  const unread = (kind: Parameters<typeof unavailable>[0]): Observation<Proposal> =>
    unavailable(kind, 'code', 'Why.', 'canister', 0);
  it.each([
    ['untrusted', 'untrusted-input'],
    ['transport', 'unreachable'],
    ['absent', 'not-an-election'],
    ['malformed', 'malformed-payload'],
  ] as const)('reads %s as inconclusive: %s', async (kind, reason) => {
    const { verify, looked } = world({ reading: unread(kind) });
    expect((await verify()).verdict).toMatchObject({ outcome: 'inconclusive', reason });
    expect(looked).toEqual([]);
  });

  it.each([
    [{ kind: 'other' }, 'not-an-election'],
    [{ kind: 'retire-only', component: 'guestos', retires: ['x'] }, 'nothing-to-build'],
    [{ kind: 'undecodable', code: 'no-urls', sentence: 'No URLs.' }, 'malformed-payload'],
  ] as const)('takes the action %j as inconclusive: %s', async (action, reason) => {
    const { verify, built } = world({ reading: seen(proposal({ action })) });
    expect((await verify()).verdict).toMatchObject({ outcome: 'inconclusive', reason });
    expect(built).toEqual([]);
  });
});

it('verifies every component of a commit', async () => {
  const { verify, built } = world();
  const result = await verify({ target: { mode: 'commit', commit: COMMIT } });
  expect(result.verdict?.outcome).toBe('verified');
  expect(built[0]?.components).toEqual(COMPONENTS.map(({ component }) => component));
});
