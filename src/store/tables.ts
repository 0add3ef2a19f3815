import type { Generated } from 'kysely';
import type { Stage } from '../domain/stage.ts';

/** The tables as the newest migration leaves them. Text columns that hold JSON are named in the migrations. */
export interface Tables {
  schema_migrations: { number: number; name: string; sha256: string };
  proposals: ProposalRow;
  runs: {
    id: string;
    mode: 'proposal' | 'commit';
    proposal_id: string | null;
    commit_id: string | null;
    /** null: not recorded. */
    network: string | null;
    stage: Stage;
    observations: number;
    revision: number;
    started_at_ms: number;
    judged_at_ms: number | null;
  };
  marks: { name: string; value: string };
  run_stages: { run_id: string; sequence: number; stage: Stage; at_ms: number };
  evidence: {
    run_id: string;
    sequence: number;
    kind: string;
    subject: string;
    status: 'observed' | 'unavailable';
    observed_at_ms: number;
    observation: string;
    value_sha256: string | null;
    file_sha256: string | null;
  };
  verdicts: {
    run_id: string;
    revision: number;
    outcome: string;
    reason: string | null;
    verdict: string;
    judged_from: string;
    decided_at_ms: number;
    final: Generated<number>;
    confirmed: number | null;
    notice_key: string | null;
    tool_version: string | null;
  };
  locks: { name: string; holder: string; expires_at_ms: number };
  jobs: JobRow;
  notices: {
    key: string;
    type: string;
    proposal_id: string | null;
    sequence: number;
    at_s: number;
    sentence: string;
    notice: string;
  };
  deliveries: DeliveryRow;
  remote_messages: { notifier: string; proposal_id: string; remote: string; at_ms: number };
  loops: {
    loop: string;
    begun_at_ms: number | null;
    ok_at_ms: number | null;
    failed_at_ms: number | null;
    failure_code: string | null;
    failure_message: string | null;
  };
  troubles: { key: string; sentence: string; since_ms: number };
  registry_readings: {
    proposal_id: string;
    outcome: string;
    result: string;
    observation: string;
    read_at_ms: number;
    absent_since_ms: number | null;
  };
  deployments: {
    proposal_id: string;
    component: string;
    /** What it deploys. */
    versions: string;
    status: string;
    snapshot: string;
    seen_at_ms: number;
  };
  canary_runs: { id: string; proposal_id: string; state: string; cases: string; at_ms: number };
  mutes: { proposal_id: string; until_ms: number };
}

interface ProposalRow {
  id: string;
  topic: number;
  kind: string;
  status: string;
  commit_id: string | null;
  deadline_at_s: number | null;
  first_seen_at_ms: number;
  seen_at_ms: number;
  snapshot: string;
  tracked: 'history' | 'watched' | null;
  title: string | null;
  reward_status: string | null;
  package_sha256: string | null;
  tally_yes: string | null;
  tally_no: string | null;
  tally_total: string | null;
  revisions: Generated<number>;
  verdict_by: 'service' | 'hand' | null;
  verdict_run_id: string | null;
  verdict_revision: number | null;
}

interface JobRow {
  id: string;
  kind: 'verify' | 'build';
  key: string;
  input: string;
  state: 'queued' | 'held' | 'finished';
  sequence: number;
  attempt: number;
  not_before_ms: number;
  worker: string | null;
  lease_until_ms: number | null;
  progress: string | null;
  result: string | null;
  why: string | null;
  enqueued_at_ms: number;
  claimed_at_ms: number | null;
  finished_at_ms: number | null;
}

interface DeliveryRow {
  id: string;
  notice_key: string;
  notifier: string;
  proposal_id: string | null;
  sequence: number;
  state: 'pending' | 'retry' | 'sent' | 'skipped' | 'dead';
  attempt: number;
  due_at_ms: number;
  why: string | null;
  remote: string | null;
  enqueued_at_ms: number;
  done_at_ms: number | null;
}
