import { createReadStream } from 'node:fs';
import { WatchError } from '../domain/errors.ts';
import { hashAnswer, type HashAnswer, type Naming } from '../domain/hash-answer.ts';
import type { Sha256 } from '../domain/ids.ts';
import { placesOf as runsOn } from '../domain/after-vote.ts';
import { plainText } from '../domain/text.ts';
import { digestOf, sha256Stream } from '../platform/hash.ts';
import type { Queries } from '../store/database.ts';
import { runningVersions } from '../store/after-vote.ts';
import { matchesOf } from '../store/matches.ts';
import { placesOf } from '../store/proposal-history.ts';

/** More proposals and runs than honestly name one hash. */
const MOST = 500;

/** What is known here of a hash. `network`: of the settings. */
export async function answerOfHash(queries: Queries, sha256: Sha256, network: string): Promise<HashAnswer> {
  const naming = await namingOf(queries, sha256, MOST);
  const answer = hashAnswer(naming, sha256, network);
  return { ...answer, remarks: [...answer.remarks, ...(await whereItRuns(queries, naming))] };
}

/** Of every version that these bytes were seen with. */
async function whereItRuns(queries: Queries, { matches }: Naming): Promise<readonly string[]> {
  const running = await runningVersions(queries);
  const versions = [...new Set(matches.flatMap(({ commit }) => commit ?? []))].slice(0, 4);
  return versions.flatMap((version) => {
    const places = running ? runsOn(running, version) : [];
    const more = places.length > 4 ? ` and ${places.length - 4} more places` : '';
    return places.length === 0 ? [] : [`Version ${version} runs on ${places.slice(0, 4).join(', ')}${more}.`];
  });
}

/** Where a hash is named, the newest first: as many as `most` proposals and `most` runs. */
export async function namingOf(queries: Queries, sha256: Sha256, most: number): Promise<Naming> {
  const { places, complete } = await placesOf(queries, { sha256 }, most);
  return { matches: await matchesOf(queries, places, { sha256 }), complete };
}

/** A file, or anything else that can be read to its end, as a stream. Throws an `input` error where it cannot. */
export async function hashOfFile(path: string): Promise<{ readonly sha256: Sha256; readonly bytes: number }> {
  const hash = sha256Stream();
  let bytes = 0;
  try {
    for await (const piece of createReadStream(path, { highWaterMark: PIECE }) as AsyncIterable<Buffer>) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    throw new WatchError('input', 'hash-file', `${plainText(path, 300)} cannot be read (${why}).`, { cause });
  }
  return { sha256: digestOf(hash), bytes };
}

const PIECE = 1024 * 1024;
