import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import stringWidth from 'string-width';
import { coloured } from '../../src/cli/marks.ts';
import { MARKS } from '../../src/domain/marks.ts';
import { root } from '../support/program.ts';

const OTHERS = /[✅❌❎☑✓✗✕ℹ❗⛔🛑]|\[[✔✖⚠]\]/u;

const REPORT = '✔ package-hash · same\n✖ build-reproduces · differs\n? provenance\n- skipped\n⚠ cores\n    ✖ x ✔\n';

/** A terminal with colours, of which nothing is written. */
const terminal = Object.assign(new PassThrough(), {
  isTTY: true,
  getColorDepth: Object.getOwnPropertyDescriptor(WriteStream.prototype, 'getColorDepth')?.value as () => number,
});
const pipe = new PassThrough();

describe('a report on a terminal', () => {
  beforeEach(() => {
    for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS', 'CI']) vi.stubEnv(name, undefined);
    vi.stubEnv('TERM', 'xterm-256color');
  });
  afterEach(() => void vi.unstubAllEnvs());

  it('has its signs in colour, at the beginning of a line only, and is the same without them', () => {
    const text = coloured(REPORT, terminal);
    expect(text).toContain('\u001b[32m✔\u001b[39m package-hash');
    expect(text).toContain('\u001b[31m✖\u001b[39m build');
    expect(text).toContain('\u001b[33m⚠\u001b[39m cores');
    expect(text).toContain('\n    ✖ x ✔\n');
    expect(stripVTControlCharacters(text)).toBe(REPORT);
  });

  it.each([
    ['in a pipe', pipe, {}],
    ['with NO_COLOR', terminal, { NO_COLOR: '1' }],
    ['with FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }],
    ['on a terminal without colours', terminal, { TERM: 'dumb' }],
  ])('is plain %s', (_where, stream, env) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
    expect(coloured(REPORT, stream)).toBe(REPORT);
  });

  it('has colours in a pipe too with FORCE_COLOR', () => {
    vi.stubEnv('FORCE_COLOR', '1');
    expect(coloured(REPORT, pipe)).toContain('\u001b[32m✔\u001b[39m');
  });
});

it('has one set of marks, of one column each, and no other is in a text of the program', () => {
  expect(Object.values(MARKS).map((mark) => stringWidth(mark))).toEqual([1, 1, 1, 1, 1]);
  const sources = globSync('src/{cli,doctor,app,operator,service}/**/*.ts', { cwd: root });
  expect(sources.length).toBeGreaterThan(50);
  for (const file of sources)
    expect([file, readFileSync(join(root, file), 'utf8').match(OTHERS)]).toEqual([file, null]);
});
