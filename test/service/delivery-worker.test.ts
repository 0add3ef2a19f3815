import { describe, expect, it } from 'vitest';
import { Refusals } from '../../src/service/delivery-worker.ts';
import { electionProposal, noticeOf } from '../support/records.ts';

const MINUTE = 60_000;

let now = 1_800_000_000_000;
type Seen = Parameters<Refusals['saw']>[0];

/** What became of the delivery of a notice. */
function saw(refusals: Refusals, state: Seen['state'], key: string, deadlineMs: number | null): void {
  const about = deadlineMs === null ? null : electionProposal({ deadlineAt: (now + deadlineMs) / 1000 });
  refusals.saw({ state, delivery: { notice: noticeOf(key, { about }) } as Seen['delivery'] });
}

const refusalsNow = (): Refusals => new Refusals({ now: () => now } as ConstructorParameters<typeof Refusals>[0]);

describe('what a channel refuses', () => {
  it('is asked again when the most urgent of it is due, whatever is refused later', () => {
    const refusals = refusalsNow();
    // What has no deadline was refused so often that it waits for an hour; a reminder is refused for the first time.
    for (let count = 0; count < 8; count += 1) saw(refusals, 'dead', 'trouble', null);
    saw(refusals, 'dead', 'reminder', 60 * MINUTE);
    // A real clock moves between two refusals of one round, and more that has no deadline follows for ever.
    for (let minute = 1; minute < 10; minute += 1) {
      now += MINUTE;
      for (let count = 0; count < 8; count += 1) saw(refusals, 'dead', `trouble ${minute}`, null);
      expect(refusals.isDue).toBe(false);
    }
    now += MINUTE;
    expect(refusals.isDue).toBe(true);
    refusals.asked();
    expect(refusals.isDue).toBe(false);
  });

  it('is given up only where the channel takes other things meanwhile', () => {
    const refusals = refusalsNow();
    saw(refusals, 'sent', 'before', null);
    // For a day it refuses everything: its secret was revoked.
    for (let hour = 0; hour < 24; hour += 1) saw(refusals, 'dead', 'verdict', 60 * MINUTE);
    expect(refusals.hopeless).toEqual([]);
    saw(refusals, 'sent', 'mended', null);
    expect(refusals.hopeless).toEqual([]);
    saw(refusals, 'sent', 'verdict', 60 * MINUTE);
    for (let times = 0; times <= 5; times += 1) {
      expect(refusals.hopeless).toEqual([]);
      saw(refusals, 'dead', 'hostile', 60 * MINUTE);
      saw(refusals, 'sent', `other ${times}`, null);
    }
    expect(refusals.hopeless).toEqual(['hostile']);
  });
});
