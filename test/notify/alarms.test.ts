import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { context, MODES, openChatWorld, openNotifier, type ChatWorld } from './chat-kit.ts';
import { ID, notice } from './notices.ts';

const mode = (name: string) => MODES.find((one) => one.name === name)!;
let world: ChatWorld;
beforeEach(async () => {
  world = await openChatWorld();
});
afterEach(() => world.close());

describe('PagerDuty', () => {
  const open = () => openNotifier(world, mode('pagerduty service'));
  const states = () => world.chat.pagerduty.alerts.map((one) => [one.dedup, one.open]);

  it('alarms for a mismatch, once per proposal, and is calm when it is taken back', async () => {
    const notifier = open();
    let previous = await notifier.deliver(notice('discovered', 'none'), context());
    expect(states()).toEqual([]);
    previous = await notifier.deliver(notice('verdict', 'unconfirmed'), context({ previous }));
    previous = await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    expect(states()).toEqual([[`nns-watch proposal ${ID}`, true]]);
    expect(world.chat.pagerduty.alerts[0]).toMatchObject({ triggers: 2, payload: { severity: 'critical' } });
    previous = await notifier.deliver(notice('reminder', 'mismatch'), context({ previous }));
    previous = await notifier.deliver(notice('verdict', 'verified'), context({ previous }));
    expect(states()).toEqual([[`nns-watch proposal ${ID}`, false]]);
    await notifier.deliver(notice('closed', 'verified'), context({ previous }));
    expect(world.chat.pagerduty.requests).toEqual(['trigger', 'trigger', 'resolve']);
  });

  it('is calm once voting has closed, also where it does not remember the alarm', async () => {
    const notifier = open();
    await notifier.deliver(notice('verdict', 'mismatch'), context());
    await notifier.deliver(notice('closed', 'mismatch'), context());
    expect(states()).toEqual([[`nns-watch proposal ${ID}`, false]]);
  });

  it('leaves an alarm open over a verdict that cannot be read', async () => {
    const notifier = open();
    const previous = await notifier.deliver(notice('verdict', 'mismatch'), context());
    const unreadable = notice('verdict', 'verified');
    await notifier.deliver({ ...unreadable, network: 'NOT MAINNET: X' }, context({ previous }));
    expect(states()).toEqual([[`nns-watch proposal ${ID}`, true]]);
  });

  it('alarms for trouble of the watcher from its beginning to its end', async () => {
    const notifier = open();
    await notifier.deliver(notice('trouble', 'none', { key: 'trouble loop discover 1' }), context());
    expect(states()).toEqual([['nns-watch trouble loop discover 1', true]]);
    await notifier.deliver(notice('trouble', 'none', { key: 'trouble loop discover 1 over' }), context());
    expect(states()).toEqual([['nns-watch trouble loop discover 1', false]]);
  });

  it('opens a test and ends it', async () => {
    await open().deliver(notice('test', 'none'), context());
    expect(states()).toEqual([['nns-watch test 1', false]]);
  });

  it('is refused with a wrong key', async () => {
    const right = mode('pagerduty service');
    const settings = () => ({ pagerdutyRoutingKey: 'f'.repeat(32) });
    const delivered = openNotifier(world, { ...right, settings }).deliver(notice('verdict', 'mismatch'), context());
    await expect(delivered).rejects.toMatchObject({ kind: 'rejected' });
  });
});

describe('ntfy', () => {
  it('breaks through silence for a mismatch, and makes no sound for the rest', async () => {
    const notifier = openNotifier(world, mode('ntfy topic'));
    await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(notice('verdict', 'verified'), context());
    await notifier.deliver(notice('verdict', 'mismatch'), context());
    expect(world.chat.ntfy.messages.map(({ priority, tags }) => [priority, tags])).toEqual([
      [2, ['hourglass_flowing_sand']],
      [4, ['white_check_mark']],
      [5, ['rotating_light']],
    ]);
    expect(world.chat.ntfy.messages[2]!.click).toContain(`/proposal/${ID}`);
  });
});

describe('Apprise', () => {
  it('has not told anybody where nothing is configured behind its key', async () => {
    world.chat.apprise.configured = false;
    const delivered = openNotifier(world, mode('apprise server')).deliver(notice('verdict', 'mismatch'), context());
    await expect(delivered).rejects.toMatchObject({ kind: 'rejected', code: 'apprise-no-configuration' });
  });

  it('names the kind of outcome for services that show it', async () => {
    const notifier = openNotifier(world, mode('apprise server'));
    await notifier.deliver(notice('verdict', 'mismatch'), context());
    await notifier.deliver(notice('verdict', 'verified'), context());
    expect(world.chat.apprise.messages.map(({ type }) => type)).toEqual(['failure', 'success']);
  });
});
