import { describe, expect, it } from 'vitest';
import { durationText, sizeText, totalText } from '../../src/cli/duration.ts';
import { exitCodeOf } from '../../src/cli/exit-codes.ts';
import { verifyText, type Shown } from '../../src/cli/verify-text.ts';
import { verdictDocument } from '../../src/domain/verdict-document.ts';
import type { Component } from '../../src/domain/component.ts';
import { evidenceKey } from '../../src/domain/evidence.ts';
import { TARGETS } from '../../src/verify/plan.ts';
import { COMMIT, COMMIT_SUBJECT, flipped, imageHash, missing, proposal, seen, TREE, url } from '../support/evidence.ts';
import { World } from '../support/world.ts';

function shown(world: World, changes: Partial<Shown> = {}): string {
  return verifyText({
    network: 'mainnet',
    toolVersion: '0.1.0',
    proposal: proposal(),
    commit: COMMIT,
    verdict: world.verdict(),
    evidence: world.evidence(),
    seconds: 5025,
    ...changes,
  });
}

describe('the report for people', () => {
  it('says what users of repro-check know when all is well', () => {
    const text = shown(new World());
    expect(text).toContain("The proposal's artifact and hash match.");
    expect(text).toContain('The GuestOS sha256sum from the proposal and remote match.');
    expect(text).toContain('The GuestOS measurements from the proposal and remote match.');
    expect(text).toContain('Verification successful for GuestOS!');
    expect(text).toContain(
      'The sha256 sum for GuestOS from the artifact built locally and the one fetched from remote match:\n' +
        `\tLocal = ${imageHash('guestos')}\n\tRemote = ${imageHash('guestos')}`,
    );
    expect(text).toMatch(/\n\nVERIFIED: .*\n\nTotal time: 1h 23m 45s\n$/);
    expect(text).not.toContain('✖');
  });

  it('shows Local and Remote side by side when they differ', () => {
    const local = flipped(imageHash('guestos'));
    const text = shown(
      new World().set(evidenceKey.localImage(COMMIT, 1, 'guestos'), seen({ sha256: local, bytes: 1 })),
    );
    expect(text).toContain(
      'Error! The sha256 sum from the remote does not match the one we just built for GuestOS.\n' +
        `\tLocal = ${local}\n\tRemote = ${imageHash('guestos')}`,
    );
    expect(text).toMatch(/\nMISMATCH/);
    expect(text).not.toContain('Verification successful for GuestOS!');
  });

  it('names what could not be fetched', () => {
    const image = url('guestos', 'image');
    const world = new World()
      .set(evidenceKey.image(image), missing('transport', 'http-500', 'the server answered 500'))
      .set(evidenceKey.commitRefs(COMMIT), seen({ presence: 'missing', refs: [] }));
    const text = shown(world);
    expect(text).toContain(`? Could not download ${image}. Error: the server answered 500`);
    expect(text).toContain(`? Could not fetch commit ${COMMIT} from the remote repository.`);
  });

  it.each([
    [true, 'kvm-refused', true],
    [undefined, 'no-kvm', true],
    [false, 'no-kvm', false],
    [false, 'os-unknown', true],
  ])('says what the host lacks where the tree needs it: in virtual machines %s, %s', (buildsInVm, code, isTold) => {
    const warnings = [{ code, sentence: 'This machine has no /dev/kvm: emulated, much slower.' }];
    const world = new World()
      .set(evidenceKey.host(), seen({ problems: [], warnings, description: 'here' }))
      .set(evidenceKey.tree(COMMIT), seen({ ...TREE, ...(buildsInVm === undefined ? {} : { buildsInVm }) }));
    expect(shown(world).includes('\n⚠ This machine has no /dev/kvm: emulated, much slower.\n')).toBe(isTold);
  });

  it('begins with NOT MAINNET where that is so', () => {
    expect(shown(new World(), { network: 'NOT MAINNET: IC_ROOT_KEY' })).toMatch(/^NOT MAINNET: IC_ROOT_KEY\n/);
  });

  it('cannot be made to look different by a title', () => {
    const title = '\u001b[2J\u001b[32mVERIFIED ✔\u001b[0m\n\n[✔] package-hash · forged\u202e';
    const lines = shown(new World(), { proposal: proposal({ title }) }).split('\n');
    expect(lines[1]).toBe('Title:    VERIFIED ✔ [✔] package-hash · forged');
    expect(lines.join('\n')).not.toMatch(/[\u001b\u202e]/);
  });

  it('says of a dry run which image was asked for and is not in the release', () => {
    const facts = { tree: { ...TREE, hasRecovery: false }, absentOnCdn: TARGETS };
    const told = (flags: readonly Component[]) => {
      const world = new World({ subject: COMMIT_SUBJECT, flags, facts });
      return shown(world, { verdict: null, scope: world.scope });
    };
    expect(told(['guestos', 'recovery'])).toContain('? Recovery GuestOS: not built (the source');
    for (const flags of [[], ['guestos']] as const) expect(told(flags)).not.toContain('Recovery');
  });

  it('says that a dry run verified nothing', () => {
    const text = shown(new World(), { verdict: null });
    expect(text).toContain('NOTHING WAS VERIFIED');
    expect(text).toContain(`GuestOS: ${imageHash('guestos')}`);
    expect(text).not.toMatch(/^VERIFIED/m);
  });
});

describe('the verdict document', () => {
  const document = (network: string) => {
    const world = new World();
    const told = { proposal: proposal(), commit: COMMIT, verdict: world.verdict(), revision: 1 };
    const times = { startedAt: 1_790_000_000_500, decidedAt: 1_790_000_100_000, seconds: { total: 99.5 } };
    return verdictDocument({ ...told, ...times, network, evidence: world.evidence(), toolVersion: '0.1.0' });
  };

  it('carries ids as text, times as UTC and both sides of every comparison', () => {
    const { proposal: told, timing, checks, verdict } = document('mainnet');
    expect(told?.id).toBe('143816');
    expect(timing.startedAt).toBe('2026-09-21T14:13:20Z');
    expect(verdict).toMatchObject({ outcome: 'verified', revision: 1, decidedAt: '2026-09-21T14:15:00Z' });
    const comparisons = checks[0]?.['comparisons'] as { expected: object; actual: object; equal: boolean }[];
    expect(checks[0]?.['id']).toBe('package-hash');
    expect(comparisons).toHaveLength(2);
    for (const { expected, actual, equal } of comparisons) {
      expect([expected, actual, equal]).toMatchObject([
        { value: imageHash('guestos') },
        { value: imageHash('guestos') },
        true,
      ]);
    }
  });

  it('says NOT MAINNET in the headline too', () => {
    expect(document('NOT MAINNET: x').verdict?.['headline']).toMatch(/^NOT MAINNET/);
    expect(document('mainnet').verdict?.['headline']).toMatch(/^VERIFIED/);
  });
});

describe('numbers', () => {
  it('never use exit code 1', () => {
    expect((['verified', 'mismatch', 'inconclusive'] as const).map(exitCodeOf)).toEqual([0, 10, 11]);
  });

  it.each([
    [5, '5s'],
    [65, '1m 5s'],
    [5025, '1h 23m 45s'],
    [3600, '1h 0m 0s'],
  ])('write %d seconds as %s', (seconds, text) => expect(durationText(seconds)).toBe(text));

  it('write a total with all of its parts, as `repro-check` does', () => {
    expect([totalText(4.9), totalText(5025)]).toEqual(['0h 0m 4s', '1h 23m 45s']);
  });

  it.each([
    [10, '10 B'],
    [1536, '1.5 KiB'],
    [3 * 1024 ** 3, '3.0 GiB'],
  ])('write %d bytes as %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));
});
