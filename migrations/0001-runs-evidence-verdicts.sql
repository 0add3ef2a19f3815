-- The same statements run on SQLite and on PostgreSQL. Columns that end in _ms are UTC milliseconds, those in _s UTC
-- seconds as governance tells them; ids of 64 bits are text; snapshots, observations and verdicts are JSON.

create table proposals (
  id text not null primary key,
  topic integer not null,
  kind text not null,
  status text not null,
  commit_id text,
  deadline_at_s bigint,
  first_seen_at_ms bigint not null,
  seen_at_ms bigint not null,
  snapshot text not null
);

create index proposals_by_status on proposals (status, deadline_at_s);

create index proposals_by_commit on proposals (commit_id);

-- A run may be about a proposal that could not be read, so proposal_id refers to nothing.
create table runs (
  id text not null primary key,
  mode text not null check (mode in ('proposal', 'commit')),
  proposal_id text,
  commit_id text,
  stage text not null check (
    stage in ('queued', 'collecting', 'building', 'judging', 'judged', 'waiting')
  ),
  observations integer not null,
  revision integer not null,
  started_at_ms bigint not null,
  judged_at_ms bigint
);

create index runs_by_proposal on runs (proposal_id, started_at_ms);

create index runs_by_commit on runs (commit_id, started_at_ms);

-- Append-only: a second look at one thing is another row. The subject is written as within a JSON string, since URLs
-- and names are strangers' text and not every database takes every character.
create table evidence (
  run_id text not null references runs (id),
  sequence integer not null,
  kind text not null,
  subject text not null,
  status text not null check (status in ('observed', 'unavailable')),
  observed_at_ms bigint not null,
  observation text not null,
  primary key (run_id, sequence)
);

-- judged_from lists the sequence numbers of the evidence that the verdict was judged from.
create table verdicts (
  run_id text not null references runs (id),
  revision integer not null,
  outcome text not null check (outcome in ('verified', 'mismatch', 'inconclusive')),
  reason text,
  verdict text not null,
  judged_from text not null,
  decided_at_ms bigint not null,
  primary key (run_id, revision)
);

-- Leases: whoever holds one renews it; one that expired may be taken over.
create table locks (
  name text not null primary key,
  holder text not null,
  expires_at_ms bigint not null
);
