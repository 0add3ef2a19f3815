import { defineConfig } from 'vitest/config';

/**
 * Only the tests of what is mutated: the judging, which is pure and quick. Its property tests are left out: they are
 * slower than all the others together, and a mutant that only chance can notice is to be killed by a case of its own.
 * The test of the registry reads the sources, in which it would find the mutants themselves.
 */
export default defineConfig({
  test: {
    include: [
      'test/domain/verdict.test.ts',
      'test/verify/{checks,rules}/*.test.ts',
      'test/verify/{judge,judge-*,plan,plan-*}.test.ts',
    ],
    exclude: ['test/verify/checks/registry.test.ts', 'test/verify/judge-properties.test.ts'],
    isolate: false,
  },
});
