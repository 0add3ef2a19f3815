import { asWatchError } from '../domain/errors.ts';
import { NO_PAST, type PastCosts } from '../domain/plan-estimate.ts';
import { pastImageBytes, pastRunSeconds } from '../store/past-runs.ts';
import type { Config } from './config.ts';
import { openToRead } from './queries.ts';

/** What earlier runs cost here. Makes no database where none is, and asks nothing of one that cannot be used. */
export async function pastCosts(config: Config): Promise<PastCosts> {
  try {
    const { database } = await openToRead(config);
    try {
      return { imageBytes: await pastImageBytes(database.db), runSeconds: await pastRunSeconds(database.db) };
    } finally {
      await database.close();
    }
  } catch (error) {
    // A plan is as good with typical costs.
    if (asWatchError(error).kind !== 'bug') return NO_PAST;
    throw error;
  }
}
