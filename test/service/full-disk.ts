import { appendFileSync, cpSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { electionAt, Story } from './story.ts';

/** What the test reads of a story on a full disk; JSON on the last line that the process writes. */
export interface Told {
  /** Of the file system that the story lived on. */
  readonly bytes: number;
  readonly said: readonly string[];
  /** Why it could not start while there was no room. */
  readonly failures: readonly string[];
  readonly verdictsWhileFull: number;
}

export const ELECTIONS = [
  electionAt(0.5, '201', { lastsHours: 5 }),
  electionAt(0.6, '202', { lastsHours: 5, behaviour: 'mismatch', component: 'hostos' }),
];
export const PACES = { discover: 300, verify: 120, clock: 300, deliver: 120, build: 120, watchdog: 120 };
/** Hours: no room from the first to the second, so that leases are lost; and once more, with a process that is killed. */
export const FULL = { from: 0.4, to: 1.4, again: 2, toEnd: 2.4, end: 7 };
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

async function whileFull(story: Story, from: number, to: number): Promise<readonly string[]> {
  const failures: string[] = [];
  for (let hour = from; hour < to; hour += STEP_HOURS) {
    fill();
    failures.push(...(await story.supervised(Math.min(to, hour + STEP_HOURS))).map(String));
  }
  rmSync(ballast);
  return failures;
}

/** Lives the story in the directory for temporary files, which is the small disk; leaves its remains in `kept`. */
async function live(kept: string): Promise<Told> {
  const said: string[] = [];
  const settings = { REMINDERS: '10m' };
  const story = new Story(ELECTIONS, {
    settings,
    paces: PACES,
    buildSeconds: 900,
    say: (line) => void said.push(line),
  });
  await story.supervised(FULL.from);
  await whileFull(story, FULL.from, FULL.to);
  const verdictsWhileFull = story.hook.of('verdict').length + story.bot.of('verdict').length;
  await story.supervised(FULL.again);
  fill();
  await story.kill();
  const failures = await whileFull(story, FULL.again, FULL.toEnd);
  await story.supervised(FULL.end);
  await story.running.stop();
  cpSync(story.rig.directory, kept, { recursive: true });
  for (const { id, shown } of story.chats)
    writeFileSync(join(kept, `chat-${id}`), shown.map((each) => `${JSON.stringify(each)}\n`).join(''));
  const { blocks, bsize } = statfsSync(tmpdir());
  return { bytes: blocks * bsize, said, failures, verdictsWhileFull };
}

if (process.argv[1] === import.meta.filename) {
  const told = await live(process.argv[2] ?? '');
  process.stdout.write(JSON.stringify(told), () => process.exit());
}
