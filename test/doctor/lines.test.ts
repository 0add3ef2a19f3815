import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Line } from '../../src/doctor/examine.ts';
import { GROUPS } from '../../src/doctor/index.ts';
import { DISCORD, type Row } from './fault-row.ts';
import { machineFaults } from './faults-of-the-machine.ts';
import { otherFaults } from './faults-of-the-rest.ts';
import { startKit, type Kit } from './kit.ts';

let kit: Kit;
const told: Line[] = [];
const rows: readonly Row[] = [...machineFaults, ...otherFaults];
beforeAll(async () => {
  kit = await startKit();
}, 60_000);
afterAll(() => kit.close());

describe('each line fails where its fault is', () => {
  it.each(rows)(
    '%s: %s → %s',
    async (id, fault, outcome, said, given) => {
      const line = await kit.line(id, typeof given === 'function' ? await given(kit) : given);
      told.push({ ...line, group: fault });
      expect(`${line.outcome}: ${line.sentence}`).toMatch(new RegExp(`^${outcome}: `));
      expect(line.sentence).toMatch(said);
      expect(line.todo).toMatch(/\w/);
      expect(JSON.stringify(line)).not.toMatch(/SECRET/);
    },
    40_000,
  );

  afterAll(() => {
    const mark = { ok: '✔', warning: '⚠', problem: '✖' };
    const lines = told.map(({ id, group, outcome, sentence }) => {
      return `${mark[outcome]} ${id.padEnd(32)} × ${group.padEnd(48)} ${sentence.slice(0, 110)}`;
    });
    console.log(`\nline × injected fault\n${lines.join('\n')}\n`);
  });
});

describe('a machine on which all is well', () => {
  const always = ['notifiers', 'network'];

  it('has no problem, and no warning but that this is not mainnet and that nobody is told', async () => {
    await mkdir(join(kit.scratch, 'cache'), { recursive: true });
    const lines = await kit.lines();
    expect(lines.filter(({ outcome }) => outcome !== 'ok').map(({ id }) => id)).toEqual(always);
  });

  it('counts the channels and names their settings, never the values', async () => {
    const env = {
      DISCORD_WEBHOOK_URL: DISCORD,
      SLACK_BOT_TOKEN: 'xoxb-SECRET',
      SLACK_CHANNEL_ID: 'C01',
      WEBHOOK_URL: 'https://hook.example/SECRET',
      WEBHOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
    };
    const lines = await kit.lines({ env });
    const sentence = (id: string): string | undefined => lines.find((line) => line.id === id)?.sentence;
    expect(sentence('notifier discord')).toBe('1 channel: DISCORD_WEBHOOK_URL set');
    expect(sentence('notifier slack')).toBe('1 channel: SLACK_BOT_TOKEN, SLACK_CHANNEL_ID set');
    expect(sentence('notifiers')).toContain('3 in all');
    expect(JSON.stringify(lines)).not.toMatch(/SECRET-OF|xoxb-|hook\.example|BwcHBwc/);
  });

  it('has every one of its lines in the table of faults', async () => {
    const ports = await kit.ports();
    const ids = GROUPS.flatMap(({ probes }) => probes(ports, AbortSignal.abort())).map(({ id }) => id);
    const alike = new Set(ids.filter((id) => id.startsWith('notifier ') && id !== 'notifier discord'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !alike.has(id) && !rows.some(([row]) => row === id))).toEqual([]);
  });

  it('has every one of its lines in the handbook', async () => {
    const ports = await kit.ports();
    const handbook = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const ids = GROUPS.flatMap(({ probes }) => probes(ports, AbortSignal.abort())).map(({ id }) => id);
    const explained = (id: string): boolean => handbook.includes(`\`${id.replace(/ .*/, ' …')}\``);
    expect(ids.filter((id) => !explained(id))).toEqual([]);
  });
});
