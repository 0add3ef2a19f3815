import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createHealth, createIncidentStore } from '../../src/store/health.ts';
import { createLeases } from '../../src/store/leases.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { sha256 as digestOf } from '../../src/platform/hash.ts';
import { commit, electionProposal, noticeOf } from '../support/records.ts';
import { BUILDING, HOSTILE, OLD, program, VERIFIED } from './seeded.ts';
import { HARMFUL, readingRig } from './reading-kit.ts';

const { seeded, run, json } = readingRig();
const { dataDir } = seeded;
const thisMonth = (): string => new Date().toISOString().slice(0, 7);

// Each question is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

describe('proposals', () => {
  it('lists elections by urgency, with vote, time left and verdict', async () => {
    const { code, stdout } = await run('proposals');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(4);
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['ID', HOSTILE, VERIFIED, BUILDING]);
    expect(lines[0]).toMatch(/^ID {6}KIND {5}STATUS {2}CLOSES +YES +NO +VERDICT +TITLE$/);
    const begins = (column: string): number => lines[0]?.indexOf(column) ?? -1;
    expect(lines.map((line) => line.slice(begins('CLOSES'), begins('YES')).trim())).toEqual([
      'CLOSES',
      'in 9 h 59 min',
      expect.stringMatching(/^in 1 d \d h/),
      expect.stringMatching(/^in 2 d \d h/),
    ]);
    expect(lines[1]).toMatch(/ {2}MISMATCH \(not confirmed yet, not final\) {2,}VERIFIED @everyone/);
    expect(lines[2]).toMatch(/ {2}41\.23 % {2}0\.12 % {2}VERIFIED {2,}Elect new/);
    expect(lines[3]).toMatch(/ {2}- +- +building 40 %, verdict expected \S+Z {2,}Elect new/);
  });

  it('lets a hostile title do nothing', async () => {
    const { stdout } = await run('proposals');
    expect(stdout).toContain('VERIFIED @everyone');
    expect(stdout).not.toMatch(HARMFUL);
    expect(stdout.split('\n').filter((line) => line.startsWith('Proposal 1 '))).toEqual([]);
  });

  it('shows what was over long ago when asked', async () => {
    const { stdout } = await run('proposals', '--all');
    expect(stdout).toContain(`${OLD}      GuestOS  executed  closed 1970-01-01`);
  });

  it('gives the same as JSON', async () => {
    const { schema, network, proposals } = await json('proposals');
    expect({ schema, network }).toEqual({ schema: 'nns-watch/proposals@1', network: 'mainnet' });
    expect(proposals).toMatchObject([
      { id: HOSTILE, verdict: { outcome: 'mismatch', confirmed: false, final: false }, work: null },
      { id: VERIFIED, status: 'open', commit, verdict: { outcome: 'verified', by: 'service', revision: 1 } },
      { id: BUILDING, verdict: null, work: { state: 'held', stage: 'building', percent: 40 }, tally: null },
    ]);
  });
});

describe('status', () => {
  it('is not well while nothing watches', async () => {
    const plain = await run('status');
    expect(plain.code).toBe(0);
    expect(plain.stdout).toContain('NOT HEALTHY');
    expect((await run('status', '--check')).code).toBe(3);
  });

  it('shows loops, queue, builders, what runs, deadlines and trouble, and is well without the last', async () => {
    const leases = createLeases(seeded.database, { clock: systemClock });
    const [watch, builder] = [await leases.take('watch'), await leases.take('builder host')];
    const health = createHealth(seeded.database);
    await health.begin(['discover', 'verify', 'clock', 'watchdog', 'deliver console'], Date.now());
    await health.ended('discover', Date.now(), null);
    const well = await run('status', '--check');
    expect(well.stdout).toContain('all is well');
    expect(well.code).toBe(0);
    for (const part of ['Service:  running', 'Builders: host', 'verify: 1 running, 0 waiting', 'build: 1 running']) {
      expect(well.stdout).toContain(part);
    }
    expect(well.stdout).toMatch(/verify 143830 for (?:\d+m )?\d+s by verify@host 1: building 40 %, verdict expected/);
    expect(well.stdout).toMatch(/build a0a0\S+#1 for (?:\d+m )?\d+s by build@host: expected until \S+Z/);
    expect(well.stdout).toMatch(/discord:1: nothing sent yet, 5 waiting/);
    // What is well needs no line.
    expect(well.stdout).not.toMatch(/Loops|discover|  console/);
    expect(well.stdout).not.toMatch(HARMFUL);

    const trouble = { key: 'disk /data', sentence: 'The disk is full.', sinceMs: Date.now() };
    const notice = noticeOf('disk', { type: 'trouble', about: null });
    await createIncidentStore(seeded.database).begin(trouble, notice, []);
    await health.ended('discover', Date.now() + 10, { code: 'http-503', message: 'Busy \u001b[2J.' });
    const bad = await run('status', '--check');
    expect(bad.code).toBe(3);
    expect(bad.stdout).toContain('✖ The disk is full.');
    // One failed round is an outage of a moment.
    expect(bad.stdout).toMatch(/discover: well \S+ min ago, failing: Busy \.\n/);
    expect(await json('status')).toMatchObject({
      schema: 'nns-watch/status@1',
      healthy: false,
      watching: true,
      running: [{ kind: 'verify', key: BUILDING }, { kind: 'build' }],
      troubles: [{ key: 'disk /data' }],
      elections: [{ id: HOSTILE }, { id: VERIFIED }, { id: BUILDING }],
    });
    await watch?.release();
    await builder?.release();
  });
});

describe('all that only read', () => {
  it('take this month where none is named', async () => {
    const before = thisMonth();
    const { month } = await json('report');
    expect([before, thisMonth()]).toContain(month);
  });

  it('say first that it is not mainnet where it is not', async () => {
    const env = { GOVERNANCE_CANISTER_ID: 'ryjl3-tyaaa-aaaaa-aaaba-cai' };
    for (const argv of [['proposals'], ['show', VERIFIED], ['status']]) {
      expect((await program(dataDir, argv, env)).stdout).toMatch(/^NOT MAINNET: GOVERNANCE_CANISTER_ID\n/);
    }
    const review = await program(dataDir, ['show', VERIFIED, '--markdown'], env);
    expect(review.stdout).toMatch(/^`?NOT MAINNET/);
    const shown = await program(dataDir, ['show', VERIFIED, '--json'], env);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      network: 'NOT MAINNET: GOVERNANCE_CANISTER_ID',
      verdict: { headline: 'NOT MAINNET · The same everywhere.' },
    });
  });

  it('change nothing, not even where there is no database yet', async () => {
    const before = statSync(join(dataDir, 'nns-watch.sqlite')).mtimeMs;
    for (const argv of [['proposals'], ['status'], ['show', VERIFIED]]) await program(dataDir, argv);
    expect(statSync(join(dataDir, 'nns-watch.sqlite')).mtimeMs).toBe(before);
    const nowhere = join(dataDir, 'nowhere');
    for (const argv of [['proposals'], ['show', VERIFIED]]) {
      const { code, stderr } = await program(nowhere, argv);
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('There is no database') as string,
      });
    }
    expect((await program(nowhere, ['status', '--check'])).code).toBe(3);
    expect(() => statSync(nowhere)).toThrow(/ENOENT/);
  });

  it('say that a hash is unknown and that nothing was recorded where there is no database yet', async () => {
    const nowhere = join(dataDir, 'nowhere');
    const file = join(dataDir, 'some-file');
    writeFileSync(file, 'bytes');
    const hashed = await program(nowhere, ['hash', file, '--json']);
    expect(hashed.code).toBe(11);
    expect(hashed.stderr).toContain('Nothing was watched or verified here yet');
    expect(JSON.parse(hashed.stdout)).toMatchObject({
      network: 'mainnet',
      hashes: [{ sha256: digestOf('bytes'), bytes: 5, state: 'unknown', word: 'UNKNOWN' }],
    });
    const report = await program(nowhere, ['report']);
    expect(report.code).toBe(0);
    expect(report.stdout).toBe(`${thisMonth()}: no election is known\nNothing has been recorded here yet.\n`);
    expect((await program(nowhere, ['report', '--month', '2026-13'])).code).toBe(2);
    expect(() => statSync(nowhere)).toThrow(/ENOENT/);
  });

  it('answer while somebody is in the middle of writing', async () => {
    await seeded.database.db.transaction().execute(async (trx) => {
      await trx.updateTable('proposals').set({ title: 'half written' }).where('id', '=', VERIFIED).execute();
      const { code, stdout } = await program(dataDir, ['proposals']);
      expect(code).toBe(0);
      expect(stdout).not.toContain('half written');
      await trx.updateTable('proposals').set({ title: electionProposal().title }).where('id', '=', VERIFIED).execute();
    });
  });
});
