-- After the vote: what the registry holds of each executed election, where versions run, and who deploys which.

-- result: what the check said, observation: what was read, both JSON; the newest reading of each proposal.
create table registry_readings (
  proposal_id text not null primary key,
  outcome text not null check (outcome in ('verified', 'mismatch', 'inconclusive')),
  result text not null,
  observation text not null,
  read_at_ms bigint not null,
  absent_since_ms bigint
);

-- versions: what it deploys, JSON. One row for each proposal that deploys versions and that was found while it was open.
create table deployments (
  proposal_id text not null primary key,
  component text not null check (component in ('guestos', 'hostos')),
  versions text not null,
  status text not null,
  snapshot text not null,
  seen_at_ms bigint not null
);
