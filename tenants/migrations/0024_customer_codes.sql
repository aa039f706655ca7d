-- A customer wants to sign in with a code from a mail. Every address that is asked for gets a row; who has it is looked up by the
-- job that writes the mail, which puts the hash of the code here.
create table customer_codes (
  tenant_id uuid not null, id uuid not null,
  email_key text collate "C" not null, code_hash text, tries int not null default 0,
  created_at timestamptz not null default clock_timestamp(), expires_at timestamptz, used_at timestamptz,
  primary key (tenant_id, id), foreign key (tenant_id) references venues (id)
);
create index customer_codes_email on customer_codes (tenant_id, email_key, created_at, id);
create index customer_codes_created on customer_codes (tenant_id, created_at);
select protect('customer_codes');
