import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import { proposalLinks } from '../../src/domain/network.ts';
import type { Notice, NoticeType, RemoteMessage } from '../../src/domain/notice.ts';
import { CHANNEL, context, MODES, openChatWorld, openNotifier, type ChatWorld } from './chat-kit.ts';
import { COMMIT, notice, proposal, type Case } from './notices.ts';

let world: ChatWorld;
beforeEach(async () => void (world = await openChatWorld()));
afterEach(() => world.close());

const IDS = Array.from({ length: 10 }, (_, at) => String(143_900 + at) as ProposalId);

function about(id: ProposalId, type: NoticeType, outcome: Case, pings: boolean): Notice {
  const told = notice(type, outcome, { pings, proposal: { ...proposal, id, links: proposalLinks(id, COMMIT) } });
  const verdict = told.verdict && { ...told.verdict, proposal: { ...told.verdict.proposal!, id } };
  return { ...told, verdict, key: `proposal ${id} ${type} ${outcome}` };
}

/** As a service tells it: a mismatch at once with a ping, and its last word within the minute as an edit. */
const COURSE: readonly (readonly [NoticeType, Case, boolean])[] = [
  ['discovered', 'none', false],
  ['verdict', 'unconfirmed', true],
  ['progress', 'unconfirmed', false],
  ['verdict', 'mismatch', false],
];

describe('ten elections at once', () => {
  it('are ten messages in a channel, and nothing else, each told at once and edited since', async () => {
    const bot = MODES.find(({ name }) => name === 'discord bot')!;
    const notifier = openNotifier(world, bot);
    const remembered = new Map<ProposalId, RemoteMessage | null>();
    for (const [type, outcome, pings] of COURSE) {
      for (const id of IDS) {
        const previous = remembered.get(id) ?? null;
        // Fifty requests in a second are Discord's limit for a bot; the library keeps it by itself.
        const deliver = () => notifier.deliver(about(id, type, outcome, pings), context({ previous }));
        remembered.set(id, await vi.waitFor(deliver, { timeout: 5000, interval: 100 }));
      }
    }
    const shown = world.chat.discord.store.visible(CHANNEL);
    expect(shown).toHaveLength(IDS.length);
    for (const { content } of shown) expect(content).toMatch(/MISMATCH · proposal 1439\d\d/);
    // One for each mismatch, when it was first told.
    expect(bot.pings(world.chat)).toHaveLength(IDS.length);
    await notifier.close();
  }, 30_000);
});
