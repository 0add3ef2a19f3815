import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WatchError } from '../../src/domain/errors.ts';
import { plainText } from '../../src/domain/text.ts';
import { createLog, type Log, type LogOptions } from '../../src/platform/log.ts';

function logTo(lines: string[], options: Partial<LogOptions> = {}): Log {
  const write = (line: string): void => void lines.push(line);
  return createLog({ level: 'info', format: 'json', secrets: [], plain: plainText, write, ...options });
}

function parsed(lines: readonly string[]): Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('writes one JSON object a line: level, UTC time, fixed message, data beside it', () => {
    const lines: string[] = [];
    logTo(lines).info('Poll finished.', { seen: 3, id: 2n ** 64n });
    expect(lines[0]?.endsWith('\n')).toBe(true);
    const [line] = parsed(lines);
    expect(line).toMatchObject({ level: 'info', msg: 'Poll finished.', seen: 3, id: '18446744073709551616' });
    expect(line?.['time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Object.keys(line ?? {})).not.toContain('hostname');
  });

  it('keeps quiet below its level', () => {
    const lines: string[] = [];
    const log = logTo(lines, { level: 'warn' });
    log.info('Not told.');
    log.warn('Told.');
    expect(parsed(lines).map((line) => line['msg'])).toEqual(['Told.']);
  });

  it('puts the data of a child on every line', () => {
    const lines: string[] = [];
    logTo(lines).child({ loop: 'discover' }).warn('Slow.', { seconds: 9 });
    expect(parsed(lines)).toMatchObject([{ loop: 'discover', seconds: 9, msg: 'Slow.' }]);
  });

  it('tells kind, code and cause of an error, and the place only of a bug', () => {
    const lines: string[] = [];
    const cause = new TypeError('no socket');
    logTo(lines).error('Poll failed.', { error: new WatchError('transport', 'connection-failed', 'down', { cause }) });
    const [line] = parsed(lines);
    expect(line).toMatchObject({
      error: {
        kind: 'transport',
        code: 'connection-failed',
        message: 'down',
        cause: { name: 'TypeError', message: 'no socket' },
      },
    });
    expect(line?.['error']).not.toHaveProperty('stack');
    expect((line?.['error'] as { cause: object }).cause).toHaveProperty('stack');
  });

  it('is not thrown off by cycles, odd values and floods', () => {
    const lines: string[] = [];
    const cycle: Record<string, unknown> = { when: new Date(Number.NaN), call: () => 1, bytes: new Uint8Array(3) };
    cycle['self'] = cycle;
    logTo(lines).info('Odd.', { cycle, flood: 'x'.repeat(1_000_000), many: Array.from({ length: 9999 }, String) });
    expect(lines[0]?.length).toBeLessThan(10_000);
    expect(parsed(lines)[0]).toMatchObject({ cycle: { when: null, bytes: '3 bytes' } });
  });
});

describe('secrets in the log', () => {
  const secret = 'ghp_"quoted"\\secret/1+1';

  it.each(['json', 'pretty'] as const)('are replaced wherever they stand (%s)', (format) => {
    const lines: string[] = [];
    const log = logTo(lines, { format, secrets: [secret] });
    const error = new WatchError('rejected', 'http-401', `GET https://x/?key=${encodeURIComponent(secret)} said no`);
    log.child({ token: secret }).error(`Sent ${secret}.`, { deep: { list: [`a ${secret} b`] }, [secret]: 1, error });
    const told = lines.join('');
    expect(told).not.toContain('quoted');
    expect(told.match(/\[secret\]/g)).toHaveLength(5);
  });

  it('leave no half behind where a long text is cut', () => {
    const lines: string[] = [];
    const long = 'TOPSECRET'.repeat(40);
    logTo(lines, { secrets: [long] }).info('Cut.', { text: `${'x'.repeat(1990)}${long}` });
    expect(lines.join('')).not.toContain('TOPSE');
  });

  it('do not stay as the tail of a secret that begins with another', () => {
    const lines: string[] = [];
    logTo(lines, { secrets: ['password', 'password-and-more'] }).info('Both.', { text: 'password-and-more' });
    expect(parsed(lines)).toMatchObject([{ text: '[secret]' }]);
  });

  it('may be none, or look like a pattern', () => {
    const lines: string[] = [];
    logTo(lines, { secrets: [''] }).info('None.', { text: 'abc' });
    logTo(lines, { secrets: ['.*[a-z]+(x'] }).info('Pattern.', { text: 'abc .*[a-z]+(x' });
    expect(parsed(lines).map((line) => line['text'])).toEqual(['abc', 'abc [secret]']);
  });
});

describe("strangers' text in the log", () => {
  const hostile = 'Elect\n\u001b]0;owned\u0007\u001b[31m red\u202e txt\u200b\u2028{"level":"info"}\r\u0085';

  it.each(['json', 'pretty'] as const)('starts no line and moves no cursor (%s)', (format) => {
    const lines: string[] = [];
    logTo(lines, { format }).info('Seen.', { title: hostile, [hostile]: { hostile } });
    const told = lines.join('').trimEnd().split('\n');
    expect(told.join('')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e\u200b\u2028]/);
    expect(told.slice(1).filter((line) => !line.startsWith('    '))).toEqual([]);
    expect(told.join('')).toContain('red txt');
  });
});

describe('the default destination', () => {
  it('is standard error, so that standard output stays one JSON object', () => {
    const root = resolve(import.meta.dirname, '../..');
    const script = `const { createLog } = await import('./src/platform/log.ts');
      createLog({ level: 'info', format: 'json', secrets: [], plain: (text) => text }).info('Hello.');`;
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' });
    expect(ran.stdout).toBe('');
    expect(JSON.parse(ran.stderr)).toMatchObject({ msg: 'Hello.' });
  });
});
