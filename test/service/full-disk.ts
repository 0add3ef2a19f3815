import { appendFileSync, cpSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asWatchError } from '../../src/domain/errors.ts';
import { electionAt, Timeline } from './timeline.ts';

/** What the test reads of a story on a full disk; JSON on the last line that the process writes. */
export interface Told {
  /** Of the file system that the story lived on. */
  readonly bytes: number;
  readonly said: readonly string[];
  /** Codes of why it could not start in each of the times without room. */
  readonly failures: readonly (readonly string[])[];
  readonly verdictsWhileFull: number;
}

export const ELECTIONS = [
  electionAt(0.5, '201', { lastsHours: 5 }),
  electionAt(0.6, '202', { lastsHours: 5, behaviour: 'mismatch', component: 'hostos' }),
];
export const PACES = { discover: 300, verify: 120, clock: 300, deliver: 120, build: 120, watchdog: 120 };
/**
 * Hours without room: so long that leases are lost; then a process that is killed, whose successor finds room in the
 * database's own files; then one that was stopped, which leaves none, so that none can start.
 */
export const FULL = [
  { from: 0.4, to: 1.4 },
  { from: 2, to: 2.4 },
  { from: 3, to: 3.4 },
] as const;
export const END = 7;
const STEP_HOURS = 0.1;

const ballast = join(tmpdir(), 'ballast');

/** Takes all the room that there is: whatever was freed meanwhile, too. */
function fill(): void {
  for (let bytes = 1 << 20; bytes >= 1; bytes >>= 1) {
    try {
      for (;;) appendFileSync(ballast, Buffer.alloc(bytes, 1));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'ENOSPC') throw thrown;
    }
  }
}

async function whileFull(timeline: Timeline, { from, to }: (typeof FULL)[number]): Promise<readonly string[]> {
  const failures: string[] = [];
  for (let hour = from; hour < to; hour += STEP_HOURS) {
    fill();
    failures.push(
      ...(await timeline.supervised(Math.min(to, hour + STEP_HOURS))).map((thrown) => asWatchError(thrown).code),
    );
  }
  rmSync(ballast);
  return failures;
}

/** Lives the story in the directory for temporary files, which is the small disk; leaves its remains in `kept`. */
async function live(kept: string): Promise<Told> {
  const said: string[] = [];
  const settings = { REMINDERS: '10m' };
  const timeline = new Timeline(ELECTIONS, {
    settings,
    paces: PACES,
    buildSeconds: 900,
    say: (line) => void said.push(line),
  });
  const [first, second, third] = FULL;
  const failures: (readonly string[])[] = [];
  await timeline.supervised(first.from);
  failures.push(await whileFull(timeline, first));
  const verdictsWhileFull = timeline.hook.of('verdict').length + timeline.bot.of('verdict').length;
  await timeline.supervised(second.from);
  fill();
  await timeline.kill();
  failures.push(await whileFull(timeline, second));
  await timeline.supervised(third.from);
  await timeline.stop();
  failures.push(await whileFull(timeline, third));
  await timeline.supervised(END);
  await timeline.stop();
  cpSync(timeline.rig.directory, kept, { recursive: true });
  for (const { id, shown } of timeline.chats)
    writeFileSync(join(kept, `chat-${id}`), shown.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const { blocks, bsize } = statfsSync(tmpdir());
  return { bytes: blocks * bsize, said, failures, verdictsWhileFull };
}

if (process.argv[1] === import.meta.filename) {
  const told = await live(process.argv[2] ?? '');
  process.stdout.write(JSON.stringify(told), () => process.exit());
}
