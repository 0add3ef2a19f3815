import { hashAnswer } from '../domain/hash-answer.ts';
import { WatchError } from '../domain/errors.ts';
import { loadConfig } from './config.ts';
import { monthBounds, openReaderOf, type Reader } from './queries.ts';
import { toolVersion } from './tool-version.ts';

/** What can be asked before anything was watched or verified: the answer is that nothing is known. */
export interface Records extends Pick<Reader, 'network' | 'toolVersion' | 'now' | 'hash' | 'month' | 'close'> {
  /** There is a database, empty or not. */
  readonly hasBegun: boolean;
}

/** Like the reader, and as one of an empty database where there is none yet. Makes none. */
export async function openRecords(envFile: string | undefined): Promise<Records> {
  const config = loadConfig(process.env, envFile === undefined ? {} : { envFile });
  try {
    return { ...(await openReaderOf(config)), hasBegun: true };
  } catch (error) {
    if (error instanceof WatchError && error.code === 'no-database') return nothingRecorded(config.network);
    throw error;
  }
}

function nothingRecorded(network: string): Records {
  return {
    network,
    toolVersion,
    hasBegun: false,
    now: () => Date.now(),
    hash: async (sha256) => hashAnswer({ matches: [], complete: true }, sha256, network),
    month: async (month) => {
      monthBounds(month);
      return { network, toolVersion, month, elections: [] };
    },
    close: async () => undefined,
  };
}
