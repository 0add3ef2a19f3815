import { expect, test } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';

const EXITS = { verified: 0, mismatch: 10, inconclusive: 11 };

test('every scenario has a name of its own', () => {
  const names = scenarios.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(names.every((name) => /^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toBe(true);
});

test('a reason stands exactly with inconclusive, and the exit code follows from the outcome', () => {
  expect(scenarios.length).toBeGreaterThan(50);
  for (const { name, expect: wanted } of scenarios) {
    const { outcome, reason, exit } = wanted;
    if (outcome === null) continue;
    expect([name, exit]).toEqual([name, EXITS[outcome]]);
    expect([name, reason !== null]).toEqual([name, outcome === 'inconclusive']);
  }
});

test('what is wrong is said in one plain sentence', () => {
  expect(scenarios.filter(({ wrong }) => !/^[A-Z][^.]*(\.\d[^.]*)*\.$/.test(wrong)).map(({ name }) => name)).toEqual(
    [],
  );
});
