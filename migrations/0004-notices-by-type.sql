-- What each round asks of each election: whether its end was told. Without its messages, which are large.

create index notices_by_type on notices (proposal_id, type);
