import { WatchError } from '../domain/errors.ts';

/**
 * Loads a library on first use. One that is missing, half installed or built for another machine is a fault of this
 * host, and says nothing about what it was to read.
 */
export async function loadPart<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const [why = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    const message = `The part ${name} of this installation cannot be loaded (${why.slice(0, 200)}): install the program anew.`;
    throw new WatchError('host', 'part-not-loaded', message, { cause });
  }
}
