import { Evidence, keyText, type EvidenceKey, type Observation } from '../domain/evidence.ts';
import type { RunId } from '../domain/ports.ts';
import type { Queries } from './database.ts';

/** Appends one observation. Nothing in this program changes one; whole looks that said nothing new go after a week. */
export async function appendEvidence(
  queries: Queries,
  run: RunId,
  sequence: number,
  key: EvidenceKey,
  observation: Observation<unknown>,
): Promise<void> {
  const { status, observedAt } = observation;
  await queries
    .insertInto('evidence')
    .values({
      run_id: run,
      sequence,
      kind: key.kind,
      subject: toColumn(key.subject),
      status,
      observed_at_ms: observedAt,
      observation: JSON.stringify(observation),
      value_sha256: seenSha256(observation),
      file_sha256: observation.file ?? null,
    })
    .execute();
}

/** The bytes that were seen, where the observation is of bytes. */
function seenSha256(observation: Observation<unknown>): string | null {
  const value = observation.status === 'observed' ? observation.value : null;
  const seen = typeof value === 'object' && value !== null && 'sha256' in value ? value.sha256 : null;
  return typeof seen === 'string' ? seen : null;
}

/**
 * Everything that a run observed, in order: the latest look at each thing counts. With `sequences` only those: what a
 * verdict was judged from.
 */
export async function evidenceOf(queries: Queries, run: RunId, sequences?: readonly number[]): Promise<Evidence> {
  const [evidence, wanted] = [new Evidence(), sequences && new Set(sequences)];
  for (const row of await rowsOf(queries, run)) {
    if (wanted && !wanted.has(row.sequence)) continue;
    evidence.add(keyOf(row), JSON.parse(row.observation) as Observation<never>);
  }
  return evidence;
}

/** The stored rows that this evidence consists of; null where a part of it was never stored. */
export async function storedSequences(queries: Queries, run: RunId, judged: Evidence): Promise<number[] | null> {
  const rows = await rowsOf(queries, run);
  const sequences = new Map(rows.map((row) => [identity(keyOf(row), row.observation), row.sequence]));
  const found = judged.all().map(({ key, observation }) => sequences.get(identity(key, JSON.stringify(observation))));
  return found.every((sequence) => sequence !== undefined) ? found : null;
}

function identity(key: EvidenceKey, observation: string): string {
  return `${JSON.stringify(keyText(key))} ${observation}`;
}

/** Unchanged for every sane URL, and without the characters that a database refuses or replaces (NUL, half a pair). */
function toColumn(subject: string): string {
  return JSON.stringify(subject).slice(1, -1);
}

function keyOf(row: { kind: string; subject: string }): EvidenceKey {
  return { kind: row.kind as EvidenceKey['kind'], subject: JSON.parse(`"${row.subject}"`) as string };
}

function rowsOf(
  queries: Queries,
  run: RunId,
): Promise<{ sequence: number; kind: string; subject: string; observation: string }[]> {
  return queries
    .selectFrom('evidence')
    .select(['sequence', 'kind', 'subject', 'observation'])
    .where('run_id', '=', run)
    .orderBy('sequence')
    .execute();
}
