import { describe, expect, it } from 'vitest';
import type { Notice } from '../../src/domain/notice.ts';
import { EVERYTHING, passes, unheardMismatches, type Route, type RoutedNotifier } from '../../src/domain/route.ts';
import { deliverNext } from '../../src/notify/deliver.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';
import { NOW, notice, proposal } from './notices.ts';

const only = (lists: Route['only']): Route => ({ ...EVERYTHING, only: lists });
const hostos = { proposal: { ...proposal, kind: 'elect-hostos' as const } };

/** What one channel shows of these notices, in their order. */
async function shown(
  route: Route,
  notices: readonly Notice[],
  quiet: Parameters<typeof deliverNext>[0]['quietHours'] = null,
) {
  const outbox = memoryOutbox();
  const told: Notice[] = [];
  const notifier: RoutedNotifier = {
    id: 'x:1',
    route,
    deliver: async (one) => {
      told.push(one);
      return { message: '1' };
    },
    close: async () => undefined,
  };
  await outbox.enqueue(notices, ['x:1']);
  const deps = { outbox, notifier, now: () => NOW * 1000, random: () => 0, quietHours: quiet };
  while (await deliverNext({ ...deps, signal: new AbortController().signal }));
  return told;
}

describe('a channel with filters', () => {
  const types = async (route: Route, notices: readonly Notice[]) => (await shown(route, notices)).map(({ key }) => key);
  const all = [
    notice('discovered', 'none', { key: 'found' }),
    notice('verdict', 'verified', { key: 'good' }),
    notice('trouble', 'none', { key: 'trouble' }),
    notice('test', 'none', { key: 'test' }),
  ];

  it.each<[string, Route['only'], string[]]>([
    ['nothing', {}, ['found', 'good', 'trouble', 'test']],
    ['outcomes', { outcomes: ['mismatch'] }, ['test']],
    ['another outcome', { outcomes: ['verified', 'mismatch'] }, ['good', 'test']],
    ['notices', { notices: ['verdict', 'trouble'] }, ['good', 'trouble', 'test']],
    ['kinds', { kinds: ['elect-guestos'] }, ['found', 'good', 'test']],
    ['components', { components: ['hostos'] }, ['test']],
    ['two lists', { components: ['guestos'], notices: ['discovered'] }, ['found', 'test']],
  ])('by %s is told what is in its lists', async (_, lists, keys) => {
    expect(await types(only(lists), all)).toEqual(keys);
  });

  it('hears that an alarm is taken back, whatever its lists say', async () => {
    const back = notice('verdict', 'verified', { key: 'back' });
    const news = [notice('verdict', 'unconfirmed', { key: 'alarm' }), back];
    expect(await types(only({ outcomes: ['mismatch'] }), news)).toEqual(['alarm', 'back']);
    expect(await types(only({ outcomes: ['mismatch'] }), [back])).toEqual([]);
  });

  it('that hears of mismatches hears of what is installed in their place, and that it is over', async () => {
    const news = [
      notice('registry-differs', 'verified', { key: 'differs' }),
      notice('registry-differs', 'verified', { key: 'over', pings: false }),
      notice('deployment', 'none', { key: 'of a mismatch', pings: true }),
      notice('deployment', 'none', { key: 'unverified', pings: false }),
    ];
    const keys = ['differs', 'over', 'of a mismatch'];
    expect(await types(only({ outcomes: ['mismatch'] }), news)).toEqual(keys);
    expect(await types(only({ outcomes: ['inconclusive'] }), news)).toEqual([]);
    expect(await types(only({ notices: ['registry-differs'] }), news)).toEqual(['differs', 'over']);
  });

  it('hears of another component’s proposals nothing, also after a verdict', () => {
    expect(passes(only({ components: ['guestos'] }), notice('verdict', 'mismatch', hostos), ['verdict'])).toBe(false);
  });
});

describe('a channel with quiet hours of its own', () => {
  const quietHours = { fromMinute: 0, toMinute: 1439, timeZone: 'UTC' };

  it('is rung by a mismatch alone', async () => {
    const news = [notice('verdict', 'verified'), notice('verdict', 'mismatch')];
    const told = await shown({ ...EVERYTHING, quietHours }, news);
    expect(told.map(({ pings }) => pings)).toEqual([false, true]);
  });
});

describe('a compact channel', () => {
  it('shows the outcome, the headline and what to do, and no report', async () => {
    const [told] = await shown({ ...EVERYTHING, text: 'compact' }, [notice('verdict', 'mismatch')]);
    const message = composeMessage(told!, { statusUrl: null });
    expect(message.title).toContain('MISMATCH');
    expect(message.sections.map(({ title }) => title)).toEqual([
      'What mismatch means',
      'Findings and caveats',
      'What to do now',
    ]);
    expect(message.attachment).toBeNull();
  });
});

describe('a mismatch that nobody would hear of', () => {
  it('is named by the kind of its proposal', () => {
    expect(unheardMismatches([EVERYTHING])).toEqual([]);
    expect(unheardMismatches([only({ outcomes: ['verified'] })])).toHaveLength(4);
    expect(unheardMismatches([only({ components: ['guestos'] })])).toEqual(['elect-hostos', 'retire-only', 'other']);
    expect(unheardMismatches([only({ kinds: ['elect-guestos'] }), only({ outcomes: ['mismatch'] })])).toEqual([]);
    expect(unheardMismatches([only({ notices: ['reminder'] })])).toHaveLength(4);
  });
});
