-- Groups of customers (flags, pools, attributes), who is in them and why, and the rights that hang on them.

-- A restricted type is sold only to whom a benefit or a campaign link lets in.
alter table ticket_types add column restricted boolean not null default false;

create table flags (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null, abbreviation text not null check (length(abbreviation) between 1 and 10),
  icon text, colour text check (colour ~ '^#[0-9a-f]{6}$'),
  display text not null default 'CARD' check (display in ('CARD', 'VIEW_360', 'POP_UP')), note text,
  expires_on date, expires_after_days int check (expires_after_days between 1 and 36500),
  organisation_ids uuid[] not null default '{}', archived_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id),
  check (num_nonnulls(expires_on, expires_after_days) <= 1)
);
create index flags_name on flags (tenant_id, name, id);

create table pools (
  tenant_id uuid not null, id uuid not null,
  external_id text, number bigint not null, name text not null,
  kind text not null default 'CUSTOMER' check (kind in ('CUSTOMER', 'COMPANY', 'EVENT')), performance_id uuid,
  organisation_ids uuid[] not null default '{}', archived_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), unique (tenant_id, number),
  foreign key (tenant_id) references venues (id),
  foreign key (tenant_id, performance_id) references performances (tenant_id, id),
  check ((kind = 'EVENT') = (performance_id is not null))
);
create index pools_name on pools (tenant_id, name, id);
create unique index pools_performance on pools (tenant_id, performance_id) where performance_id is not null and archived_at is null;

create table attributes (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null, colour text check (colour ~ '^#[0-9a-f]{6}$'),
  organisation_ids uuid[] not null default '{}', archived_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id)
);
create index attributes_name on attributes (tenant_id, name, id);

-- An attribute and a pool that are kept alike (Y1-Y7): 1:1 while it lasts. An event pool tells its attribute and is not told.
create table syncs (
  tenant_id uuid not null, id uuid not null,
  attribute_id uuid not null, pool_id uuid not null, two_way boolean not null,
  reconcile text not null check (reconcile in ('UNION', 'POOL_WINS', 'ATTRIBUTE_WINS', 'NONE')),
  started_at timestamptz not null default now(), started_by text, ended_at timestamptz, ended_by text,
  primary key (tenant_id, id), foreign key (tenant_id) references venues (id),
  foreign key (tenant_id, attribute_id) references attributes (tenant_id, id),
  foreign key (tenant_id, pool_id) references pools (tenant_id, id)
);
create unique index syncs_attribute on syncs (tenant_id, attribute_id) where ended_at is null;
create unique index syncs_pool on syncs (tenant_id, pool_id) where ended_at is null;

-- How a customer gets a flag by buying (L1, L2): so much of `measure`, of what is chosen (nothing: of everything), perhaps within a
-- period. Arrays as organisation_ids are: the core checks the ids, and one statement reads them.
create table flag_rules (
  tenant_id uuid not null, id uuid not null, flag_id uuid not null,
  performance_ids uuid[] not null default '{}', production_ids uuid[] not null default '{}', product_ids uuid[] not null default '{}',
  measure text not null default 'TICKETS' check (measure in ('TICKETS', 'PERFORMANCES', 'ORDERS', 'AMOUNT')),
  minimum bigint not null default 1 check (minimum >= 1),
  from_on date, until_on date, last_days int check (last_days between 1 and 36500),
  revoke_on_refund boolean not null, archived_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), foreign key (tenant_id, flag_id) references flags (tenant_id, id),
  check (last_days is null or num_nonnulls(from_on, until_on) = 0), check (from_on <= until_on)
);
create index flag_rules_flag on flag_rules (tenant_id, flag_id);

-- That a customer is in a group, from when, until when, by whom and how it ended: one row for each stretch (D21, D23).
create table assignments (
  tenant_id uuid not null, id uuid not null,
  customer_id uuid not null, flag_id uuid, pool_id uuid, attribute_id uuid,
  group_id uuid not null generated always as (coalesce(flag_id, pool_id, attribute_id)) stored,
  source text not null check (source in ('MANUAL', 'RULE', 'SEGMENT', 'IMPORT', 'SYNC', 'MEMBERSHIP', 'EVENT')),
  assigned_at timestamptz not null default now(), assigned_by text, expires_on date,
  ended_at timestamptz, ended_by text,
  end_reason text check (end_reason in ('REMOVED', 'EXPIRED', 'REFUNDED', 'RULE', 'SYNC', 'ARCHIVED')),
  primary key (tenant_id, id),
  foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete cascade,
  foreign key (tenant_id, flag_id) references flags (tenant_id, id),
  foreign key (tenant_id, pool_id) references pools (tenant_id, id),
  foreign key (tenant_id, attribute_id) references attributes (tenant_id, id),
  check (num_nonnulls(flag_id, pool_id, attribute_id) = 1), check ((ended_at is null) = (end_reason is null))
);
create unique index assignments_standing on assignments (tenant_id, customer_id, group_id) where ended_at is null;
create index assignments_members on assignments (tenant_id, group_id, id) where ended_at is null;
create index assignments_group on assignments (tenant_id, group_id, customer_id);
create index assignments_expiry on assignments (tenant_id, expires_on) where ended_at is null and expires_on is not null;

-- Why: one assignment may have many causes (D28).
create table assignment_causes (
  tenant_id uuid not null, id uuid not null, assignment_id uuid not null,
  source text not null check (source in ('MANUAL', 'RULE', 'SEGMENT', 'IMPORT', 'SYNC', 'MEMBERSHIP', 'EVENT')),
  rule_id uuid, line_ids uuid[] not null default '{}', caused_at timestamptz not null default now(), caused_by text,
  ended_at timestamptz,
  primary key (tenant_id, id),
  foreign key (tenant_id, assignment_id) references assignments (tenant_id, id) on delete cascade,
  foreign key (tenant_id, rule_id) references flag_rules (tenant_id, id)
);
create index assignment_causes_assignment on assignment_causes (tenant_id, assignment_id);
create unique index assignment_causes_rule on assignment_causes (tenant_id, assignment_id, rule_id)
  where rule_id is not null and ended_at is null;

-- A benefit is a ticket type that a flag lets its customers buy, so often (B1-B6).
create table benefits (
  tenant_id uuid not null, id uuid not null,
  external_id text, flag_id uuid not null, ticket_type_id uuid not null,
  most_performances int check (most_performances between 1 and 20),
  most_tickets int not null check (most_tickets between 1 and 50),
  tickets_per text not null check (tickets_per in ('PERFORMANCE', 'TOTAL')), archived_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id),
  foreign key (tenant_id, flag_id) references flags (tenant_id, id),
  foreign key (tenant_id, ticket_type_id) references ticket_types (tenant_id, id)
);
create unique index benefits_flag on benefits (tenant_id, flag_id, ticket_type_id) where archived_at is null;
create index benefits_ticket_type on benefits (tenant_id, ticket_type_id);

-- A flag's benefits work where it is coupled (P1), from when the performance's sale starts or from a time of their own (P4).
create table couplings (
  tenant_id uuid not null, id uuid not null, flag_id uuid not null, performance_id uuid, product_id uuid,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, flag_id) references flags (tenant_id, id),
  foreign key (tenant_id, performance_id) references performances (tenant_id, id) on delete cascade,
  foreign key (tenant_id, product_id) references products (tenant_id, id) on delete cascade,
  check (num_nonnulls(performance_id, product_id) = 1)
);
create unique index couplings_performance on couplings (tenant_id, performance_id, flag_id) where performance_id is not null;
create unique index couplings_product on couplings (tenant_id, product_id, flag_id) where product_id is not null;
create index couplings_flag on couplings (tenant_id, flag_id);
create table coupling_starts (
  tenant_id uuid not null, coupling_id uuid not null, benefit_id uuid not null, sale_starts_at timestamptz not null,
  primary key (tenant_id, coupling_id, benefit_id),
  foreign key (tenant_id, coupling_id) references couplings (tenant_id, id) on delete cascade,
  foreign key (tenant_id, benefit_id) references benefits (tenant_id, id) on delete cascade
);
create index coupling_starts_benefit on coupling_starts (tenant_id, benefit_id);

-- What a pool gives its customers (PO4-PO6): for a performance, a production, a product, or (none of them) everywhere.
create table pool_terms (
  tenant_id uuid not null, id uuid not null, pool_id uuid not null, performance_id uuid, production_id uuid, product_id uuid,
  sale_starts_at timestamptz, most int check (most >= 1),
  most_per text not null default 'CUSTOMER' check (most_per in ('CUSTOMER', 'ORDER')),
  allotment int check (allotment >= 0),
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, pool_id) references pools (tenant_id, id),
  foreign key (tenant_id, performance_id) references performances (tenant_id, id) on delete cascade,
  foreign key (tenant_id, production_id) references productions (tenant_id, id) on delete cascade,
  foreign key (tenant_id, product_id) references products (tenant_id, id) on delete cascade,
  check (num_nonnulls(performance_id, production_id, product_id) <= 1),
  unique nulls not distinct (tenant_id, pool_id, performance_id, production_id, product_id)
);
create index pool_terms_performance on pool_terms (tenant_id, performance_id) where performance_id is not null;

-- An offer for one or several performances, productions or products (C1, C2, D47). Arrays as in flag_rules.
create table campaign_links (
  tenant_id uuid not null, id uuid not null,
  external_id text, name text not null, texts jsonb not null default '{}', description_before text, description text,
  performance_ids uuid[] not null default '{}', production_ids uuid[] not null default '{}', product_ids uuid[] not null default '{}',
  flag_ids uuid[] not null default '{}',
  access text not null default 'ANYONE' check (access in ('ANYONE', 'FLAGGED', 'PERSONAL')),
  starts_at timestamptz, ends_at timestamptz,
  most int check (most >= 1), most_per_customer int check (most_per_customer >= 1),
  organisation_ids uuid[] not null default '{}', archived_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, external_id), foreign key (tenant_id) references venues (id),
  check (starts_at < ends_at)
);
create index campaign_links_name on campaign_links (tenant_id, name, id);
create table campaign_clicks (
  tenant_id uuid not null, campaign_link_id uuid not null, day date not null, clicks bigint not null default 0,
  primary key (tenant_id, campaign_link_id, day),
  foreign key (tenant_id, campaign_link_id) references campaign_links (tenant_id, id) on delete cascade
);
-- A link of one customer's own, good for so many tickets.
create table personal_links (
  tenant_id uuid not null, id uuid not null, campaign_link_id uuid not null, customer_id uuid not null,
  most int check (most >= 1), clicks bigint not null default 0, clicked_at timestamptz, revoked_at timestamptz,
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id), unique (tenant_id, campaign_link_id, customer_id),
  foreign key (tenant_id, campaign_link_id) references campaign_links (tenant_id, id) on delete cascade,
  foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete cascade
);
create index personal_links_customer on personal_links (tenant_id, customer_id);

-- What a ticket type costs under a pool's terms or a campaign link: less so many hundredths of a per cent, less so much, or so much;
-- none of them: the ordinary price. No ticket type: all of them.
create table discounts (
  tenant_id uuid not null, id uuid not null, pool_terms_id uuid, campaign_link_id uuid, ticket_type_id uuid,
  basis_points int check (basis_points between 1 and 10000), amount bigint check (amount > 0), price bigint check (price >= 0),
  created_at timestamptz not null default now(), updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  foreign key (tenant_id, pool_terms_id) references pool_terms (tenant_id, id) on delete cascade,
  foreign key (tenant_id, campaign_link_id) references campaign_links (tenant_id, id) on delete cascade,
  foreign key (tenant_id, ticket_type_id) references ticket_types (tenant_id, id),
  check (num_nonnulls(pool_terms_id, campaign_link_id) = 1), check (num_nonnulls(basis_points, amount, price) <= 1),
  check (campaign_link_id is null or ticket_type_id is not null),
  check (pool_terms_id is null or num_nonnulls(basis_points, amount, price) = 1),
  unique nulls not distinct (tenant_id, pool_terms_id, campaign_link_id, ticket_type_id)
);
create index discounts_campaign on discounts (tenant_id, campaign_link_id) where campaign_link_id is not null;

-- By what right tickets were bought; what counts against its limits is read from here.
alter table ticket_lines
  add column benefit_id uuid, add column assignment_id uuid, add column pool_terms_id uuid,
  add column campaign_link_id uuid, add column personal_link_id uuid,
  add foreign key (tenant_id, benefit_id) references benefits (tenant_id, id),
  add foreign key (tenant_id, assignment_id) references assignments (tenant_id, id) on delete set null (assignment_id),
  add foreign key (tenant_id, pool_terms_id) references pool_terms (tenant_id, id) on delete set null (pool_terms_id),
  add foreign key (tenant_id, campaign_link_id) references campaign_links (tenant_id, id),
  add foreign key (tenant_id, personal_link_id) references personal_links (tenant_id, id) on delete set null (personal_link_id);
create index ticket_lines_assignment on ticket_lines (tenant_id, assignment_id) where assignment_id is not null;
create index ticket_lines_terms on ticket_lines (tenant_id, pool_terms_id) where pool_terms_id is not null;
create index ticket_lines_campaign on ticket_lines (tenant_id, campaign_link_id) where campaign_link_id is not null;

do $$ declare venue_table text; begin
  foreach venue_table in array array['flags', 'pools', 'attributes', 'syncs', 'flag_rules', 'assignments', 'assignment_causes',
    'benefits', 'couplings', 'coupling_starts', 'pool_terms', 'campaign_links', 'campaign_clicks', 'personal_links', 'discounts'] loop
    perform protect(venue_table::regclass);
  end loop;
end $$;
