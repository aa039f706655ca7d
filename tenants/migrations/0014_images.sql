-- Pictures of productions and performances. `hash` and the size are known once the picture is resized; texts in other languages
-- stand beside the row's own as {"alt:en": …}.
create table images (
  tenant_id uuid not null, id uuid not null,
  production_id uuid, performance_id uuid, position int not null,
  file_id uuid not null, alt text not null default '', texts jsonb not null default '{}' check (jsonb_typeof(texts) = 'object'),
  focal_x int check (focal_x between 0 and 100), focal_y int check (focal_y between 0 and 100),
  state text not null default 'WAITING' check (state in ('WAITING', 'READY', 'REFUSED')), refusal text,
  hash text, width int, height int, job_id uuid,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), foreign key (tenant_id) references venues (id),
  foreign key (tenant_id, production_id) references productions (tenant_id, id) on delete cascade,
  foreign key (tenant_id, performance_id) references performances (tenant_id, id) on delete cascade,
  foreign key (tenant_id, file_id) references files (tenant_id, id),
  check ((production_id is null) <> (performance_id is null)),
  check ((focal_x is null) = (focal_y is null))
);
create index images_production on images (tenant_id, production_id);
create index images_performance on images (tenant_id, performance_id);
create index images_file on images (tenant_id, file_id);
create index images_hash on images (tenant_id, hash);

-- The sizes of a picture, by the hash of what it was made from: two pictures of one file share them.
create table image_renditions (
  tenant_id uuid not null, hash text not null, width int not null, format text not null check (format in ('webp', 'jpg')),
  file_id uuid not null,
  primary key (tenant_id, hash, width, format),
  foreign key (tenant_id, file_id) references files (tenant_id, id) on delete cascade
);
create index image_renditions_file on image_renditions (tenant_id, file_id);

select protect('images');
select protect('image_renditions');

alter table files drop constraint files_purpose_check;
alter table files add constraint files_purpose_check check (purpose in ('IMPORT', 'IMAGE', 'RENDITION'));
