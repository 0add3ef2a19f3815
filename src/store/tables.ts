/** The tables as the newest migration leaves them. Text columns that hold JSON are named in the migrations. */
export interface Tables {
  schema_migrations: { number: number; name: string; sha256: string };
  proposals: {
    id: string;
    topic: number;
    kind: string;
    status: string;
    commit_id: string | null;
    deadline_at_s: number | null;
    first_seen_at_ms: number;
    seen_at_ms: number;
    snapshot: string;
  };
  runs: {
    id: string;
    mode: 'proposal' | 'commit';
    proposal_id: string | null;
    commit_id: string | null;
    stage: 'collecting' | 'judged';
    observations: number;
    revision: number;
    started_at_ms: number;
    judged_at_ms: number | null;
  };
  evidence: {
    run_id: string;
    sequence: number;
    kind: string;
    subject: string;
    status: 'observed' | 'unavailable';
    observed_at_ms: number;
    observation: string;
  };
  verdicts: {
    run_id: string;
    revision: number;
    outcome: string;
    reason: string | null;
    verdict: string;
    judged_from: string;
    decided_at_ms: number;
  };
  locks: { name: string; holder: string; expires_at_ms: number };
}
