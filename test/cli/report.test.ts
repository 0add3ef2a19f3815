import { describe, expect, it } from 'vitest';
import type { MonthReport, ReportRow } from '../../src/operator/queries.ts';
import { reportCsv, reportJson, reportText } from '../../src/cli/commands/report.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import { commit } from '../support/records.ts';

const at = Date.UTC(2026, 8, 18, 12);
const verdict: NonNullable<ReportRow['verdict']> = {
  outcome: 'verified',
  reason: null,
  confirmed: null,
  final: true,
  revision: 2,
  by: 'service',
  decidedAtMs: at + 7_200_000,
};
const row = (changes: Partial<ReportRow> = {}): ReportRow => ({
  id: '143816' as ProposalId,
  kind: 'elect-guestos',
  title: 'Elect new IC/GuestOS revision',
  status: 'executed',
  commit,
  submittedAtMs: at,
  foundAtMs: at + 60_000,
  deadlineAtMs: at + 345_600_000,
  decidedAtMs: null,
  history: false,
  verdict,
  ...changes,
});
const report = (elections: readonly ReportRow[], network = 'mainnet'): MonthReport => ({
  network,
  toolVersion: '1.2.3',
  month: '2026-09',
  elections,
});

/** The cells of RFC 4180, read back by its rules alone. */
function readCsv(text: string): string[][] {
  return text
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(
        ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
      ),
    );
}

describe('the report of a month', () => {
  it('says for each election what stands, when it was said and where to look', () => {
    const text = reportText(report([row(), row({ id: '2' as ProposalId, verdict: null, history: true })]));
    expect(text).toContain('2026-09: 2 elections');
    expect(text).toContain(
      '143816 · elect-guestos · executed · VERIFIED at 2026-09-18T14:00:00Z, 3 d 22 h before the deadline',
    );
    expect(text).toContain(`https://github.com/dfinity/ic/commit/${commit}`);
    expect(text).toContain('2 · elect-guestos · executed · over before it was watched');
    expect(text).toMatch(/1 verified · 0 mismatch · 0 inconclusive · 1 without a verdict\n$/);
  });

  it('tells a mismatch that was seen once as no more, and one that came too late as late', () => {
    const late = { outcome: 'mismatch', confirmed: false, final: false, decidedAtMs: at + 349_200_000 } as const;
    expect(reportText(report([row({ verdict: { ...verdict, ...late } })]))).toContain(
      'MISMATCH (not confirmed yet, not final) at 2026-09-22T13:00:00Z, 1 h after the deadline',
    );
  });

  it('says so where nothing is known of the month', () => {
    expect(reportText(report([]))).toBe('2026-09: no election is known\n');
    expect(readCsv(reportCsv(report([])))).toHaveLength(1);
    expect(reportJson(report([])).elections).toEqual([]);
  });

  it('begins with the network where that is not mainnet, in every form and line', () => {
    const other = report([row()], 'NOT MAINNET: IC_ROOT_KEY');
    expect(reportText(other)).toMatch(/^NOT MAINNET/);
    expect(Object.entries(reportJson(other))[1]).toEqual(['network', 'NOT MAINNET: IC_ROOT_KEY']);
    expect(reportCsv(other).split('\r\n')[1]).toMatch(/^NOT MAINNET/);
  });

  it('gives every column of an election by its name', () => {
    const [names, cells] = readCsv(reportCsv(report([row()])));
    expect(cells).toHaveLength(names!.length);
    const named = Object.fromEntries(names!.map((name, index) => [name, cells![index]]));
    expect(named).toMatchObject({
      network: 'mainnet',
      id: '143816',
      outcome: 'verified',
      reason: '',
      confirmed: '',
      final: 'true',
      verdict_revision: '2',
      verdict_at: '2026-09-18T14:00:00Z',
      submitted: '2026-09-18T12:00:00Z',
      deadline: '2026-09-22T12:00:00Z',
      source: `https://github.com/dfinity/ic/commit/${commit}`,
    });
  });

  it.each(['=cmd()', '+1', '-1', '@SUM(A1)', '＝1', ' =1', '"=1"', 'a,b', '"', 'a\r\n=b', "'=1"])(
    'keeps the title %j a text within its own cell',
    (title) => {
      const rows = readCsv(reportCsv(report([row({ title })])).replace(/a\r\n=b/, 'a =b'));
      expect(rows).toHaveLength(2);
      expect(rows[1]).toHaveLength(rows[0]!.length);
      const cell = rows[1]![rows[0]!.indexOf('title')]!;
      expect(cell).not.toMatch(/^\s*[=+\-@＝]/);
      expect(cell.replace(/^'(?=\s*['=+\-@＝])/, '')).toBe(title.replace('\r\n', ' '));
    },
  );
});
