import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { CHECKS, checkOf } from '../../../src/verify/checks/index.ts';
import type { Cell, CheckId, Scope } from '../../../src/domain/check.ts';
import type { Component } from '../../../src/domain/component.ts';
import { COMMIT_SUBJECT, election, OTHER_COMMIT } from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const root = resolve(import.meta.dirname, '../../..');
const folder = join(root, 'src/verify/checks');

describe('the registry of checks', () => {
  it('has one check for each file of the folder, under the file’s name', () => {
    const files = readdirSync(folder).map((name) => name.replace('.ts', ''));
    expect(CHECKS.map(({ id }) => id).sort()).toEqual(files.filter((name) => name !== 'index').sort());
    for (const check of CHECKS) expect(checkOf(check.id)).toBe(check);
  });

  it('gives every check a source, and its cells the check’s own identity', () => {
    const tiers = { authoritative: 5, corroborating: 3, advisory: 5 };
    for (const [tier, count] of Object.entries(tiers)) {
      expect(CHECKS.filter((check) => check.tier === tier)).toHaveLength(count);
    }
    for (const check of CHECKS) {
      expect(check.see).toMatch(/^https:\/\//);
      for (const scope of [new World().scope, new World({ subject: COMMIT_SUBJECT }).scope]) {
        const { cells, skipped } = check.plan(scope);
        expect(cells.length + skipped.length).toBeGreaterThan(0);
        for (const cell of cells) expect(cell).toMatchObject({ check: check.id, phase: check.phase });
        for (const cell of skipped) expect(cell.check).toBe(check.id);
      }
    }
  });

  it('lists every finding and caveat of the source in docs/checks.md', () => {
    const sources = ['src/verify/checks', 'src/verify/rules', 'src/verify'].flatMap((name) =>
      readdirSync(join(root, name))
        .filter((file) => file.endsWith('.ts'))
        .map((file) => readFileSync(join(root, name, file), 'utf8')),
    );
    const docs = readFileSync(join(root, 'docs/checks.md'), 'utf8');
    const whole = CHECKS.map(({ id }) => id).join('|');
    const ids = sources.flatMap((text) =>
      [...text.matchAll(new RegExp(`'((?:${whole})/[a-z-]+)'`, 'g'))].map(([, id]) => id ?? ''),
    );
    const slugs = sources.flatMap((text) =>
      [...text.matchAll(/\b(?:warning|warn)\(\s*'([a-z-]+)'/g)].map(([, slug]) => `/${slug ?? ''}\``),
    );
    expect(ids.length).toBeGreaterThan(20);
    expect(slugs.length).toBeGreaterThan(3);
    expect([...ids, ...slugs].filter((id) => !docs.includes(id))).toEqual([]);
  });

  it('says of each cell exactly what it needs', () => {
    const { plan } = new World({ subject: election({ retires: [OTHER_COMMIT] }), flags: ['hostos'] });
    const needs = (check: CheckId, component: Component | null): string[] =>
      plan.cells
        .filter((cell) => cell.check === check && cell.component === component)
        .flatMap((cell) => cell.needs.map(({ kind }) => kind));
    const both = (kind: string): string[] => [kind, kind];
    const source = ['commit-refs', 'tree', 'host'];
    expect(needs('package-hash', 'guestos')).toEqual(both('image'));
    expect(needs('sums-list-artifact', 'guestos')).toEqual([...both('sums'), ...both('measurements')]);
    expect(needs('sums-list-artifact', 'hostos')).toEqual([...both('sums'), ...both('image')]);
    expect(needs('commit-on-release-ref', null)).toEqual(['commit-refs']);
    expect(needs('build-reproduces', 'guestos')).toEqual([...source, 'local-image']);
    expect(needs('build-reproduces', 'hostos')).toEqual([...source, 'local-image', ...both('image')]);
    expect(needs('measurements-match', 'guestos')).toEqual([...source, 'local-measurements', ...both('measurements')]);
    expect(needs('measurements-from-image', 'guestos')).toEqual([...both('measurements'), ...both('measured')]);
    expect(needs('mirrors-agree', 'guestos')).toEqual([...both('sums'), ...both('measurements'), ...both('image')]);
    expect(needs('mirrors-agree', 'hostos')).toEqual([...both('sums'), ...both('image')]);
    expect(needs('provenance', 'hostos')).toEqual(['commit-refs', 'tree', ...both('sums'), ...both('attestations')]);
    expect(needs('payload-lint', null)).toEqual([]);
    expect(needs('text-matches-payload', null)).toEqual([]);
    expect(needs('retire-list-in-use', null)).toEqual(['registry']);
    expect(needs('dashboard-agrees', null)).toEqual(['dashboard']);
  });

  it('verifies nothing for a cell that belongs to no component, no commit or no election', () => {
    const world = new World();
    const other = new World({ subject: COMMIT_SUBJECT });
    for (const cell of world.plan.cells.filter(({ tier }) => tier !== 'advisory')) {
      const say = (changed: Cell, scope: Scope): string =>
        checkOf(cell.check).judge(changed, scope, world.evidence()).outcome;
      expect([cell.check, say(cell, { ...world.scope, commit: null })]).toEqual([
        cell.check,
        cell.check === 'package-hash' ? 'verified' : 'inconclusive',
      ]);
      if (cell.component)
        expect([cell.check, say({ ...cell, component: null }, world.scope)]).toEqual([cell.check, 'inconclusive']);
      if (cell.check === 'package-hash') expect(say(cell, other.scope)).toBe('inconclusive');
    }
    const [dashboard] = world.plan.cells.filter(({ check }) => check === 'dashboard-agrees');
    expect(checkOf('dashboard-agrees').judge(dashboard!, other.scope, world.evidence())).toMatchObject({
      outcome: 'inconclusive',
      reason: 'nothing-to-build',
    });
  });

  it('reaches only pure files: judging can neither wait, nor look, nor read a clock', () => {
    const forbidden =
      /\basync\b|\bawait\b|\bDate\.now\b|\bnew Date\(\s*\)|\bprocess\.|\bMath\.random\b|\bsetTimeout\b|\bfetch\(/;
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      const text = readFileSync(path, 'utf8');
      for (const { fileName } of ts.preProcessFile(text).importedFiles) {
        expect([relative(root, path), fileName.startsWith('.')]).toEqual([relative(root, path), true]);
        visit(resolve(dirname(path), fileName));
      }
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '');
      expect([relative(root, path), forbidden.exec(code)?.[0]]).toEqual([relative(root, path), undefined]);
    };
    for (const name of ['judge.ts', 'plan.ts', 'plan-text.ts']) visit(join(root, 'src/verify', name));
    const folders = new Set([...reached].map((path) => relative(root, dirname(path))));
    expect([...folders].sort()).toEqual(['src/domain', 'src/verify', 'src/verify/checks', 'src/verify/rules']);
    expect(reached.size).toBeGreaterThan(30);
  });
});
