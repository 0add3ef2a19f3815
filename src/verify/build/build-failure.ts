import type { WatchError } from '../../domain/errors.ts';
import { unavailable, type BlobName, type Unavailable, type UnavailableKind } from '../../domain/evidence.ts';
import type { BuildFailure, BuildOutcome, BuildRequest } from '../../domain/ports.ts';

/** Why a build gave nothing that can be looked at. */
export interface Failure {
  readonly kind: UnavailableKind;
  readonly code: BuildFailure;
  readonly detail: string;
}

export const INTERRUPTED: Failure = { kind: 'rejected', code: 'interrupted', detail: 'The build was stopped.' };

export interface FailurePlace {
  readonly source: string;
  readonly now: () => number;
}

/** Every observation of a build that gave nothing, all with the same reason; the log, where there is one. */
export function failedOutcome(
  { components }: Pick<BuildRequest, 'components'>,
  { kind, code, detail }: Failure,
  { source, now }: FailurePlace,
  log: { readonly file?: BlobName } = {},
): BuildOutcome {
  const nothing: Unavailable = { ...unavailable(kind, code, detail, source, now()), ...log };
  return { build: nothing, images: new Map(components.map((name) => [name, nothing])), measurements: nothing };
}

/**
 * Our own rules or tools refused: settings and limits are this machine's unfitness; a fault of ours, and what kept us
 * from looking, says nothing of the build; the rest is a failed build.
 */
export function refusedBy({ kind, code, message }: WatchError): Failure {
  const unfit = kind === 'input' || kind === 'limit' || kind === 'storage' || kind === 'host';
  const ours = kind === 'bug' || kind === 'transport';
  return { kind, code: unfit ? 'host-unfit' : ours ? 'interrupted' : 'build-failed', detail: `${message} (${code})` };
}
