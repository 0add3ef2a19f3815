import { afterEach, beforeEach } from 'vitest';
import { createServiceStore } from '../../src/app/compose-store.ts';
import type { ServiceStore } from '../../src/store/service-store.ts';
import type { IncidentDeps } from '../../src/service/incidents.ts';
import type { Database } from '../../src/store/database.ts';
import { emptySqlite, migrated } from '../support/databases.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';

export const START = 1_789_000_000_000;
export const MINUTE = 60_000;
export const running = new AbortController().signal;

/** What looks after the service stands in: for each test a new database, a clock of its own and the notifiers a and b. */
export class CareRig {
  now = START;
  database!: Database;
  store!: ServiceStore;
  deps!: IncidentDeps;
  readonly clock = {
    now: () => this.now,
    sleep: async (ms: number) => {
      this.now += ms;
    },
  };

  constructor() {
    beforeEach(async () => {
      this.now = START;
      const { clock } = this;
      const [network, notifiers] = ['mainnet', ['a', 'b']];
      this.database = { ...(await migrated(emptySqlite)), clock: clock.now };
      const parts = { database: this.database, blobs: memoryBlobs(), clock, network, notifiers, toolVersion: '1' };
      this.store = createServiceStore(parts);
      this.deps = { store: this.store, network, notifiers, now: clock.now };
    });
    afterEach(() => this.database.close());
  }

  /** Everything that a notifier would be told. */
  async told(notifier: string): Promise<string[]> {
    const { outbox } = this.store;
    const sentences: string[] = [];
    for (let next = await outbox.next(notifier, this.now); next; next = await outbox.next(notifier, this.now)) {
      sentences.push(next.notice.sentence);
      await outbox.sent(next.id, null, this.now);
    }
    return sentences;
  }
}
