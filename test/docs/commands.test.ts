import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../support/program.ts';
import { blocksMarked, DOCUMENTS, shellBlocks } from './commands.ts';

/** First lines of the blocks that no test runs, with the reason. */
const NOT_RUN: Record<string, string> = {
  'script/test': 'it would run itself',
  './bin/nns-watch verify 143816             # one proposal': 'needs mainnet and hours; scenarios run verify and watch',
  'sudo install -m 600 /dev/stdin /etc/nns-watch/credentials/DISCORD_WEBHOOK_URL   # paste, Enter, Ctrl-D':
    'asks for a secret; the install test puts one there',
  'sudo systemctl stop nns-watch nns-watch-build': 'needs a server; test/cli/postgres.test.ts moves a database',
  'git pull': 'needs a remote; the install test runs the second line again',
  'script/bootstrap                 # packages, Node.js, npm packages, dist/; safe to run again':
    'runs the test suites, which would run this',
};

describe('the commands of the documents', () => {
  it('are run by a test or listed here with the reason', () => {
    const unmarked = DOCUMENTS.flatMap(shellBlocks).filter(({ mark }) => mark === '');
    expect(unmarked.map(({ text }) => text.split('\n')[0]).sort()).toEqual(Object.keys(NOT_RUN).sort());
  });

  it('have marks that some test runs', () => {
    const marks = new Set(DOCUMENTS.flatMap(shellBlocks).map(({ mark }) => mark));
    expect([...marks].sort()).toEqual(['', 'run', 'run-installed']);
    expect(blocksMarked('run').length).toBeGreaterThanOrEqual(2);
    expect(blocksMarked('run-installed').length).toBeGreaterThanOrEqual(5);
  });

  it('name scripts that are there', () => {
    const named = DOCUMENTS.flatMap(shellBlocks).flatMap(
      ({ text }) => text.match(/(?<![\w/])(?:script|deploy|bin)\/[\w-]+/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
