-- What the service keeps between its processes: work, messages on their way, and how it is doing itself.

-- tracked: null where only a run by hand read the proposal; history: it was over when it was first seen, and is neither
-- verified nor told. revisions counts the verdicts of its runs; the verdict_ columns say which of them is the newest,
-- where one of the service comes before any by hand. title is bounded and plain.
alter table proposals add column tracked text check (tracked in ('history', 'watched'));
alter table proposals add column title text;
alter table proposals add column reward_status text;
alter table proposals add column package_sha256 text;
alter table proposals add column tally_yes text;
alter table proposals add column tally_no text;
alter table proposals add column tally_total text;
alter table proposals add column revisions integer not null default 0;
alter table proposals add column verdict_by text check (verdict_by in ('service', 'hand'));
alter table proposals add column verdict_run_id text references runs (id);
alter table proposals add column verdict_revision integer;

-- 64-bit ids as text: the shorter one is the smaller.
create index proposals_by_number on proposals (length(id), id);

create index proposals_by_package on proposals (package_sha256);

create index proposals_by_deadline on proposals (deadline_at_s);

-- final: nothing more would be tried for it when it was judged; confirmed: 0 or 1 for a mismatch.
alter table verdicts add column final integer not null default 1 check (final in (0, 1));
alter table verdicts add column confirmed integer check (confirmed in (0, 1));
alter table verdicts add column notice_key text;
alter table verdicts add column tool_version text;

create index verdicts_by_time on verdicts (decided_at_ms);

-- By what an observation can be found again: the bytes that were seen, and the file that is kept.
alter table evidence add column value_sha256 text;
alter table evidence add column file_sha256 text;

create index evidence_by_value on evidence (value_sha256);

create index evidence_by_file on evidence (file_sha256);

create index evidence_builds on evidence (observed_at_ms) where kind = 'build';

-- How far something was followed: every election up to the proposal `elections` names is recorded.
create table marks (
  name text not null primary key,
  value text not null
);

create table run_stages (
  run_id text not null references runs (id),
  sequence integer not null,
  stage text not null check (
    stage in ('queued', 'collecting', 'building', 'judging', 'judged', 'waiting')
  ),
  at_ms bigint not null,
  primary key (run_id, sequence)
);

-- Work that one worker at a time holds by a lease; what is due and what expired is told by the database's clock.
create table jobs (
  id text not null primary key,
  kind text not null check (kind in ('verify', 'build')),
  key text not null,
  input text not null,
  state text not null check (state in ('queued', 'held', 'finished')),
  sequence bigint not null,
  attempt integer not null,
  not_before_ms bigint not null,
  worker text,
  lease_until_ms bigint,
  progress text,
  result text,
  why text,
  enqueued_at_ms bigint not null,
  claimed_at_ms bigint,
  finished_at_ms bigint
);

create unique index jobs_unfinished on jobs (kind, key) where state <> 'finished';

create index jobs_by_key on jobs (kind, key, sequence);

create index jobs_by_sequence on jobs (sequence);

-- A key is told once, whatever happens in between.
create table notices (
  key text not null primary key,
  type text not null,
  proposal_id text,
  sequence bigint not null,
  at_s bigint not null,
  sentence text not null,
  notice text not null
);

create index notices_by_proposal on notices (proposal_id, sequence);

create index notices_by_sequence on notices (sequence);

create table deliveries (
  id text not null primary key,
  notice_key text not null references notices (key),
  notifier text not null,
  proposal_id text,
  sequence bigint not null,
  state text not null check (state in ('pending', 'retry', 'sent', 'skipped', 'dead')),
  attempt integer not null,
  due_at_ms bigint not null,
  why text,
  remote text,
  enqueued_at_ms bigint not null,
  done_at_ms bigint,
  unique (notice_key, notifier)
);

create index deliveries_open on deliveries (notifier, sequence) where state in ('pending', 'retry');

create index deliveries_by_proposal on deliveries (proposal_id, notifier, sequence);

-- Where a notifier's message for a proposal lies on the other side.
create table remote_messages (
  notifier text not null,
  proposal_id text not null,
  remote text not null,
  at_ms bigint not null,
  primary key (notifier, proposal_id)
);

create table loops (
  loop text not null primary key,
  begun_at_ms bigint,
  ok_at_ms bigint,
  failed_at_ms bigint,
  failure_code text,
  failure_message text
);

create table troubles (
  key text not null primary key,
  sentence text not null,
  since_ms bigint not null
);

create table mutes (
  proposal_id text not null primary key,
  until_ms bigint not null
);
