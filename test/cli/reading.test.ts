import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createHealth, createTroubles } from '../../src/store/health.ts';
import { createLeases } from '../../src/store/leases.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { commit, electionProposal, noticeOf } from '../support/records.ts';
import { BUILDING, HOSTILE, OLD, program, VERIFIED } from './seeded.ts';
import { HARMFUL, readingRig } from './reading-kit.ts';

const { seeded, run, json } = readingRig();
const { dataDir } = seeded;

// Each question is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

describe('proposals', () => {
  it('lists elections by urgency, with vote, time left and verdict', async () => {
    const { code, stdout } = await run('proposals');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(6);
    expect(lines.filter((_, at) => at % 2 === 0).map((line) => line.split(' ')[0])).toEqual([
      HOSTILE,
      VERIFIED,
      BUILDING,
    ]);
    expect(lines[0]).toMatch(/GuestOS · open · closes \S+Z \(9 h 59 min left\)/);
    expect(lines[1]).toMatch(/^ {4}MISMATCH \(not confirmed yet, not final\) · VERIFIED @everyone/);
    expect(lines[2]).toContain('41.23 % yes, 0.12 % no');
    expect(lines[3]).toMatch(/^ {4}VERIFIED · Elect new/);
    expect(lines[5]).toMatch(/no verdict yet · building 40 %, verdict expected \S+Z · Elect new/);
  });

  it('lets a hostile title do nothing', async () => {
    const { stdout } = await run('proposals');
    expect(stdout).toContain('VERIFIED @everyone');
    expect(stdout).not.toMatch(HARMFUL);
    expect(stdout.split('\n').filter((line) => line.startsWith('Proposal 1 '))).toEqual([]);
  });

  it('shows what was over long ago when asked', async () => {
    const { stdout } = await run('proposals', '--all');
    expect(stdout).toContain(`${OLD} · GuestOS · executed · closed 1970-01-01T00:00:07Z`);
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
    expect(well.stdout).not.toMatch(HARMFUL);

    const trouble = { key: 'disk /data', sentence: 'The disk is full.', sinceMs: Date.now() };
    const notice = noticeOf('disk', { type: 'trouble', about: null });
    await createTroubles(seeded.database).begin(trouble, notice, []);
    await health.ended('discover', Date.now() + 10, { code: 'http-503', message: 'Busy \u001b[2J.' });
    const bad = await run('status', '--check');
    expect(bad.code).toBe(3);
    expect(bad.stdout).toContain('[❌] The disk is full.');
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
