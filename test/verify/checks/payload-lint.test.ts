import { describe, expect, it } from 'vitest';
import type { ElectedVersion } from '../../../src/domain/proposal.ts';
import {
  COMMIT,
  COMMIT_SUBJECT,
  election,
  ids,
  MEASUREMENTS,
  OTHER_COMMIT,
  proposal,
  retireOnly,
  TREE,
  url,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const SYSTEMS = url('guestos', 'image', 'systems');
const NETWORK = url('guestos', 'image', 'network');
const say = (elected: Partial<ElectedVersion>) => new World({ subject: election(elected) }).say('payload-lint');
const found = (elected: Partial<ElectedVersion>) =>
  ids(say(elected).findings).map((id) => id.replace('payload-lint/', ''));
const urls = (...packageUrls: [string, ...string[]]) => found({ packageUrls });

describe('payload-lint', () => {
  it('says nothing of an honest payload', () => {
    expect(say({ retires: [OTHER_COMMIT] })).toMatchObject({ outcome: 'verified', reason: null, findings: [] });
    expect(found({ component: 'hostos' })).toEqual([]);
  });

  it('is neither a tick nor a mismatch once it warns, and repeats its warnings', () => {
    const said = say({ packageUrls: [SYSTEMS] });
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: null });
    expect(said.sentence).toBe(said.findings[0]?.sentence);
    expect(said.findings[0]?.severity).toBe('warning');
  });

  it('tells of a URL named twice, and of one only', () => {
    expect(urls(SYSTEMS, NETWORK, SYSTEMS)).toEqual(['duplicate-url']);
    expect(urls(SYSTEMS)).toEqual(['single-url']);
    expect(urls(SYSTEMS, SYSTEMS)).toEqual(['duplicate-url', 'single-url']);
  });

  it.each([
    [`https://evil.example/ic/${COMMIT}/guest-os/update-img/update-img.tar.zst`, ['unknown-host']],
    [`https://evil.example/${COMMIT}/x`, ['unknown-host']],
    [SYSTEMS.replace('https', 'http'), ['not-https']],
    [SYSTEMS.replace('https://', 'https://user@'), ['unknown-host']],
    [SYSTEMS.replace('https://', 'https://:secret@'), ['unknown-host']],
    [SYSTEMS.replace('.systems', '.systems:8443'), ['unknown-host']],
    [SYSTEMS.replace(COMMIT, OTHER_COMMIT), ['url-without-commit']],
    [SYSTEMS.replace(COMMIT, `${COMMIT}0`), ['url-without-commit']],
    [SYSTEMS.replace('guest-os', 'host-os'), ['wrong-directory']],
    [`${SYSTEMS}?x=1`, ['wrong-directory']],
    [SYSTEMS.replace('.zst', '.gz'), ['wrong-directory']],
    ['not a url', ['not-a-url']],
    ['file:///etc/passwd', ['not-https', 'unknown-host', 'url-without-commit']],
  ])('tells what is wrong with %s', (odd, expected) => {
    expect(urls(NETWORK, odd)).toEqual(expected);
  });

  it('looks at every URL, and counts what it does not show', () => {
    const plain = Array.from({ length: 20 }, (_, index) => `${SYSTEMS}?${index}`);
    const last = SYSTEMS.replace(COMMIT, OTHER_COMMIT).replace('https:', 'http:');
    const { findings } = say({ packageUrls: [NETWORK, ...plain, last] });
    const told = (slug: string) => findings.filter(({ id }) => id === `payload-lint/${slug}`);
    expect(told('wrong-directory')).toHaveLength(6);
    expect(told('wrong-directory').at(-1)?.sentence).toBe(
      '15 more of the proposal’s URLs are not where images of this kind are published.',
    );
    for (const slug of ['not-https', 'url-without-commit']) {
      expect(told(slug)).toMatchObject([{ severity: 'warning', sentence: expect.stringContaining(last) as unknown }]);
    }
  });

  it('quotes hostile URLs bounded, and not hundreds of them', () => {
    const many = Array.from({ length: 300 }, (_, index) => `https://evil.example/${index}${'x'.repeat(5000)}`);
    const { findings } = say({ packageUrls: [SYSTEMS, ...many] });
    expect(findings.length).toBeLessThan(40);
    expect(findings.length).toBeGreaterThan(9);
    expect(Math.max(...findings.map(({ sentence }) => sentence.length))).toBeLessThan(300);
  });

  it('tells seriously of a GuestOS election without launch measurements', () => {
    const { findings } = say({ launchMeasurements: null });
    expect(findings).toMatchObject([{ id: 'payload-lint/measurements-missing', severity: 'serious' }]);
    expect(found({ component: 'hostos', launchMeasurements: null })).toEqual([]);
    const facts = { tree: { ...TREE, hasMeasurements: false }, absentOnCdn: ['measurements'] as const };
    const old = new World({ subject: election({ launchMeasurements: null }), facts });
    expect(old.say('payload-lint').findings).toEqual([]);
    expect(found({ launchMeasurements: [] })).toEqual([]);
  });

  it.each([
    'a1'.repeat(47),
    'a1'.repeat(49),
    'zz'.repeat(48),
    '',
    `${'a1'.repeat(47)}a`,
    `0x${'a1'.repeat(47)}`,
    `${'a1'.repeat(47)}=\n`,
  ])('tells of a measurement that is not 48 bytes: %s', (measurement) => {
    expect(found({ launchMeasurements: [{ measurement, kernelCmdline: null, vcpuType: null }] })).toEqual([
      'measurement-length',
    ]);
  });

  it('tells of ten wrong measurements, not of thousands', () => {
    const launchMeasurements = Array.from({ length: 3000 }, (_, index) => ({
      ...MEASUREMENTS[0]!,
      measurement: `${index}`,
    }));
    expect(found({ launchMeasurements })).toHaveLength(10);
  });

  it('tells of a measurement carried twice, in either case', () => {
    const [first] = MEASUREMENTS;
    const again = { ...first!, measurement: first!.measurement.toUpperCase(), kernelCmdline: 'other' };
    expect(found({ launchMeasurements: [...MEASUREMENTS, again] })).toEqual(['duplicate-measurement']);
  });

  it('tells of odd lists of versions to retire', () => {
    expect(found({ retires: ['ec140b74'] })).toEqual(['retire-not-a-commit']);
    expect(found({ retires: [OTHER_COMMIT.toUpperCase()] })).toEqual(['retire-not-a-commit']);
    expect(found({ retires: [OTHER_COMMIT, OTHER_COMMIT] })).toEqual(['duplicate-retire']);
    const own = say({ retires: [COMMIT] });
    expect(own.findings).toMatchObject([{ id: 'payload-lint/elected-also-retired', severity: 'serious' }]);
    const hostile = say({ retires: Array.from({ length: 500 }, (_, index) => `${index}${'@'.repeat(999)}`) });
    expect(hostile.findings).toHaveLength(10);
    expect(Math.max(...hostile.findings.map(({ sentence }) => sentence.length))).toBeLessThan(200);
  });

  it('lints a proposal that only retires versions, and no commit', () => {
    expect(ids(new World({ subject: retireOnly(['x']) }).say('payload-lint').findings)).toEqual([
      'payload-lint/retire-not-a-commit',
    ]);
    const skipped = (world: World) => world.plan.skipped.find(({ check }) => check === 'payload-lint')?.reason;
    expect(skipped(new World({ subject: COMMIT_SUBJECT }))).toContain('not a proposal');
    const other = { mode: 'proposal', proposal: proposal({ action: { kind: 'other' } }), version: null } as const;
    expect(skipped(new World({ subject: other }))).toContain('elects no version');
  });
});
