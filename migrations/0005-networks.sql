-- The network on which a run was made: `mainnet`, or `NOT MAINNET: …`; null: an older version did not write it down, and
-- nothing is taken for mainnet that does not say so.
alter table runs add column network text;

-- The mark `network` names the network whose proposals are in this database. What was told says which it is; where
-- nothing was told yet, whatever uses the database next decides.
insert into marks (name, value)
select 'network', case
  when exists (select 1 from notices where notice like '%"network":"NOT MAINNET%') then 'NOT MAINNET: not recorded'
  else 'mainnet' end
where exists (select 1 from notices);

update runs set network = 'mainnet'
where id in (select run_id from verdicts where notice_key is not null)
  and exists (select 1 from marks where name = 'network' and value = 'mainnet');

-- What stands as the verdict of a proposal is of the proposal's own network.
update proposals set verdict_by = null, verdict_run_id = null, verdict_revision = null
where verdict_run_id in (select id from runs where network is null);
