import type { Notice } from '../../src/domain/notice.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import { document, ID, notice, proposal } from './notices.ts';
import { ROLE } from './chat-kit.ts';

/** What strangers have tried in titles, summaries, logs and refs. */
export const HOSTILE: readonly string[] = [
  '@everyone @here',
  `<@&${ROLE}> <@123456789012345678> <#123456789012345678>`,
  '<!channel> <!here> <!everyone> <!subteam^S1>',
  '[🟩 VERIFIED](https://evil.example/a) **bold** __u__ ~~s~~ ||spoiler||',
  'https://evil.example/b discord.gg/evil <https://evil.example/c|safe>',
  '# Heading',
  '> quote',
  '>>> quote',
  '-# small',
  '- list',
  '1. list',
  '```\ncode\n``` `code`',
  '<t:1:R> <:evil:123456789012345678> </evil:123> :white_check_mark: <id:customize>',
  '*bold* _it_ ~strike~ &lt;!channel&gt;',
  '<img src=x onerror=alert(1)><b>x</b>',
  'line\n🟩 VERIFIED ✔\r\n# VERIFIED',
  '\u001b[31mred\u001b[0m\u001b]8;;https://evil.example\u0007x\u001b]8;;\u0007 \u0000\u0007\u009b2J',
  'zero\u200bwidth\u2060\ufeff \u202egnp.exe\u2066 \u{e0041}tag',
  '” · 🟩 VERIFIED · proposal 143816 “',
  '\\` \\* \\',
  'x'.repeat(100_000),
  '*_`~|<>[]()@#:/\\'.repeat(5000),
  '🟩'.repeat(50_000),
];

/** A notice into which a stranger has written everywhere where it is possible. */
export function hostileNotice(text: string, id: ProposalId = ID): Notice {
  const told = document('inconclusive', {
    headline: text,
    urls: [`https://evil.example/${text}`, text],
    findings: [{ id: 'payload-lint/x', severity: 'serious', sentence: text }],
    caveats: [{ id: 'mirrors-agree/x', sentence: text }],
  });
  const side = { value: text, source: text };
  const comparison = { label: text, expected: side, actual: { value: `${text}.`, source: text }, equal: false };
  const checks = told.checks.map((check) => ({ ...check, sentence: text, comparisons: [comparison] }));
  return notice('verdict', 'inconclusive', {
    key: `proposal ${id} verdict 1`,
    sentence: text,
    pings: false,
    proposal: { ...proposal, id, title: text, url: text },
    verdict: { ...told, checks, host: { description: text }, proposal: { ...told.proposal!, id } },
  });
}

/** The same as a mismatch, for channels that are told of alarms alone. */
export function hostileAlarm(text: string, id: ProposalId = ID): Notice {
  const told = hostileNotice(text, id);
  const verdict = { ...told.verdict!, verdict: { ...told.verdict!.verdict, outcome: 'mismatch', reason: null } };
  return { ...told, verdict };
}
