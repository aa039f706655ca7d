-- What the one who handed a file in, or asked for a job, may touch: ids of organisations, null for the whole venue. Staff of
-- organisations see what reaches no further than they do, as with imports and keys (tenants/organisations.py).
alter table files add column organisation_ids uuid[];
alter table jobs add column organisation_ids uuid[];
