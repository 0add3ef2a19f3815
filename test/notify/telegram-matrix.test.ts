import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Notice } from '../../src/domain/notice.ts';
import { context, MODES, openChatWorld, openNotifier, type ChatWorld, type Mode } from './chat-kit.ts';
import { MATRIX_ROOM, TELEGRAM_CHAT } from './more-modes.ts';
import { document, notice } from './notices.ts';

const mode = (name: string): Mode => MODES.find((one) => one.name === name)!;
let world: ChatWorld;
beforeEach(async () => {
  world = await openChatWorld();
});
afterEach(() => world.close());

/** A mismatch about which strangers wrote as much as they could. */
function enormous(): Notice {
  const told = document('mismatch');
  const long = '<&"\\🟩'.repeat(20_000);
  const findings = Array.from({ length: 300 }, (_, at) => ({
    id: `f/${at}`,
    severity: 'serious' as const,
    sentence: `${at} ${long}`,
  }));
  const verdict = { ...told, verdict: { ...told.verdict, headline: long, findings } };
  return notice('verdict', 'mismatch', { sentence: long, verdict });
}

describe('the Telegram bot', () => {
  it('rings in reply to its living message, and edits it without a sound', async () => {
    const notifier = openNotifier(world, mode('telegram bot'));
    const quiet = notice('discovered', 'none', { pings: false });
    const previous = await notifier.deliver(quiet, context());
    await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    const [living, ping] = world.chat.telegram.visible(TELEGRAM_CHAT);
    expect(living).toMatchObject({ rings: false, edits: 1 });
    expect(ping).toMatchObject({ rings: true, replyTo: living!.message_id });
    expect(ping!.text).toContain('MISMATCH');
  });

  it('takes “not modified” for what it is: the message stands as it should', async () => {
    const notifier = openNotifier(world, mode('telegram bot'));
    const told = notice('decided', 'verified');
    const previous = await notifier.deliver(told, context());
    expect(await notifier.deliver(told, context({ previous, attempt: 1 }))).toEqual(previous);
    expect(world.chat.telegram.visible(TELEGRAM_CHAT)).toHaveLength(1);
  });

  it('goes after a group that became a supergroup, and stays there', async () => {
    const notifier = openNotifier(world, mode('telegram bot'));
    const before = await notifier.deliver(notice('discovered', 'none'), context());
    const { telegram } = world.chat;
    telegram.moved.set(TELEGRAM_CHAT, -100777);
    telegram.addChat('-100777');
    const previous = await notifier.deliver(notice('verdict', 'mismatch'), context({ previous: before }));
    expect(previous).toMatchObject({ chat: '-100777' });
    await notifier.deliver(notice('decided', 'mismatch'), context({ previous }));
    expect(telegram.visible('-100777')).toHaveLength(1);
    expect(telegram.visible('-100777')[0]!.edits).toBe(1);
  });

  it('stays within 4096 characters and a hundred entities, whatever strangers wrote', async () => {
    const notifier = openNotifier(world, mode('telegram bot'));
    await notifier.deliver(enormous(), context());
    const [message] = world.chat.telegram.visible(TELEGRAM_CHAT);
    expect(message!.text).toContain('What to do now');
    expect(message!.entities.length).toBeLessThanOrEqual(100);
    expect(world.chat.telegram.requests).toEqual(['sendMessage']);
  });

  it.each([
    ['a revoked token', { telegramBotToken: '700000001:AAanother-token-entirely' }, 'telegram-unauthorized'],
    ['a chat that is none of its own', { telegramChatId: '-1' }, 'telegram-chat-not-found'],
  ])('asks once with %s', async (_, wrong, code) => {
    const right = mode('telegram bot');
    const settings: Mode['settings'] = (chat) => ({ ...right.settings(chat), ...wrong });
    const notifier = openNotifier(world, { ...right, settings });
    const delivered = notifier.deliver(notice('verdict', 'mismatch'), context());
    await expect(delivered).rejects.toMatchObject({ kind: 'rejected', code });
    expect(world.chat.telegram.requests).toHaveLength(1);
  });
});

describe('the Matrix account', () => {
  it('edits its message and writes the history into its thread, ringing only where it is to', async () => {
    const notifier = openNotifier(world, mode('matrix account'));
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    await notifier.deliver(notice('decided', 'mismatch'), context({ previous }));
    const [living, ...others] = world.chat.matrix.visible(MATRIX_ROOM);
    expect(others).toEqual([]);
    expect(living).toMatchObject({ edits: 2, shown: { msgtype: 'm.notice', 'm.mentions': {} } });
    const thread = world.chat.matrix.thread(MATRIX_ROOM, living!.event_id);
    expect(thread.map(({ shown }) => shown.msgtype)).toEqual(['m.text', 'm.notice']);
  });

  it('shows progress in tens, since each edit is an event for every server of the room', async () => {
    const notifier = openNotifier(world, mode('matrix account'));
    let previous = await notifier.deliver(notice('discovered', 'none'), context());
    for (const percent of [40, 41, 42, 49, 50]) {
      const standing = { stage: 'building', percent, expectedAt: null } as const;
      const told = notice('progress', 'none', { standing, key: `progress ${percent}` });
      previous = await notifier.deliver(told, context({ previous }));
    }
    expect(world.chat.matrix.visible(MATRIX_ROOM)[0]!.edits).toBe(2);
  });

  it('stays within the size of an event, whatever strangers wrote', async () => {
    const notifier = openNotifier(world, mode('matrix account'));
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(enormous(), context({ previous }));
    expect(world.chat.matrix.visible(MATRIX_ROOM)[0]!.shown.formatted_body).toContain('What to do now');
    expect(world.chat.matrix.largest).toBeLessThan(65_536);
  });

  it('is refused once and for all where its token or its room is no more', async () => {
    const right = mode('matrix account');
    const settings: Mode['settings'] = (chat) => ({ ...right.settings(chat), matrixRoomId: '!other:example.org' });
    const notifier = openNotifier(world, { ...right, settings });
    await expect(notifier.deliver(notice('verdict', 'mismatch'), context())).rejects.toMatchObject({
      kind: 'rejected',
      code: 'matrix-forbidden',
    });
    expect(world.chat.matrix.requests).toHaveLength(1);
  });
});
