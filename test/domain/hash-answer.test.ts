import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/domain/check.ts';
import { hashAnswer } from '../../src/domain/hash-answer.ts';
import type { CommitId, Sha256 } from '../../src/domain/ids.ts';
import type { Match } from '../../src/domain/status-queries.ts';
import { verdictOf } from '../support/records.ts';

type Judged = Exclude<CheckResult, { outcome: 'skipped' }>;

describe('what a hash is', () => {
  const H = 'ab'.repeat(32) as Sha256;
  const other = 'cd'.repeat(32);
  const result = (
    check: CheckResult['check'],
    outcome: 'verified' | 'mismatch' | 'inconclusive',
    expected: string,
    actual: string,
    label = 'update-img.tar.zst',
  ): Judged => {
    const sides = { expected: { value: expected, source: 'a' }, actual: { value: actual, source: 'b' } };
    const comparison = { label, ...sides, equal: expected === actual };
    const judged = {
      title: '',
      component: 'guestos',
      tier: 'authoritative',
      sentence: '',
      comparisons: [comparison],
      findings: [],
      caveats: [],
      localOnly: false,
      confirmed: true,
    } as const;
    return outcome === 'inconclusive'
      ? { ...judged, check, outcome, reason: 'not-built' }
      : { ...judged, check, outcome, reason: null };
  };
  const match = (
    outcome: 'verified' | 'mismatch' | 'inconclusive',
    results: readonly CheckResult[],
    packageSha256: string | null = null,
    network = 'mainnet',
  ): Match => {
    const verdict = { ...verdictOf(outcome), results };
    const stored = {
      verdict,
      revision: 1,
      decidedAt: 0,
      judgedFrom: [],
      final: true,
      noticeKey: null,
      toolVersion: null,
    };
    const commit = 'a0'.repeat(20) as CommitId;
    return { proposal: null, commit, network, verdict: stored, packageSha256, seenAs: ['image'] };
  };
  const ask = (matches: readonly Match[], network = 'mainnet', sha256 = H) =>
    hashAnswer({ matches, complete: true }, sha256, network);
  const word = (...matches: readonly Match[]): string => ask(matches).word;
  const built = result('build-reproduces', 'verified', H, H);
  const named = result('package-hash', 'verified', H, H);

  it('is verified only where this image was built here, in a verified verdict', () => {
    expect(word(match('verified', [named, built]))).toBe('VERIFIED');
    expect(word(match('verified', [named]))).toBe('NOT VERIFIED');
    expect(word(match('inconclusive', [named, built]))).toBe('NOT VERIFIED');
    expect(word(match('mismatch', [named, built]))).toBe('NOT VERIFIED');
  });

  it('is not said by what was found on another network, there by that alone', () => {
    const elsewhere = match('verified', [named, built], null, 'NOT MAINNET: IC_ROOT_KEY');
    expect(word(elsewhere)).toBe('NO RELEASE');
    expect(word(elsewhere, match('verified', [named]))).toBe('NOT VERIFIED');
    expect(ask([elsewhere], 'NOT MAINNET: IC_ROOT_KEY').word).toBe('VERIFIED');
  });

  it('is not verified by having been seen in a verified run', () => {
    expect(word(match('verified', []))).toBe('NO RELEASE');
    expect(word(match('verified', [result('measurements-match', 'verified', H, H)]))).toBe('NO RELEASE');
    expect(word(match('verified', [], H))).toBe('NOT VERIFIED');
    expect(word()).toBe('UNKNOWN');
  });

  it('is contradicted where a comparison that names it shows something else, whatever others say', () => {
    for (const check of ['build-reproduces', 'sums-list-artifact', 'mirrors-agree'] as const) {
      for (const [expected, actual] of [
        [H, other],
        [other, H],
        [H.toUpperCase(), other],
        [`${other} and ${H}`, other],
      ] as const) {
        const bad = match('mismatch', [result(check, 'mismatch', expected, actual)]);
        expect(ask([bad])).toMatchObject({ state: 'contradicted', word: 'CONTRADICTED' });
        expect(ask([match('verified', [named, built]), bad])).toMatchObject({
          state: 'contradicted',
          remarks: [
            expect.stringMatching(
              /^They are also the GuestOS image, a manual verification of commit .* is verified\.$/,
            ),
          ],
        });
      }
    }
    expect(word(match('mismatch', [result('package-hash', 'mismatch', other, H)]))).toBe('CONTRADICTED');
    expect(word(match('mismatch', [result('package-hash', 'mismatch', H, other)]))).toBe('CONTRADICTED');
  });

  it('is verified though another proposal that names it is a mismatch for another reason', () => {
    const measured = { ...match('mismatch', [named, built, result('measurements-match', 'mismatch', other, '0')], H) };
    const lone = ask([measured]);
    expect(lone).toMatchObject({ state: 'unknown', word: 'NOT VERIFIED' });
    expect(lone.sentence).toContain('whose verdict is MISMATCH for another reason');
    for (const order of [
      [measured, match('verified', [named, built])],
      [match('verified', [named, built]), measured],
    ]) {
      expect(ask(order)).toMatchObject({
        state: 'verified',
        remarks: [expect.stringContaining('is a mismatch for another reason')],
      });
    }
    expect(word(match('mismatch', [], H))).toBe('NOT VERIFIED');
  });

  it('is not contradicted by a proposal of the same commit that names it for other bytes at its URL', () => {
    const claims = match('mismatch', [result('package-hash', 'mismatch', H, other)], H);
    const good = match('verified', [named, built]);
    expect(word(claims, good)).toBe('VERIFIED');
    expect(word({ ...claims, commit: 'b1'.repeat(20) as CommitId }, good)).toBe('CONTRADICTED');
    expect(ask([claims, good], 'mainnet', other as Sha256).word).toBe('CONTRADICTED');
  });

  it('is no word about bytes beside it in one mismatch, nor of a build that varies', () => {
    const bad = result('package-hash', 'mismatch', other, 'ef'.repeat(32));
    const both = { ...bad, comparisons: [...named.comparisons, ...bad.comparisons] } as Judged;
    expect(word(match('mismatch', [both]), match('verified', [named, built]))).toBe('VERIFIED');
    expect(word(match('inconclusive', [result('build-reproduces', 'inconclusive', H, other)]))).toBe('NOT VERIFIED');
  });

  it('is not contradicted by what is only advised', () => {
    const advice = { ...result('dashboard-agrees', 'mismatch', H, other), tier: 'advisory' as const };
    expect(word(match('verified', [named, built, advice]))).toBe('VERIFIED');
  });

  it('is not verified where not all places that name it were looked at', () => {
    const good = match('verified', [named, built]);
    expect(hashAnswer({ matches: [good], complete: false }, H, 'mainnet')).toMatchObject({
      state: 'unknown',
      word: 'NOT VERIFIED',
    });
  });

  it('is of launch measurements that are published and built here, and never an image then', () => {
    const listed = result('sums-list-artifact', 'verified', H, H, 'launch-measurements.json in SHA256SUMS');
    const both = ['local-measurements', 'measurements'];
    expect(ask([{ ...match('verified', [listed]), seenAs: both }])).toMatchObject({
      state: 'verified',
      sentence: expect.stringContaining('the GuestOS launch measurements,') as string,
    });
    for (const seenAs of [['measurements'], ['local-measurements'], []]) {
      expect(word({ ...match('verified', [listed]), seenAs })).toBe('NOT VERIFIED');
    }
    expect(word({ ...match('mismatch', [listed]), seenAs: both })).toBe('NOT VERIFIED');
  });

  it('is of SHA256SUMS that the release pipeline attests', () => {
    const subject = `ic/x/SHA256SUMS ${H}`;
    const attested = match('verified', [result('provenance', 'verified', subject, subject)]);
    expect(ask([attested])).toMatchObject({ state: 'verified' });
    expect(ask([attested]).sentence).toContain('SHA256SUMS of the GuestOS');
    expect(word({ ...match('verified', []), seenAs: ['sums'] })).toBe('NOT VERIFIED');
    expect(word(match('mismatch', [result('provenance', 'mismatch', `y ${other}`, subject)]))).toBe('CONTRADICTED');
  });
});
