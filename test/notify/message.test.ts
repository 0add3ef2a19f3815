import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMessage } from '../../simnet/chat/discord-schema.ts';
import { blocks, textLength } from '../../simnet/chat/slack-schema.ts';
import type { VerdictDocument } from '../../src/domain/verdict-document.ts';
import type { Notice } from '../../src/domain/notice.ts';
import {
  mentionOf,
  renderMessage as discord,
  renderNews as discordNews,
} from '../../src/notify/notifiers/discord/render.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { fitLines, fitSections, line } from '../../src/notify/message-parts.ts';
import { plainLine, plainMessage } from '../../src/notify/escape.ts';
import {
  renderMessage as slack,
  renderNews as slackNews,
  renderReport,
} from '../../src/notify/notifiers/slack/render.ts';
import { hostileNotice } from './hostile.ts';
import { document, HASH, notice, OTHER_HASH, proposal } from './notices.ts';

const compose = (told: Notice) => composeMessage(told, { statusUrl: null });
const textOf = (told: Notice): string => plainMessage(compose(told)).join('\n');

/** As much of everything as there can be. */
function extreme(): Notice {
  const long = 'w*rds '.repeat(20_000);
  const findings = Array.from({ length: 200 }, (_, at) => ({
    id: `f/${at}`,
    severity: 'warning' as const,
    sentence: long,
  }));
  const urls = Array.from({ length: 20 }, (_, at) => `https://mirror-${at}.example/${'a'.repeat(500)}`);
  const caveats = Array.from({ length: 200 }, (_, at) => ({ id: `c/${at}`, sentence: long }));
  const verdict = document('mismatch', { findings, urls, caveats, headline: long });
  return notice('verdict', 'mismatch', { verdict, sentence: long, proposal: { ...proposal, title: long, url: long } });
}

function changed(told: Notice, change: Partial<VerdictDocument>): Notice {
  return { ...told, verdict: { ...told.verdict!, ...change } };
}

describe('a message', () => {
  it('shows no outcome of another proposal’s verdict', () => {
    const told = notice('verdict', 'verified');
    const other = { ...told, proposal: { ...proposal, id: '143817' as typeof proposal.id } };
    expect(textOf(told)).toContain('VERIFIED');
    expect(textOf(other)).not.toContain('VERIFIED');
    expect(textOf(other)).toContain('The verdict on record cannot be shown.');
  });

  it('shows no outcome of another network’s verdict', () => {
    expect(textOf(changed(notice('verdict', 'verified'), { network: 'NOT MAINNET: IC_HOSTS' }))).not.toContain(
      'VERIFIED',
    );
  });

  it('shows no outcome of a verdict that it cannot read, or that contradicts itself', () => {
    const told = notice('verdict', 'verified');
    const [first, ...others] = told.verdict!.checks;
    const strange = [
      changed(told, { verdict: { ...told.verdict!.verdict, outcome: 'fine' } }),
      changed(told, { verdict: null }),
      changed(told, { checks: [{ ...first, comparisons: 'none' }] }),
      changed(told, { checks: [{ ...first, outcome: 'mismatch' }, ...others] }),
    ];
    for (const one of strange) expect(textOf(one)).not.toContain('VERIFIED');
  });

  it('lets an advisory contradiction stand beside a verified outcome', () => {
    const told = notice('verdict', 'verified');
    const advisory = { ...told.verdict!.checks[0], id: 'dashboard-agrees', tier: 'advisory', outcome: 'mismatch' };
    expect(textOf(changed(told, { checks: [...told.verdict!.checks, advisory] }))).toContain('VERIFIED');
  });

  it('never calls equal what was not observed on both sides', () => {
    const told = notice('verdict', 'inconclusive');
    const [first] = told.verdict!.checks;
    const side = { value: null, source: 'https://download.dfinity.systems/x' };
    const comparisons = [{ label: 'image', expected: side, actual: side, equal: true }];
    const text = textOf(changed(told, { checks: [{ ...first, comparisons }] }));
    expect(text).toContain('? Proposal’s URL, image, download.dfinity.systems: not observed');
    expect(text).not.toContain('= Proposal’s URL');
  });

  it('puts the row that differs first, with both digests', () => {
    const rows = compose(notice('verdict', 'mismatch')).sections[0]!.lines.map(plainLine);
    expect(rows[0]).toBe(`Payload: ${HASH.slice(0, 8)}…${HASH.slice(-8)}`);
    expect(rows[1]).toMatch(/^≠ Local build/);
    expect(rows[1]).toContain(`${OTHER_HASH.slice(0, 8)}…${OTHER_HASH.slice(-8)}`);
    expect(rows[1]).toContain(`${HASH.slice(0, 8)}…${HASH.slice(-8)}`);
    expect(rows.slice(2).some((row) => row.startsWith('≠'))).toBe(false);
  });

  it('says of an unconfirmed mismatch that it is one', () => {
    expect(compose(notice('verdict', 'unconfirmed')).title).toContain('MISMATCH, NOT CONFIRMED YET');
    expect(compose(notice('verdict', 'mismatch')).title).toContain('🟥 MISMATCH ·');
  });

  it('says what inconclusive means and does not mean', () => {
    const text = textOf(notice('verdict', 'inconclusive'));
    expect(text).toContain('It does not mean that the release is bad, and not that it is good');
    expect(text).toContain('The build did not finish well on this machine.');
  });

  it('carries full digests in its attachment, and only a verdict has one', () => {
    expect(compose(notice('verdict', 'mismatch')).attachment?.text).toContain(OTHER_HASH);
    expect(compose(notice('verdict', 'mismatch')).attachment?.name).toBe('proposal-143816-verdict-mismatch.md');
    expect(compose(notice('decided', 'mismatch')).attachment).toBeNull();
  });
});

describe('the report of a verdict', () => {
  const report = compose(notice('verdict', 'mismatch')).attachment!;

  it.each([
    ['what is elected', '- Elects: GuestOS'],
    ['the start and the end', '- Started `2026-09-18T11:00:00Z`, ended `2026-09-18T12:00:00Z`;'],
    [
      'the build with its machine',
      '- `local build 1` on `build-host`: `exit 0` after 2950 s, at `2026-09-18T11:59:00Z`',
    ],
    ['the log', `- Build log sha256: \`${'d2'.repeat(32)}\``],
    ['the machine', '- Build host: `AMD EPYC 7443P, 64 GiB, Ubuntu 24.04, podman 4.9`'],
    ['launch measurements', `- actual \`${'c4a1'.repeat(24)}\` from \`local build 1\``],
    ['findings', '- Finding (warning): `The same URL stands in the payload twice.`'],
    ['the dashboard', '- https://dashboard.internetcomputer.org/proposal/143816'],
    ['the source', `- ${proposal.links.source}`],
    ['the forum', `- The proposal’s own link, not checked: \`${proposal.url}\``],
  ])('names %s', (_, words) => {
    expect(report.text).toContain(words);
  });

  it('says in Slack what had no room, and how to see it', () => {
    const long = { ...report, text: Array.from({ length: 500 }, (_, at) => `line ${at}`).join('\n') };
    const texts = (limit: number): string[] => JSON.stringify(renderReport(long, limit)).match(/line \d+|… [^"]+/g)!;
    expect(texts(3)).toHaveLength(500);
    const cut = texts(1);
    expect(cut.at(-1)).toBe(`… and ${500 - cut.length + 1} more lines: nns-watch show 143816 --markdown`);
    expect(blocks.safeParse(renderReport(long, 1)).error).toBeUndefined();
  });
});

describe('the sizes of a message', () => {
  it('hold at the extreme, and keep verdict, evidence and advice', () => {
    const message = compose(extreme());
    const rendered = discord(message, null);
    expect(createMessage.safeParse(rendered).error).toBeUndefined();
    expect(rendered.content).toBe('**🟥 MISMATCH · proposal 143816 · GuestOS election**');
    const names = rendered.embeds[0]!.fields!.map(({ name }) => name);
    expect(names[0]).toBe('GuestOS');
    expect(names.at(-1)).toBe('What to do now');
    expect(rendered.embeds[0]!.fields![0]!.value).toContain('≠ Local build');
    expect(rendered.embeds[0]!.fields!.at(-1)!.value).toContain('nns-watch verify 143816');
    const inSlack = slack(message);
    expect(blocks.safeParse(inSlack.blocks).error).toBeUndefined();
    expect(textLength(inSlack.blocks)).toBeLessThan(13_000);
    expect(inSlack.text.length).toBeLessThan(4000);
    expect(JSON.stringify(inSlack.blocks)).toContain('nns-watch verify 143816');
    expect(message.attachment!.text.length).toBeLessThan(101_000);
  });

  it('hold for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (text) => {
        const message = compose(hostileNotice(text));
        expect(createMessage.safeParse(discord(message, null)).error).toBeUndefined();
        expect(createMessage.safeParse(discordNews(message, mentionOf('@everyone'))).error).toBeUndefined();
        for (const body of [slack(message), slackNews(message)]) {
          expect(blocks.safeParse(body.blocks).error).toBeUndefined();
          expect(body.text.length).toBeLessThan(4000);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('count what is left out', () => {
    const lines = Array.from({ length: 10 }, (_, at) => line(`line ${at}`));
    const measure = (one: ReturnType<typeof line>): number => plainLine(one).length;
    expect(fitLines(lines, 1000, measure)).toEqual(lines);
    const few = fitLines(lines, 40, measure).map(plainLine);
    expect(few.join('\n').length).toBeLessThanOrEqual(40);
    expect(few).toEqual(['line 0', 'line 1', 'line 2', '… and 7 more']);
    const sections = ['a', 'b', 'c'].map((title) => ({ title, lines }));
    expect(fitSections(sections, { each: 170, all: 400 }, measure).map(({ title }) => title)).toEqual(['a', 'b', 'c']);
    expect(fitSections(sections, { each: 170, all: 240 }, measure).map(({ title }) => title)).toEqual(['a', 'c']);
  });
});
