-- Runs of mode canary: what is known to be right and wrong, judged again. They stand apart from the runs of proposals,
-- so that none can ever be taken for a verdict. cases: JSON.
create table canary_runs (
  id text not null primary key,
  proposal_id text not null,
  state text not null check (state in ('right', 'wrong', 'open')),
  cases text not null,
  at_ms bigint not null
);

create index canary_runs_by_time on canary_runs (at_ms);
