import { WatchError } from '../domain/errors.ts';
import type { ProposalId } from '../domain/ids.ts';
import { proposalNotice } from '../domain/notices.ts';
import type { Notice } from '../domain/notice.ts';
import type { ChatActions, ListedElection } from '../notify/commands/command.ts';
import { operatorActionsOf, type OperatorActions } from './actions.ts';
import type { Config } from './config.ts';
import { openReaderOf, type ElectionRow, type Reader } from './queries.ts';
import { storedDocument } from './verdict-documents.ts';

export interface ChatActionsOf extends ChatActions {
  readonly close: () => Promise<void>;
}

/** What people in chats may ask and do: the same as on the command line. The database is opened by the first of them. */
export function createChatActions(config: Config): ChatActionsOf {
  const [reading, closeReader] = openedOnce(() => openReaderOf(config));
  const [writing, closeHand] = openedOnce(() => operatorActionsOf(config));
  return {
    network: config.network,
    statusUrl: config.statusPublicUrl,
    elections: async () => (await (await reading()).elections(false)).map(listed),
    known: async (id) => known(id, await reading()),
    condition: async () => {
      const { toolVersion: version, health, queue, elections } = await (await reading()).status();
      return { version, problems: health.problems, work: queue, elections: elections.map(listed) };
    },
    mute: async (id) => muteToItsEnd(id, await writing()),
    redeliver: async (id) => {
      const by = await writing();
      await by.election(id);
      return by.redeliver(id, null);
    },
    close: async () => {
      await Promise.all([closeReader(), closeHand()]);
    },
  };
}

/** Opens something when it is first asked for; what failed is tried again by the next. */
function openedOnce<T extends Reader | OperatorActions>(
  open: () => Promise<T>,
): [() => Promise<T>, () => Promise<void>] {
  let opened: Promise<T> | null = null;
  const get = (): Promise<T> => {
    opened ??= open().catch((thrown: unknown) => {
      opened = null;
      throw thrown;
    });
    return opened;
  };
  const close = async (): Promise<void> => {
    const last = opened;
    opened = null;
    await (await last)?.close();
  };
  return [get, close];
}

function listed({ id, title, status, deadlineAt, verdict }: ElectionRow): ListedElection {
  return { id, title, status, deadlineAt, verdict };
}

async function known(id: ProposalId, reader: Reader): Promise<Notice> {
  const { history } = (await reader.find(id)) ?? { history: null };
  if (!history?.proposal) throw new WatchError('input', 'unknown-election', `No election ${id} is known here.`);
  const { proposal, run, verdict } = history;
  const { network } = reader;
  const context = { network, at: Math.floor(reader.now() / 1000) };
  return proposalNotice(context, {
    type: 'verdict',
    key: `asked ${id}`,
    sentence: 'There is no verdict yet.',
    pings: false,
    proposal,
    standing: run && { stage: run.stage, percent: null, expectedAt: null },
    verdict: verdict || run ? storedDocument(history, reader) : null,
  });
}

async function muteToItsEnd(id: ProposalId, by: OperatorActions): Promise<number> {
  const { deadlineAt } = await by.election(id);
  if (deadlineAt === null || deadlineAt * 1000 <= by.now()) {
    throw new WatchError('input', 'mute-closed', `Proposal ${id} has no deadline to come: there is nothing to mute.`);
  }
  await by.mute(id, deadlineAt * 1000);
  return deadlineAt;
}
