import { join } from 'node:path';
import { loadConfig } from '../../src/operator/config.ts';
import { plainText } from '../../src/domain/text.ts';
import type { Notifier } from '../../src/domain/notice.ts';
import type { BuildRequest } from '../../src/domain/ports.ts';
import type { Votes } from '../../src/domain/service-ports.ts';
import { createLog } from '../../src/platform/log.ts';
import type { VirtualClock } from '../support/virtual-clock.ts';
import type { Outside } from './outside.ts';

/** What the service stands in: it outlives each of its processes. */
export interface Rig {
  readonly directory: string;
  readonly clock: VirtualClock;
  readonly outside: Outside;
  /** Those who tell: each process makes its own. */
  readonly chats: readonly { readonly id: string; readonly notifier: () => Notifier }[];
  readonly buildSeconds: number;
  readonly votes?: Votes;
  /** As in the environment: REMINDERS, QUIET_HOURS, … */
  readonly settings?: Readonly<Record<string, string>>;
  /** How often each loop ticks, by the first word of its name; in seconds. */
  readonly paces?: Readonly<Record<string, number>>;
  /** How long a killed process keeps the next one waiting. */
  readonly leaseSeconds?: number;
  readonly noted?: (what: 'begins' | 'ends', request: BuildRequest) => void;
  /** Told before and after a builder is started. */
  readonly spawned?: (what: 'before' | 'after') => void;
  /** How whoever is not a channel is reached, as the dead man's switch. */
  readonly fetch?: typeof globalThis.fetch;
  /** Lines of the log. */
  readonly say?: (line: string) => void;
}

const PACES: Readonly<Record<string, number>> = {
  retentionRounds: 3600,
  discover: 120,
  verify: 60,
  clock: 120,
  deliver: 60,
  build: 60,
  builder: 60,
};

export function pace(rig: Rig, name: string): number {
  const word = name.split(' ')[0] ?? '';
  return (rig.paces?.[word] ?? PACES[word] ?? 600) * 1000;
}

export function configOf({ directory, settings = {} }: Rig): ReturnType<typeof loadConfig> {
  return loadConfig({
    NNS_WATCH_DATA_DIR: directory,
    NNS_WATCH_CACHE_DIR: join(directory, 'cache'),
    MIN_DISK_GB: '0.001',
    // A page listens on a port of this machine, and reads a file that stories do not have.
    STATUS_LISTEN: 'off',
    ...settings,
  });
}

export function logOf({ say }: Rig): ReturnType<typeof createLog> {
  const write = say ?? ((): void => undefined);
  return createLog({ level: say ? 'info' : 'silent', format: 'json', secrets: [], plain: plainText, write });
}
