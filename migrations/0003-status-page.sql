-- What the status page leafs through: elections by number and outcome, without their snapshots, which are large.

create index proposals_leafed on proposals (length(id), id, topic, kind, verdict_run_id, verdict_revision);

create index evidence_build_logs on evidence (file_sha256) where kind = 'build';
