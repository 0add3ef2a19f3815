import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MeasurementsFile, Observation } from '../../src/domain/evidence.ts';
import type { Notifier } from '../../src/domain/notice.ts';
import { sha256 } from '../../src/platform/hash.ts';
import { parseMeasurementsFile } from '../../src/verify/measurements-file.ts';
import type { ChatFault } from '../../simnet/chat/faults.ts';
import { MODES, openChatWorld, openNotifier, type ChatWorld } from '../notify/chat-kit.ts';
import { MEASUREMENTS, seen } from '../support/evidence.ts';
import { BEGIN, electionAt, HOUR, Timeline, type TimelineOptions } from './timeline.ts';

/** The whole service with every kind of channel, against the chats' servers, on the virtual clock. */
let world: ChatWorld;
let timeline: Timeline;
let now: () => number;
const sent: { mode: string; key: string; type: string; hour: number }[] = [];
beforeEach(async () => {
  sent.length = 0;
  world = await openChatWorld();
});
afterEach(async () => {
  await timeline.end();
  await world.close();
});

/** One of each way in which a channel refuses; more of them would make the virtual hours of this test long. */
const KINDS = MODES.filter(({ name }) => /^(?:discord|slack|webhook)/.test(name));

/** Each kind of channel once, with a note of what it was told and when. */
function everyKind(): NonNullable<TimelineOptions['chats']> {
  return KINDS.map((mode) => {
    const notifier = (): Notifier => {
      const real = openNotifier(world, mode);
      const deliver: Notifier['deliver'] = async (notice, context) => {
        const remote = await real.deliver(notice, context);
        const hour = (now() / 1000 - BEGIN) / HOUR;
        const { key, type } = notice;
        if (type !== 'progress') sent.push({ mode: mode.name, key, type, hour });
        return remote;
      };
      return { ...real, id: mode.name, deliver };
    };
    return { id: mode.name, notifier };
  });
}

async function begin(elections: ConstructorParameters<typeof Timeline>[0], options: TimelineOptions): Promise<void> {
  timeline = new Timeline(elections, { chats: everyKind(), ...options });
  now = () => timeline.clock.now();
  await timeline.start();
}

function everywhere(fault: ChatFault['fault'] | null): void {
  for (const faults of new Set(KINDS.map((mode) => mode.faults(world.chat))))
    faults.set(...(fault === null ? [] : [{ fault }]));
}

const keysOf = (mode: string, proposal?: string): string[] =>
  sent
    .filter((one) => one.mode === mode && !one.key.startsWith('trouble'))
    .filter(({ key }) => proposal === undefined || key.startsWith(`proposal ${proposal} `))
    .map(({ key }) => key);

describe('channels of every kind that refuse all and are mended', () => {
  it('hear what still matters of each proposal, and of the neuron that has not voted first', async () => {
    const votes = { look: async () => ({ unvoted: ['27'], unclear: [] }) };
    const elections = [
      electionAt(0.1, '201', { lastsHours: 0.5 }),
      electionAt(0.2, '200', { lastsHours: 2 }),
      electionAt(0.3, '202', { lastsHours: 9, decidedAt: BEGIN + 0.6 * HOUR, ends: 'rejected' }),
      electionAt(0.8, '203', { lastsHours: 40 }),
    ];
    await begin(elections, { votes, settings: { REMINDERS: '90m' }, buildSeconds: 300 });
    everywhere('unauthorized');
    await timeline.until(1);
    expect(sent).toEqual([]);
    everywhere(null);
    await timeline.until(1.4);
    for (const { name } of KINDS) {
      const all = keysOf(name);
      expect(new Set(all).size, name).toBe(all.length);
      const has = (proposal: string, what: string): boolean =>
        sent.some(({ mode, key, type }) => mode === name && key.startsWith(`proposal ${proposal} `) && type === what);
      // What is older of its proposal goes before; nothing of another proposal does.
      const before = all.slice(
        0,
        all.findIndex((key) => key.startsWith('proposal 200 reminder')),
      );
      expect(
        before.filter((key) => !key.startsWith('proposal 200 ')),
        name,
      ).toEqual([]);
      expect(has('200', 'reminder') && has('200', 'verdict'), name).toBe(true);
      expect(has('201', 'closed') || has('201', 'outcome'), name).toBe(true);
      expect(has('202', 'outcome'), name).toBe(true);
      expect(has('203', 'discovered') || has('203', 'verdict'), name).toBe(true);
    }
    for (const mode of KINDS) expect(mode.shown(world.chat).join(), mode.name).toContain('neuron 27 has not voted');
  });
});

describe('channels of every kind that ask to wait for a year', () => {
  it('are asked again while half of the time for voting is left, and hear the mismatch', async () => {
    const election = electionAt(0, '200', { lastsHours: 1, behaviour: 'mismatch' });
    await begin([election], { settings: { REMINDERS: '10m' }, buildSeconds: 1800 });
    everywhere({ retryAfter: 31_536_000 });
    await timeline.until(0.2);
    everywhere(null);
    await timeline.until(0.75);
    for (const { name } of KINDS) {
      expect(
        keysOf(name, '200').some((key) => key.includes('verdict')),
        name,
      ).toBe(true);
      const first = sent.find(({ mode }) => mode === name)!;
      // At 0.2 at the latest they were asked for the last time: 0.4 h and a round later half of the time is left.
      expect(first.hour, name).toBeLessThanOrEqual(0.65);
    }
  });
});

/** A launch-measurements.json of 3.3 MB: one command line of a megabyte, and thousands of entries. */
function hugeMeasurements(): Uint8Array {
  const [entry] = MEASUREMENTS;
  const measurement = [...Buffer.from(entry!.measurement, 'hex')];
  const long = { measurement, metadata: { kernel_cmdline: 'x'.repeat(1_000_000), vcpu_type: 'EPYC-v4' } };
  const many = Array.from({ length: 11_000 }, (_, at) => ({ measurement: [...measurement, at % 256, at >> 8] }));
  return Buffer.from(JSON.stringify({ guest_launch_measurements: [long, ...many] }));
}

describe('3.3 MB of measurements upstream', () => {
  it('are a mismatch that a receiver of little hears, and make no row long', async () => {
    const election = electionAt(0, '200', { lastsHours: 24 });
    const body = hugeMeasurements();
    expect(body.length).toBeGreaterThan(3_300_000);
    world.chat.webhook.mostBytes = 3000;
    timeline = new Timeline([election], { chats: everyKind(), settings: { REMINDERS: '1m' } });
    now = () => timeline.clock.now();
    const entries = parseMeasurementsFile(body);
    const collect = async (): Promise<Observation<MeasurementsFile>> =>
      seen({ sha256: sha256(body), bytes: body.length, entries });
    Object.assign(timeline.outside.collectors, { measurements: { kind: 'measurements', collect } });
    await timeline.start();
    await timeline.until(1.5);
    for (const mode of KINDS) {
      expect(
        keysOf(mode.name, '200').some((key) => key.includes('verdict')),
        mode.name,
      ).toBe(true);
      expect(mode.shown(world.chat).join(), mode.name).toMatch(/mismatch/i);
    }
    const { body: heard } = world.chat.webhook.received.findLast((one) => one.body.type === 'verdict')!;
    expect(heard.truncated).toMatchObject({ why: 'refused' });
    const { db } = timeline.running.database;
    for (const table of ['notices', 'evidence', 'verdicts', 'proposals', 'jobs'] as const) {
      for (const row of await db.selectFrom(table).selectAll().execute())
        expect(JSON.stringify(row).length, table).toBeLessThan(300_000);
    }
  });
});
