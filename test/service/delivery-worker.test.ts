import { expect, it } from 'vitest';
import { Refusals } from '../../src/service/delivery-worker.ts';
import { electionProposal, noticeOf } from '../support/records.ts';

const MINUTE = 60_000;

it('a channel is asked again for what is most urgent, whatever it refused later', () => {
  let now = 1_800_000_000_000;
  const refusals = new Refusals({ now: () => now } as ConstructorParameters<typeof Refusals>[0]);
  const refused = (key: string, deadlineMs: number | null): void => {
    const about = deadlineMs === null ? null : electionProposal({ deadlineAt: (now + deadlineMs) / 1000 });
    const notice = noticeOf(key, { about });
    refusals.saw({ state: 'dead', delivery: { notice } as Parameters<Refusals['saw']>[0]['delivery'] });
  };
  // What has no deadline was refused so often that it waits for an hour; a reminder is refused for the first time.
  for (let count = 0; count < 8; count += 1) refused('trouble', null);
  refused('reminder', 60 * MINUTE);
  // A real clock moves between two refusals of one round, and more that has no deadline follows for ever.
  for (let minute = 1; minute < 10; minute += 1) {
    now += MINUTE;
    for (let count = 0; count < 8; count += 1) refused(`trouble ${minute}`, null);
    expect(refusals.isDue).toBe(false);
  }
  now += MINUTE;
  expect(refusals.isDue).toBe(true);
  refusals.asked();
  expect(refusals.isDue).toBe(false);
});
