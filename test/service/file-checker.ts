import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { bytesBelow } from '../../src/platform/footprint.ts';
import { sha256 } from '../../src/platform/hash.ts';
import type { Database } from '../../src/store/database.ts';

export interface Place {
  readonly database: Database;
  /** The data directory, with the cache in it. */
  readonly directory: string;
}

/** What is kept stays within the budget, and every file that evidence refers to is there and is what its name says. */
export async function checkFiles({ database, directory }: Place, budgetBytes: number): Promise<void> {
  expect(await bytesBelow(directory), 'bytes on disk').toBeLessThanOrEqual(budgetBytes);
  const rows = await database.db
    .selectFrom('evidence')
    .select('file_sha256')
    .distinct()
    .where('file_sha256', 'is not', null)
    .execute();
  expect(rows.length, 'evidence with a file').toBeGreaterThan(0);
  for (const { file_sha256: name } of rows) {
    const path = blobPath(directory, name!);
    expect(existsSync(path) && sha256(readFileSync(path)), 'the file of some evidence').toBe(name);
  }
}

const blobPath = (directory: string, name: string): string => join(directory, 'blobs', name.slice(0, 2), name.slice(2));

/** Everything that a start may not change where nothing happened meanwhile. */
export async function remains({ database, directory }: Place): Promise<object> {
  const { db } = database;
  const files = ['blobs', 'cache'].flatMap((name) => {
    const path = join(directory, name);
    return existsSync(path) ? readdirSync(path, { recursive: true }).map((file) => `${name}/${String(file)}`) : [];
  });
  return {
    files: files.sort(),
    proposals: await db.selectFrom('proposals').select(['id', 'status', 'verdict_revision']).orderBy('id').execute(),
    evidence: await db
      .selectFrom('evidence')
      .select(['run_id', 'sequence'])
      .orderBy('run_id')
      .orderBy('sequence')
      .execute(),
    verdicts: await db.selectFrom('verdicts').select(['run_id', 'revision', 'outcome']).orderBy('run_id').execute(),
    notices: await db.selectFrom('notices').select('key').orderBy('key').execute(),
    deliveries: await db.selectFrom('deliveries').select(['id', 'state', 'remote']).orderBy('id').execute(),
    jobs: await db.selectFrom('jobs').select(['id', 'state', 'attempt']).orderBy('id').execute(),
    troubles: await db.selectFrom('troubles').select('key').execute(),
  };
}
