-- Where the bytes of a file are. It is said of each, so that an installation may change its mind.
alter table files add column stored text not null default 'DATABASE' check (stored in ('DATABASE', 'BUCKET'));
