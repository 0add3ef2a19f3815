import { defineConfig } from 'vitest/config';

/** Suites that `script/test` leaves to `script/test --long`. */
const LONG = process.env['NNS_TEST_LONG'] === '1' ? [] : ['**/*.long.test.ts'];
/**
 * Suites that look at processes, start many, or change what their own holds: each file has one of its own. What starts
 * others has to be small: a process that holds much takes long to be forked.
 */
const ALONE = [
  ...['app', 'cli', 'config', 'deploy', 'doctor', 'notify', 'operator', 'platform', 'service', 'status'],
  'verify/build',
  'verify/collect',
  'verify/git',
  'verify/images',
  'verify/sigstore',
  'watcher',
  'simnet',
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts', 'simnet/**/*.test.ts'],
          exclude: ['test/scenarios/**', ...ALONE, ...LONG],
          globalSetup: ['test/support/postgres-server.ts'],
          testTimeout: 120_000,
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
          // A process for each file would cost more than most of them do themselves.
          isolate: false,
        },
      },
      {
        test: {
          name: 'alone',
          include: ALONE,
          exclude: LONG,
          globalSetup: ['test/support/postgres-server.ts'],
          testTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/scenarios/**/*.test.ts'],
          exclude: LONG,
          testTimeout: 300_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
          maxConcurrency: 3,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
