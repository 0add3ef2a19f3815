import { describe, expect, it, vi } from 'vitest';
import { commit } from '../support/records.ts';
import { BUILDING, buildLog, byHandCommit, HOSTILE, image, OLD, otherCommit, VERIFIED } from './seeded.ts';
import { HARMFUL, readingRig } from './reading-kit.ts';

const { run, json } = readingRig();

// Each question is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

describe('show', () => {
  it('tells everything about a proposal', async () => {
    const { code, stdout } = await run('show', VERIFIED);
    expect(code).toBe(0);
    expect(stdout).toContain('nns-watch 9.9.9 · proposal 143816 · open');
    expect(stdout).toContain('✔ build-reproduces · GuestOS: The local build is the published image.');
    expect(stdout).toContain(`= GuestOS image: ${image}  (https://download.dfinity.systems/x = local build 1)`);
    expect(stdout).toContain('The same everywhere.');
    expect(stdout).toContain('Revision 1; collecting 1m 40s, building 1h 0m 0s, judging 0s, total 1h 1m 40s');
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
    ['the first digits of a commit', otherCommit.slice(0, 7).toUpperCase(), HOSTILE],
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
    [['show', 'a0a0a0'], 'Give a proposal number'],
    [['show', 'f'.repeat(7)], 'Nothing is known'],
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
