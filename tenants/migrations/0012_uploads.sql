-- What a file is for, what was said of it beforehand, and when its bytes began to arrive: that happens once.
alter table files
  add column purpose text not null default 'IMPORT' check (purpose in ('IMPORT', 'IMAGE')),
  add column content_type text,
  add column begun_at timestamptz;
