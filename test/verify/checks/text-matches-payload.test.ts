import { describe, expect, it } from 'vitest';
import type { Proposal } from '../../../src/domain/proposal.ts';
import { summaryMentions } from '../../../src/verify/rules/text-mentions.ts';
import { COMMIT, COMMIT_SUBJECT, election, ids, OTHER_COMMIT, retireOnly } from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const say = (text: Partial<Proposal>, retires: readonly string[] = []) =>
  new World({ subject: election({ retires }, text) }).say('text-matches-payload');
const found = (text: Partial<Proposal>, retires: readonly string[] = []) =>
  ids(say({ summary: '', ...text }, retires).findings).map((id) => id.replace('text-matches-payload/', ''));
const [ours, others] = [COMMIT.slice(0, 8), OTHER_COMMIT.slice(0, 8)];
const CHANGELOG = `* [\`${others}\`](https://github.com/dfinity/ic/commit/${others}) Core: commit ${others} was wrong`;
const RELEASE_NOTES = (commit: string): string =>
  `Release Notes for [release-2026-08-20_03-30-base](https://github.com/dfinity/ic/tree/release-2026-08-20_03-30-base) (\`${commit}\`)
This release is based on changes since [release-2026-08-13](https://dashboard.internetcomputer.org/release/${OTHER_COMMIT}) (\`${OTHER_COMMIT}\`).
${CHANGELOG}`;
const COMMAND = (commit: string): string =>
  `curl -fsSL https://raw.githubusercontent.com/dfinity/ic/${commit}/ci/scripts/repro-check | python3 - -c ${commit} --guestos`;

/** As dre's release controller writes it for a release that is no descendant of the one before. */
const HOTFIX_NOTES = (commit: string, base: string): string =>
  `Release Notes for [**release-2026-07-23_04-21-security-hotfix**](https://github.com/dfinity/ic/tree/release-2026-07-23_04-21-security-hotfix) (${commit})

This release is based on changes since [release-2026-07-23_04-21-base](https://dashboard.internetcomputer.org/release/${OTHER_COMMIT}) (${OTHER_COMMIT}).

Please note that some commits may be excluded from this release if they're not relevant, or not modifying the GuestOS image. Additionally, descriptions of some changes might have been slightly modified to fit the release notes format.

This release diverges from the latest release. Merge base is [${base}](https://github.com/dfinity/ic/tree/${base}). Changes from [release-2026-07-23_04-21-base](https://github.com/dfinity/ic/tree/release-2026-07-23_04-21-base) which were removed are listed.
${CHANGELOG}`;

describe('text-matches-payload', () => {
  it.each([
    { title: 'x', summary: HOTFIX_NOTES(COMMIT, OTHER_COMMIT) },
    { title: 'x', summary: `Merge base is [${OTHER_COMMIT}](https://github.com/dfinity/ic/tree/${OTHER_COMMIT}).` },
    { title: 'x', summary: `It was https://github.com/dfinity/ic/tree/${others}, and is commit ${COMMIT}.` },
    { title: `Elect new IC/GuestOS revision (commit ${ours})` },
    { title: `Elect new IC/GuestOS revision (commit ${ours.toUpperCase()})` },
    { title: 'Security patch update' },
    { title: '' },
    { title: 'x', summary: `${RELEASE_NOTES(COMMIT)}\n${COMMAND(COMMIT)}` },
    { title: 'x', summary: `Elect new GuestOS binary revision [${COMMIT}](https://github.com/dfinity/ic/tree/rc)` },
    { title: 'x', summary: `${CHANGELOG}\nhttps://github.com/dfinity/ic/commit/${COMMIT}` },
    { title: 'commit 79c0105 fixes commit abcdef of yesterday' },
  ])('finds nothing in %j', (text) => {
    expect(say({ summary: '', ...text })).toMatchObject({ outcome: 'verified', findings: [] });
  });

  it.each([
    `(commit ${others})`,
    `commit ${OTHER_COMMIT}`,
    `commit  ${others}`,
    `(commit ${ours}, commit ${others})`,
    `commit ${COMMIT.slice(0, 39)}0`,
  ])('warns of a title that names another commit: %s', (title) => {
    const said = say({ title });
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: null });
    expect(ids(said.findings)).toEqual(['text-matches-payload/title-names-another-commit']);
    expect(said.sentence).toContain(COMMIT);
  });

  it.each([
    RELEASE_NOTES(OTHER_COMMIT),
    COMMAND(OTHER_COMMIT),
    `# Release Notes for release-1 (${OTHER_COMMIT})`,
    `python3 repro-check -c ${others}`,
    `python3 repro-check --guestos -c ${others}`,
    `Elect new GuestOS binary revision [${OTHER_COMMIT}](x)`,
    `https://raw.githubusercontent.com/dfinity/ic/${OTHER_COMMIT}/README`,
    `See https://github.com/dfinity/ic/tree/${others}`,
    CHANGELOG,
    `https://github.com/dfinity/ic/commits/${others}`,
    `It is commit ${others}.`,
    HOTFIX_NOTES(OTHER_COMMIT, COMMIT),
    `Merge base is [${COMMIT}](https://github.com/dfinity/ic/tree/${COMMIT}). See commit ${others}.`,
    `It is commit\n${others}.`,
    `${RELEASE_NOTES(COMMIT)}\n${COMMAND(OTHER_COMMIT)}`,
  ])('warns of a summary that names another commit as the elected one: %s', (summary) => {
    expect(found({ summary })).toEqual(['summary-names-another-commit']);
  });

  it('compares the versions that the title retires with the payload', () => {
    const title = `Elect new IC/GuestOS revision (commit ${ours}), and retire old replica versions ${others},072b2a65`;
    const payload = [OTHER_COMMIT, `072b2a65${'0'.repeat(32)}`];
    expect(found({ title }, payload)).toEqual([]);
    expect(found({ title }, [OTHER_COMMIT])).toEqual(['title-retires-another']);
    expect(found({ title: `commit ${ours}, retire the defaced ones` })).toEqual([]);
    expect(found({ title: `(commit ${ours}), and retire 1234567` })).toEqual(['title-retires-another']);
  });

  it('reads hostile text of any length in no time, and quotes it bounded', () => {
    const hostile = ['Elect new ', 'Release Notes for ', 'repro-check', 'commit ', '(`', '[', '\n'].map((part) =>
      part.repeat(200_000),
    );
    const began = performance.now();
    for (const text of hostile) expect(say({ title: text, summary: text }).sentence.length).toBeLessThan(1000);
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('takes the heading of release notes for the elected commit, whatever else is linked', () => {
    const own = `https://github.com/dfinity/ic/commit/${COMMIT}`;
    expect(found({ summary: `Release Notes for release-1 (\`${OTHER_COMMIT}\`)\n${own}` })).toEqual([
      'summary-names-another-commit',
    ]);
    const passing = `As the Release Notes for release-1 (\`${OTHER_COMMIT}\`) said.\n${own}`;
    expect(found({ summary: passing })).toEqual([]);
  });

  it('takes no version of a summary for one to retire', () => {
    expect(summaryMentions(`Retire ${OTHER_COMMIT}.`)).toEqual({ elects: [], any: [], retires: [] });
  });

  it('knows a commit by its word, however far it stands from it', () => {
    const broken = summaryMentions(`as of commit\n  ${OTHER_COMMIT}`);
    expect(broken).toEqual({ elects: [], any: [OTHER_COMMIT], retires: [] });
  });

  it('reads the first hundred thousand characters only', () => {
    const far = `${' '.repeat(100_000)}commit ${OTHER_COMMIT}`;
    expect(found({ title: far, summary: far })).toEqual([]);
    expect(found({ title: far.slice(1000), summary: far.slice(1000) })).toHaveLength(2);
  });

  it('is skipped where nothing is elected', () => {
    for (const subject of [COMMIT_SUBJECT, retireOnly([OTHER_COMMIT])]) {
      expect(new World({ subject }).plan.skipped.map(({ check }) => check)).toContain('text-matches-payload');
    }
  });
});
