import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { WatchError, type ErrorKind } from '../../src/domain/errors.ts';

/** Something that reads strangers' bytes, and what must hold of it whatever the bytes are. */
export interface Target {
  /** Also the directory of its corpus. */
  readonly name: string;
  /** Mutated inputs of the gate; the long run takes fifty times as many. */
  readonly runs: number;
  /** Reads the input as the program would, and throws where a promise is broken. */
  readonly run: (bytes: Uint8Array) => unknown;
  readonly close?: () => Promise<void>;
}

/** The inputs that are kept: valid ones, and every one that was once a find. */
export function corpus(name: string): readonly { readonly file: string; readonly bytes: Uint8Array }[] {
  const directory = join(import.meta.dirname, 'corpora', name);
  return readdirSync(directory)
    .sort()
    .map((file) => ({ file, bytes: Uint8Array.from(readFileSync(join(directory, file))) }));
}

/** What a reader gives, or null where it refuses in one of the ways that it may. Any other throw goes on. */
export async function refusedOr<T>(kinds: readonly ErrorKind[], read: () => T | Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (thrown) {
    if (thrown instanceof WatchError && kinds.includes(thrown.kind)) return null;
    throw thrown;
  }
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
