import type { z } from 'zod';
import type { Notifier } from '../domain/notice.ts';
import type { Fetch } from './transport.ts';

/** What every notifier may use of the world. */
export interface NotifierDeps {
  /** Follows the proxy of the environment; the host's own addresses are allowed, since the operator names them. */
  readonly fetch: Fetch;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** One line of text for the operator, without its end. Rejects where it could not be written. */
  readonly write: (line: string) => void | Promise<void>;
  /** STATUS_PUBLIC_URL. */
  readonly statusUrl: string | null;
  /** Milliseconds for one exchange; default 30 seconds. */
  readonly timeoutMs?: number;
}

/** A way of telling: which settings it reads (by their keys in the program's settings), and what they make of it. */
export interface NotifierKind<S extends z.ZodObject = z.ZodObject> {
  readonly name: string;
  readonly settings: S;
  /** Empty where it is not set up. */
  readonly create: (settings: z.infer<S>, deps: NotifierDeps) => readonly Notifier[];
}

/** Keeps the type of the settings between the schema and `create`. */
export function notifierKind<S extends z.ZodObject>(kind: NotifierKind<S>): NotifierKind<S> {
  return kind;
}
