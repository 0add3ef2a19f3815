import { describe, expect, it } from 'vitest';
import { createAnswer } from '../../src/notify/command-answer.ts';
import { bareMessage } from '../../src/notify/bare.ts';
import {
  mentionOf,
  renderMessage as discord,
  renderNews as discordNews,
} from '../../src/notify/notifiers/discord/render.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { plainMessage } from '../../src/notify/escape.ts';
import {
  renderMessage as slack,
  renderNews as slackNews,
  renderReport,
} from '../../src/notify/notifiers/slack/render.ts';
import type { Notice } from '../../src/domain/notice.ts';
import { ROLE } from './chat-kit.ts';
import { fakeActions } from './fake-actions.ts';
import { CASES, ID, notice, proposal, TYPES, type Case } from './notices.ts';

const WARNING = 'Do not adopt until this is explained.';
const COMMANDS = /quill|dfx |manage_neuron|--approve|--reject/;

/** Everything that chats and forums are given of one notice. */
function told(given: Notice): string {
  const message = composeMessage(given, { statusUrl: null });
  const mention = mentionOf(ROLE);
  return JSON.stringify([
    ...[message, bareMessage(given)].flatMap((one) => [discord(one, mention), slack(one), plainMessage(one)]),
    discordNews(message, mention),
    slackNews(message),
    message.attachment && [message.attachment, renderReport(message.attachment, 3)],
  ]);
}

async function answered(given: Notice): Promise<string> {
  const actions = fakeActions({ network: given.network, known: async () => given });
  const asked = { command: 'vote', text: ID, manages: false, managers: '' };
  return plainMessage(await createAnswer({ actions, failed: () => undefined })(asked)).join('\n');
}

const pairs = TYPES.flatMap((type) => CASES.map((outcome) => ({ type, outcome })));
const isMismatch = (outcome: Case): boolean => outcome === 'mismatch' || outcome === 'unconfirmed';

describe('what chats are told to do', () => {
  it.each(pairs)('is no command, and follows the outcome: $type, $outcome', ({ type, outcome }) => {
    const given = notice(type, outcome);
    const text = told(given);
    expect(text).not.toMatch(COMMANDS);
    if (!given.proposal) return;
    expect(text.includes(WARNING)).toBe(isMismatch(outcome));
    const main = plainMessage(composeMessage(given, { statusUrl: null })).join('\n');
    expect(main.includes('Vote in the NNS app: https://nns.ic0.app/')).toBe(outcome === 'verified');
  });

  it('is no advice on a vote once that is over, nor elsewhere than on mainnet', async () => {
    for (const outcome of CASES) {
      const network = 'NOT MAINNET: IC_ROOT_KEY';
      const given = notice('verdict', outcome);
      const elsewhere = { ...given, network, verdict: given.verdict && { ...given.verdict, network } };
      for (const late of [notice('verdict', outcome, { at: proposal.deadlineAt! }), elsewhere]) {
        const texts = [plainMessage(composeMessage(late, { statusUrl: null })).join('\n'), await answered(late)];
        for (const text of texts) expect(text).not.toMatch(/quill|dfx |NNS app|Do not adopt/);
      }
    }
  });

  it.each(CASES)('is more where somebody asks for it: %s', async (outcome) => {
    const text = await answered(notice('verdict', outcome));
    const verified = outcome === 'verified';
    expect(text.includes('--approve')).toBe(verified);
    expect(text.includes('VOTE 1 to adopt')).toBe(verified);
    expect(text.includes('--reject')).toBe(verified || outcome === 'mismatch');
    expect(text.includes('vote = 2')).toBe(outcome === 'mismatch');
    expect(text.includes(WARNING)).toBe(isMismatch(outcome));
    expect(text.includes('NNS app')).toBe(verified);
  });
});
