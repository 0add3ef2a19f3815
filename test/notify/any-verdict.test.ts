import { describe, expect, it } from 'vitest';
import type { Notice } from '../../src/domain/notice.ts';
import { proposalCard } from '../../src/domain/notices.ts';
import { verdictDocument } from '../../src/domain/verdict-document.ts';
import { plainLine, plainMessage } from '../../src/notify/escape.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { renderMessage as discord } from '../../src/notify/notifiers/discord/render.ts';
import { renderMessage as slack } from '../../src/notify/notifiers/slack/render.ts';
import { everyVerdict } from '../support/verdicts.ts';
import { notice, proposal } from './notices.ts';

const compose = (told: Notice) => composeMessage(told, { statusUrl: null });

/** Everything that a reader sees of a message before opening anything. */
const shownLines = (told: Notice): string[] => plainMessage(compose(told));

function noticeOf({ proposal: of, verdict, evidence }: ReturnType<typeof everyVerdict>[number]): Notice | null {
  if (of === null) return null;
  const card = proposalCard(of);
  const told = verdictDocument({
    ...{ network: 'mainnet', proposal: of, commit: card.commit, verdict, revision: 1, evidence },
    ...{ startedAt: 0, decidedAt: 1000, seconds: { total: 1 }, toolVersion: '0.1.0' },
  });
  return notice('verdict', verdict.outcome, { proposal: card, verdict: told });
}

describe('a message of any verdict', () => {
  const all = everyVerdict().filter((_, at) => at % 5 === 0);

  it('says nothing twice, and a verified one no more than 15 lines', () => {
    for (const told of all.flatMap((judged) => noticeOf(judged) ?? [])) {
      const lines = shownLines(told);
      const outcome = told.verdict!.verdict!['outcome'];
      if (outcome === 'verified') expect(lines.length, lines.join('\n')).toBeLessThanOrEqual(15);
      const rows = lines.map((each) => each.trim());
      expect(rows.filter((row, at) => rows.indexOf(row) !== at)).toEqual([]);
      const { sections } = compose(told);
      const remarks = sections.find(({ title }) => title === 'Findings and caveats')?.lines.map(plainLine) ?? [];
      const said = remarks.map((remark) => remark.replace(/^[a-z ]+: /, ''));
      for (const [at, one] of said.entries()) {
        expect(lines[1]).not.toContain(one);
        // Two components share the end of their names.
        const repeats = (other: string): boolean => other.includes(one) && other !== `Recovery ${one}`;
        expect(said.some((other, place) => place !== at && repeats(other))).toBe(false);
      }
      expect(lines.join('\n')).not.toMatch(/quill|dfx /);
    }
  });

  it('shows in one row what agrees, and of what differs both sides and which build', () => {
    const [good] = everyVerdict();
    expect(shownLines(noticeOf(good!)!).join('\n')).toMatch(
      /^ {2}= 2 URLs, CDN, attestation and local build agree: [0-9a-f]{8}…[0-9a-f]{8}$/m,
    );
    const differing = everyVerdict().find(({ name, proposal: of }) => of && name.endsWith('differs twice'))!;
    const rows = shownLines(noticeOf(differing)!).filter((row) => row.startsWith('  ≠ Local build'));
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toMatch(/\S+: [0-9a-f]{8}…\w{8}, but .+ says \w{8}…/);
  });

  it('calls no build a witness of which another gave something else', () => {
    const told = notice('verdict', 'inconclusive');
    const [good] = notice('verdict', 'verified').verdict!.checks.filter(({ id }) => id === 'build-reproduces');
    const others = told.verdict!.checks.filter(({ id }) => id !== 'build-reproduces');
    const varies = { ...good, outcome: 'inconclusive' };
    const text = shownLines({ ...told, verdict: { ...told.verdict!, checks: [...others, varies] } }).join('\n');
    expect(text).toContain('= 2 URLs, CDN and attestation agree: ');
  });

  it('counts votes only once somebody voted', () => {
    const told = notice('verdict', 'verified');
    const none = { ...told, proposal: { ...proposal, tally: { yes: '0', no: '0', total: '50000000000000000' } } };
    expect(shownLines(told).join('\n')).toContain('82.46 % yes, 0.00 % no');
    expect(shownLines(none).join('\n')).not.toContain('% yes');
  });

  it('never links to what mainnet calls by the number of another network’s proposal', () => {
    const network = 'NOT MAINNET: IC_ROOT_KEY';
    for (const outcome of ['verified', 'mismatch', 'inconclusive'] as const) {
      const mainnet = notice('verdict', outcome);
      const told = { ...mainnet, network, verdict: { ...mainnet.verdict!, network } };
      const message = compose(told);
      const written = JSON.stringify([discord(message, null), slack(message), message.attachment]);
      expect(written).not.toMatch(/dashboard\.internetcomputer|nns\.ic0\.app/);
      expect(JSON.stringify(discord(compose(mainnet), null))).toMatch(/dashboard\.internetcomputer/);
    }
  });

  it('has its links as buttons in Discord and Slack', () => {
    const message = composeMessage(notice('verdict', 'verified'), { statusUrl: 'https://status.example.org/' });
    const labels = ['Vote in the NNS app', 'Status page', 'Dashboard', 'Source'];
    expect(discord(message, null).components![0]!.components.map(({ label }) => label)).toEqual(labels);
    expect(discord(message, null).embeds[0]!.description).not.toContain('https:');
    const row = slack(message).blocks.find(({ type }) => type === 'actions');
    expect(row).toMatchObject({
      elements: labels.map((text) => ({ text: { text }, url: expect.any(String) as string })),
    });
    expect(discord(message, null, 'text').components).toEqual([]);
    expect(discord(message, null, 'text').embeds[0]!.description).toContain('[Dashboard](https://dashboard.');
  });
});
