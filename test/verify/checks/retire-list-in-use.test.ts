import { describe, expect, it } from 'vitest';
import type { RegistryUse } from '../../../src/domain/evidence.ts';
import { retireListInUse } from '../../../src/verify/checks/retire-list-in-use.ts';
import {
  ABSENT,
  COMMIT,
  COMMIT_SUBJECT,
  election,
  ids,
  key,
  missing,
  OTHER_COMMIT,
  retireOnly,
  seen,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const registry = (use: Partial<RegistryUse>) => seen({ inUse: [], notRead: [], registryVersion: '1', ...use });
const retiring = (component: 'guestos' | 'hostos' = 'guestos') =>
  new World({ subject: election({ component, retires: [OTHER_COMMIT] }) });
const say = (use: Partial<RegistryUse>, world = retiring()) =>
  world.set(key.registry(), registry(use)).say('retire-list-in-use');
const by = (version: string, place = 'subnet abc') => ({ version, by: place });

describe('retire-list-in-use', () => {
  it('says nothing when no version to retire is in use', () => {
    const said = say({ inUse: [by(COMMIT)] });
    expect(said).toMatchObject({ outcome: 'verified', findings: [], caveats: [] });
    expect(said.sentence).toBe('No version to retire is in use.');
  });

  it.each([election({ retires: [OTHER_COMMIT] }), retireOnly([OTHER_COMMIT])])(
    'tells seriously of a version that still runs (%#)',
    (subject) => {
      const said = say(
        { inUse: [by(COMMIT, 'other'), by(OTHER_COMMIT), by(OTHER_COMMIT, 'unassigned nodes')] },
        new World({ subject }),
      );
      expect(said.findings).toMatchObject([{ id: 'retire-list-in-use/in-use', severity: 'serious' }]);
      expect(said.sentence).toContain('“subnet abc” and “unassigned nodes”');
      expect(said.sentence).toContain('execution would fail');
    },
  );

  it('counts many places, and tells of each version once', () => {
    const inUse = Array.from({ length: 4 }, (_, index) => by(OTHER_COMMIT, `subnet ${index}`));
    const world = new World({ subject: election({ retires: [OTHER_COMMIT, OTHER_COMMIT] }) });
    expect(say({ inUse }, world).findings).toHaveLength(1);
    expect(say({ inUse }).sentence).toContain('4 places');
    expect(say({ inUse: inUse.slice(1) }).sentence).toContain('“subnet 1”, “subnet 2” and “subnet 3”');
    const many = Array.from({ length: 50 }, (_, index) => `version ${index}`);
    const all = new World({ subject: election({ retires: many }) });
    expect(say({ inUse: many.map((version) => by(version)) }, all).findings).toHaveLength(10);
  });

  it('makes places that were not read a caveat, where such versions could run', () => {
    const notRead = ['subnets', 'unassigned-nodes', 'api-boundary-nodes', 'hostos-nodes'] as const;
    const guest = say({ notRead });
    expect(ids(guest.caveats)).toEqual(Array.from({ length: 3 }, () => 'retire-list-in-use/not-read'));
    expect(guest.sentence).toBe('No version to retire was seen in use.');
    const caveats = (world: World) => say({ notRead }, world).caveats.map(({ sentence }) => sentence);
    expect(caveats(retiring('hostos'))).toEqual([expect.stringContaining('HostOS')]);
    expect(caveats(new World({ subject: retireOnly(['x'], 'hostos') }))).toHaveLength(1);
    expect(caveats(new World({ subject: retireOnly(['x']) }))).toHaveLength(3);
  });

  it('has nothing to say of a commit but what was not read', () => {
    const world = retiring().set(
      key.registry(),
      registry({ inUse: [by(OTHER_COMMIT)], notRead: ['subnets', 'hostos-nodes'] }),
    );
    const cell = world.plan.cells.find(({ check }) => check === 'retire-list-in-use')!;
    const said = retireListInUse.judge(cell, new World({ subject: COMMIT_SUBJECT }).scope, world.evidence());
    expect(said.findings).toEqual([]);
    expect(said.caveats.map(({ sentence }) => sentence)).toEqual([expect.stringContaining('the subnets use')]);
  });

  it.each([missing(), ABSENT, undefined])('is open with a caveat when the registry gives nothing (%#)', (look) => {
    const said = retiring().set(key.registry(), look).say('retire-list-in-use');
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable', findings: [] });
    expect(ids(said.caveats)).toEqual(['retire-list-in-use/unavailable']);
  });

  it('is skipped where nothing is retired', () => {
    const reason = (world: World) => world.plan.skipped.find(({ check }) => check === 'retire-list-in-use')?.reason;
    expect(reason(new World())).toBe('The proposal retires no version.');
    expect(reason(new World({ subject: COMMIT_SUBJECT }))).toContain('not a proposal');
    expect(reason(retiring())).toBeUndefined();
  });
});
