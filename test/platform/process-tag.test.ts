import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isAlive, ownTag, tagOf } from '../../src/platform/process-tag.ts';

describe('the tag of a process', () => {
  it('is alive while that very process runs', () => {
    expect(isAlive(ownTag())).toBe(true);
    expect(isAlive(`${process.pid}-1`)).toBe(false);
    for (const none of ['', 'free', '1', '1-2-3', '99999999-0']) expect(isAlive(none), none).toBe(false);
  });

  it('is dead once it ended, though nobody asked how', async () => {
    const negligent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [text] = (await once(negligent.stdout, 'data')) as [Buffer];
      const pid = Number(text.toString());
      const tag = tagOf(pid);
      expect(isAlive(tag)).toBe(true);
      // As a shell it would still ask.
      const name = (): string => readFileSync(`/proc/${negligent.pid}/comm`, 'utf8').trim();
      await expect.poll(name, { interval: 5, timeout: 5000 }).toBe('sleep');
      process.kill(pid, 'SIGKILL');
      const state = (): string => readFileSync(`/proc/${pid}/stat`, 'latin1').split(' ')[2] ?? '';
      for (let tries = 0; tries < 100 && state() !== 'Z'; tries += 1) await pause(20);
      expect(state()).toBe('Z');
      expect(isAlive(tag)).toBe(false);
    } finally {
      negligent.kill('SIGKILL');
    }
  });
});
