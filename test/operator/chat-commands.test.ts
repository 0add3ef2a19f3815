import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChatActions, type ChatActionsOf } from '../../src/operator/chat-commands.ts';
import { loadConfig } from '../../src/operator/config.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import { composeMessage } from '../../src/notify/message.ts';
import type { Database } from '../../src/store/database.ts';
import { BUILDING, HOSTILE, image, OLD, seed, VERIFIED } from '../cli/seeded.ts';

let dataDir: string;
let database: Database;
let actions: ChatActionsOf;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'nns-watch-desk-'));
  database = await seed(dataDir);
  actions = createChatActions(loadConfig({ HOME: dataDir, NNS_WATCH_DATA_DIR: dataDir }));
});
afterAll(async () => {
  await actions.close();
  await database.close();
  await rm(dataDir, { recursive: true, force: true });
});

const titleOf = async (id: ProposalId): Promise<string> =>
  composeMessage(await actions.known(id), { statusUrl: null }).title;

describe('what chats may ask', () => {
  it('lists elections as the command line does, the most urgent first', async () => {
    expect((await actions.elections()).map(({ id }) => id)).toEqual([HOSTILE, VERIFIED, BUILDING]);
  });

  it('tells the verdict that stands, and no outcome where there is none', async () => {
    expect(await titleOf(VERIFIED)).toBe('🟩 VERIFIED · proposal 143816 · GuestOS election');
    expect(await titleOf(HOSTILE)).toContain('MISMATCH, NOT CONFIRMED YET');
    expect(await titleOf(BUILDING)).toContain('NO VERDICT YET');
    expect(await titleOf(OLD)).toContain('NO VERDICT YET');
  });

  it('tells the evidence that the verdict was judged from', async () => {
    const { verdict } = await actions.known(VERIFIED);
    expect(JSON.stringify(verdict?.evidence)).toContain(image);
  });

  it('does not know what the service does not', async () => {
    const unknown = '77' as ProposalId;
    for (const ask of [actions.known(unknown), actions.mute(unknown), actions.redeliver(unknown)]) {
      await expect(ask).rejects.toMatchObject({ kind: 'input', code: 'unknown-election' });
    }
  });

  it('says that nothing watches, and what waits', async () => {
    const { problems, work, elections } = await actions.condition();
    expect(problems.join()).toContain('The service is not running');
    expect(work).toContainEqual({ kind: 'build', held: 1, waiting: 0 });
    expect(elections.map(({ id }) => id)).toEqual([HOSTILE, VERIFIED, BUILDING]);
  });

  it('asks again for a database that was not there', async () => {
    const later = join(dataDir, 'later');
    const patient = createChatActions(loadConfig({ HOME: later, NNS_WATCH_DATA_DIR: later }));
    await expect(patient.elections()).rejects.toMatchObject({ code: 'no-database' });
    await mkdir(later);
    await (await seed(later)).close();
    expect(await patient.elections()).toHaveLength(3);
    await patient.close();
  });

  it('mutes until the deadline, and not what has closed', async () => {
    const until = await actions.mute(VERIFIED);
    const rows = await database.db.selectFrom('mutes').selectAll().execute();
    expect(rows).toEqual([{ proposal_id: VERIFIED, until_ms: until * 1000 }]);
    expect(until).toBe((await actions.elections()).find(({ id }) => id === VERIFIED)?.deadlineAt);
    await expect(actions.mute(OLD)).rejects.toMatchObject({ kind: 'input', code: 'mute-closed' });
  });

  it('sends the newest verdict again to every channel', async () => {
    expect(await actions.redeliver(VERIFIED)).toEqual(['console', 'discord:1']);
  });
});
