-- What a venue has said its programs may ask: documents by their id, in one of the two contracts.
create table trusted_documents (
  tenant_id uuid not null, id uuid not null,
  contract text not null check (contract in ('GRAPHQL', 'STOREFRONT')),
  document_id text not null check (length(document_id) between 1 and 100),
  hash bytea not null check (length(hash) = 32),
  app text not null check (length(app) between 1 and 100), text text not null check (length(text) <= 20000),
  created_at timestamptz not null default now(),
  primary key (tenant_id, id), foreign key (tenant_id) references venues (id),
  unique (tenant_id, contract, document_id)
);
create index trusted_documents_hash on trusted_documents (tenant_id, contract, hash);
create index trusted_documents_created on trusted_documents (tenant_id, created_at, id);
select protect('trusted_documents');

-- Whether the venue's shop may ask for nothing else.
alter table venues add column trusted_documents_only boolean not null default false;
