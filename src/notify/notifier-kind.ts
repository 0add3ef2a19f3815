import type { Notifier } from '../domain/notice.ts';
import { section, type SettingGroup, type ValuesOf } from '../platform/setting.ts';
import type { CommandLink, LinkDeps } from './chat-listener.ts';
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

/**
 * A way of telling, with all that the program has to know of it. What is derived from its settings: how they are read,
 * the example file, what is kept from logs, from builds and from the builder's unit.
 */
export interface NotifierKind<S extends SettingGroup = SettingGroup> {
  readonly name: string;
  readonly settings: S;
  /** Empty where it is not set up. */
  create(settings: ValuesOf<S>, deps: NotifierDeps): readonly Notifier[];
  /** The ways on which commands come in, where it has any. */
  commands?(settings: ValuesOf<S>, deps: LinkDeps): readonly CommandLink[];
  /** Paths of its libraries: a failure that they lose track of makes its commands begin anew. */
  readonly libraries?: RegExp;
}

/** Keeps the type of the settings between their definition and `create`. */
export function notifierKind<S extends SettingGroup>(kind: NotifierKind<S>): NotifierKind<S> {
  return kind;
}

/** The ways to define a notifier's settings. */
export const chat = section('Who is told');

/** The values of one notifier's settings among all. */
export function valuesFor<S extends SettingGroup>({ settings }: NotifierKind<S>, values: object): ValuesOf<S> {
  const all: Readonly<Record<string, unknown>> = { ...values };
  return Object.fromEntries(Object.keys(settings).map((key) => [key, all[key] ?? null])) as ValuesOf<S>;
}
