import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import type { SimnetView } from '../../simnet/simnet.ts';
import { openSqlite } from '../../src/store/database.ts';
import { recheckCertificate } from '../../src/watcher/certificate.ts';
import { loopback } from '../support/loopback.ts';
import { runProgram, type Ran } from '../support/program.ts';

const world = loopback('evidence');
let view: SimnetView;
beforeAll(async () => {
  const scenario = scenarios.find(({ name }) => name === 'correct-guestos');
  if (!scenario) throw new Error('no scenario');
  view = await world.simnet.openView(scenario);
});

interface Document {
  verdict: { outcome: string };
  evidence: { kind: string; source: string; file?: string }[];
}

function verify(home: string, id = String(view.proposalId)): Promise<Ran> {
  const env = { HOME: join(world.scratch, home), NNS_WATCH_DATA_DIR: join(world.scratch, home, 'data') };
  const limits = { MIN_DISK_GB: '1', MIN_RAM_GB: '1' };
  return runProgram(['verify', id, '--guestos', '--json'], { ...view.env, ...env, ...limits });
}

it('keeps the certificate of what it read, to be checked again offline', async () => {
  const { code, stdout } = await verify('kept');
  expect(code).toBe(0);
  const { file } = (JSON.parse(stdout) as Document).evidence.find(({ kind }) => kind === 'proposal') ?? {};
  const blob = join(world.scratch, 'kept/data/blobs', file?.slice(0, 2) ?? '', file?.slice(2) ?? '');
  const rootKey = Buffer.from(view.env['IC_ROOT_KEY'] ?? '', 'hex');
  const again = await recheckCertificate(await readFile(blob), rootKey);
  expect(again).toMatchObject({ canisterId: 'rrkah-fqaaa-aaaaa-aaaaq-cai', method: 'get_proposal_info' });
  await expect(recheckCertificate(await readFile(blob), undefined)).rejects.toThrow();
});

it('takes a number that no proposal has for a mistake, and keeps nothing of it', async () => {
  const { code, stdout, stderr } = await verify('nobody', '999999');
  expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining('no such proposal')]);
  const database = openSqlite(join(world.scratch, 'nobody/data/nns-watch.sqlite'));
  expect(await database.db.selectFrom('runs').select('id').execute()).toEqual([]);
  await database.close();
});

it('runs twice at once on one cache and one database', async () => {
  const runs = await Promise.all([verify('shared'), verify('shared')]);
  expect(runs.map(({ code, stderr }) => [code, stderr.includes('✖ ')])).toEqual([
    [0, false],
    [0, false],
  ]);
});
