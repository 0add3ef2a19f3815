import type { Outcome } from '../domain/check.ts';
import type { Retained } from '../domain/retention.ts';
import type { Database, Queries } from './database.ts';
import { itsVerdict } from './elections.ts';

/** To which elections downloads and kept files belong, for whoever makes room. */
export interface RetentionStore {
  /** By commit. */
  readonly commits: () => Promise<ReadonlyMap<string, Retained>>;
  /** By the name of the kept bytes. */
  readonly files: () => Promise<ReadonlyMap<string, Retained>>;
}

export function createRetentionStore({ db }: Database): RetentionStore {
  return { commits: () => commits(db), files: () => files(db) };
}

async function commits(db: Queries): Promise<ReadonlyMap<string, Retained>> {
  const rows = await elections(db).select('proposals.commit_id').where('proposals.commit_id', 'is not', null).execute();
  return merged(rows.map((row) => [row.commit_id ?? '', retained(row)]));
}

/** Also what only some other run of the same commit saw. */
async function files(db: Queries): Promise<ReadonlyMap<string, Retained>> {
  const rows = await elections(db)
    .innerJoin('runs', (join) =>
      join.on((on) =>
        on.or([
          on('runs.proposal_id', '=', on.ref('proposals.id')),
          on('runs.commit_id', '=', on.ref('proposals.commit_id')),
        ]),
      ),
    )
    .innerJoin('evidence', 'evidence.run_id', 'runs.id')
    .where('evidence.file_sha256', 'is not', null)
    .select('evidence.file_sha256')
    .distinct()
    .execute();
  return merged(rows.map((row) => [row.file_sha256 ?? '', retained(row)]));
}

function elections(db: Queries) {
  return db
    .selectFrom('proposals')
    .leftJoin('verdicts', itsVerdict)
    .leftJoin('jobs', (join) =>
      join
        .onRef('jobs.key', '=', 'proposals.id')
        .on('jobs.kind', '=', 'verify')
        .on('jobs.state', 'in', ['queued', 'held']),
    )
    .select(['proposals.status', 'proposals.reward_status', 'proposals.first_seen_at_ms', 'verdicts.outcome'])
    .select('jobs.id as job');
}

interface Row {
  readonly status: string;
  readonly reward_status: string | null;
  readonly first_seen_at_ms: number;
  readonly outcome: string | null;
  readonly job: string | null;
}

function retained({ status, reward_status, first_seen_at_ms: atMs, outcome, job }: Row): Retained {
  const open = status === 'open' || status === 'unknown' || reward_status === 'accept-votes' || job !== null;
  return { open, outcome: outcome as Outcome | null, atMs };
}

/** Of several owners the one that needs it most decides. */
function merged(rows: readonly (readonly [string, Retained])[]): ReadonlyMap<string, Retained> {
  const all = new Map<string, Retained>();
  for (const [name, next] of rows) {
    const before = all.get(name);
    all.set(name, before ? both(before, next) : next);
  }
  return all;
}

const WEIGHT: readonly (Outcome | null)[] = [null, 'verified', 'inconclusive', 'mismatch'];

function both(a: Retained, b: Retained): Retained {
  const heavier = WEIGHT.indexOf(a.outcome) >= WEIGHT.indexOf(b.outcome) ? a.outcome : b.outcome;
  return { open: a.open || b.open, outcome: heavier, atMs: Math.max(a.atMs, b.atMs) };
}
