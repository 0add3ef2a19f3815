import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { createHealth, createTroubles } from '../../src/store/health.ts';
import { createLeases } from '../../src/store/leases.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { commit, electionProposal, noticeOf } from '../support/records.ts';
import {
  BUILDING,
  buildLog,
  byHandCommit,
  HOSTILE,
  image,
  OLD,
  otherCommit,
  program,
  seed,
  VERIFIED,
  type Ran,
} from './seeded.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'nns-watch-reading-'));
let database: Database;
// The database stays open as a service would have it.
beforeAll(async () => void (database = await seed(dataDir)), 60_000);
afterAll(async () => {
  await database.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Each answer once: nothing changes here but what `status` shows. */
const answers = new Map<string, Promise<Ran>>();
const run = (...argv: string[]): Promise<Ran> => {
  const name = argv.join(' ');
  const answer = answers.get(name) ?? program(dataDir, argv);
  if (argv[0] !== 'status') answers.set(name, answer);
  return answer;
};
const json = async (...argv: string[]): Promise<Record<string, unknown>> => {
  const { code, stdout, stderr } = await run(...argv, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
};
/** Escape sequences, other controls than a line's end, and invisible or reordering characters. */
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

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

describe('show', () => {
  it('tells everything about a proposal', async () => {
    const { code, stdout } = await run('show', VERIFIED);
    expect(code).toBe(0);
    expect(stdout).toContain('nns-watch 9.9.9 · proposal 143816 · open');
    expect(stdout).toContain('[✔] build-reproduces · GuestOS: The local build is the published image.');
    expect(stdout).toContain(`= GuestOS image: ${image}  (https://download.dfinity.systems/x = local build 1)`);
    expect(stdout).toContain('The same everywhere.');
    expect(stdout).toContain('Revision 1; collecting 1m 40s, building 1h 0m 0s, total 1h 1m 40s');
    expect(stdout).toContain(`  ${buildLog}  build ${commit}#1`);
    for (const event of [
      /Z {2}submitted$/m,
      /Z {2}first seen here$/m,
      /Z {2}run \w+: building$/m,
      /Z {2}voting closes$/m,
    ]) {
      expect(stdout).toMatch(event);
    }
    expect(stdout).toMatch(/proposal 143816 verdict 1 → console: sent \S+Z/);
    expect(stdout).toMatch(/proposal 143816 verdict 1 → discord:1: pending$/m);
  });

  it('lets a hostile title, headline and link do nothing', async () => {
    const { stdout } = await run('show', HOSTILE);
    expect(stdout).toContain('VERIFIED @everyone');
    expect(stdout).not.toMatch(HARMFUL);
  });

  it('says that there is no verdict yet, and an old proposal that none was asked for', async () => {
    expect((await run('show', BUILDING)).stdout).toContain('No verdict yet: no verification has begun.');
    expect((await run('show', OLD)).stdout).toContain('No verdict yet');
  });

  it.each([
    ['a commit', commit, VERIFIED],
    ['a commit in capitals', otherCommit.toUpperCase(), HOSTILE],
    ['the hash of an image', image, VERIFIED],
    ['the hash of kept evidence', buildLog, VERIFIED],
    ['the hash of a package', 'b1'.repeat(32), VERIFIED],
  ])('finds %s', async (_what, sought, expected) => {
    const { code, stdout } = await run('show', sought);
    expect(code).toBe(0);
    const first = /proposal (\d+)/.exec(stdout)?.[1] ?? '';
    const others = [...stdout.matchAll(/^ {2}proposal (\d+)$/gm)].map(([, id]) => id);
    expect([first, ...others]).toContain(expected);
  });

  it('finds a commit that was verified by hand', async () => {
    const { code, stdout } = await run('show', byHandCommit);
    expect(code).toBe(0);
    expect(stdout).toContain(`Commit:   ${byHandCommit}`);
    expect(stdout).toContain('A verdict: inconclusive.');
  });

  it('gives the verdict as nns-watch/verdict@1', async () => {
    expect(await json('show', VERIFIED)).toMatchObject({
      schema: 'nns-watch/verdict@1',
      network: 'mainnet',
      proposal: { id: VERIFIED, kind: 'elect-guestos', status: 'open' },
      version: { commit },
      verdict: { outcome: 'verified', revision: 1, headline: 'The same everywhere.' },
      checks: [{ id: 'build-reproduces', outcome: 'verified', comparisons: [{ equal: true }] }],
      evidence: [
        { kind: 'build', file: buildLog },
        { kind: 'image', value: { sha256: image } },
      ],
      timing: { seconds: { collecting: 100, building: 3600, total: 3700 } },
      tool: { name: 'nns-watch', version: '9.9.9' },
    });
    expect(await json('show', BUILDING)).toMatchObject({ verdict: null, checks: [], evidence: [] });
  });

  it('gives a review for the forum in which strangers’ text is inert', async () => {
    const good = await run('show', VERIFIED, '--markdown');
    expect(good.code).toBe(0);
    for (const part of [
      '# VERIFIED: proposal 143816',
      commit,
      image,
      buildLog,
      'https://dashboard.internetcomputer.org/',
      '`exit 0` after 3600 s',
    ]) {
      expect(good.stdout).toContain(part);
    }
    const { stdout } = await run('show', HOSTILE, '--markdown');
    expect(stdout).toContain('# MISMATCH: proposal 143820');
    expect(stdout).not.toMatch(HARMFUL);
    // Nothing of theirs stands outside of a code span.
    const outside = stdout.replace(/`[^`\n]*`/g, '');
    expect(outside).not.toMatch(/everyone|script|evil\.example|owned/);
    expect(outside).not.toContain('`');
  });

  it.each([
    [['show', '5'], 'Nothing is known of 5'],
    [['show', 'HEAD'], 'Give a proposal number'],
    [['show', 'f'.repeat(64)], 'Nothing is known'],
    [['show', VERIFIED, '--json', '--markdown'], 'Give --json or --markdown'],
    [['show', BUILDING, '--markdown'], 'There is no verdict on 143830 yet'],
    [['show'], 'missing required argument'],
  ])('refuses %j', async (argv, why) => {
    const { code, stdout, stderr } = await run(...argv);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(why);
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
    const leases = createLeases(database, { clock: systemClock });
    const [watch, builder] = [await leases.take('watch'), await leases.take('builder host')];
    const health = createHealth(database);
    await health.begin(['discover', 'clock'], Date.now());
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

    const trouble = { key: 'disk', sentence: 'The disk is full.', sinceMs: Date.now() };
    const notice = noticeOf('disk', { type: 'trouble', about: null });
    await createTroubles(database).begin(trouble, notice, []);
    await health.ended('discover', Date.now() + 10, { code: 'http-503', message: 'Busy \u001b[2J.' });
    const bad = await run('status', '--check');
    expect(bad.code).toBe(3);
    expect(bad.stdout).toContain('[❌] The disk is full.');
    expect(bad.stdout).toContain('[❌] discover: http-503: Busy .');
    expect(await json('status')).toMatchObject({
      schema: 'nns-watch/status@1',
      healthy: false,
      watching: true,
      running: [{ kind: 'verify', key: BUILDING }, { kind: 'build' }],
      troubles: [{ key: 'disk' }],
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
    await database.db.transaction().execute(async (trx) => {
      await trx.updateTable('proposals').set({ title: 'half written' }).where('id', '=', VERIFIED).execute();
      const { code, stdout } = await program(dataDir, ['proposals']);
      expect(code).toBe(0);
      expect(stdout).not.toContain('half written');
      await trx.updateTable('proposals').set({ title: electionProposal().title }).where('id', '=', VERIFIED).execute();
    });
  });
});
