import { unavailable, type Unavailable } from '../../domain/evidence.ts';
import type { ProcessResult } from '../../platform/exec.ts';
import { fetchFailure, gitWords, type FetchFailure } from './git.ts';

/** A question to git that could not be answered. */
export interface GitFailure {
  readonly failure: FetchFailure;
  readonly words: string;
}

export function failureOf(result: ProcessResult): GitFailure {
  return { failure: fetchFailure(result), words: gitWords(result) };
}

export function isFailure(value: object | string | null): value is GitFailure {
  return typeof value === 'object' && value !== null && 'failure' in value;
}

/** Trouble as what an observation says of it. */
export function failureObserved({ failure, words }: GitFailure, source: string, now: number): Unavailable {
  switch (failure) {
    case 'unreachable':
      return unavailable('transport', 'repository-unreachable', `Cannot reach the repository: ${words}`, source, now);
    case 'cancelled':
      return unavailable('transport', 'interrupted', 'Stopped while git was running.', source, now, false);
    case 'not-there':
      return unavailable('absent', 'commit-not-found', `The server does not have the commit: ${words}`, source, now);
    case 'refused':
      return unavailable(
        'rejected',
        'fetch-by-id-refused',
        `The server does not serve commits by id: ${words}`,
        source,
        now,
      );
    case 'unfit':
      return unavailable('host', 'git-unfit', `Git does not work on this machine: ${words}`, source, now, true);
    case 'too-large':
      return unavailable('limit', 'repository-too-large', `The transfer was aborted: ${words}`, source, now);
    case 'storage':
      return unavailable('storage', 'storage-full', `Not enough disk space for the source: ${words}`, source, now);
    case 'local':
      return unavailable('transport', 'git-failed', `Git failed: ${words}`, source, now);
  }
}
