-- What each customer has bought, summed up by the core with every change of an order (tenants/facts.py). Lead times are whole
-- days from an order to the first of its performances.
create table customer_facts (
  tenant_id uuid not null, customer_id uuid not null,
  spent bigint not null, order_count int not null, ticket_count bigint not null, performance_count int not null,
  online_orders int not null, box_office_orders int not null, phone_orders int not null, partner_orders int not null,
  most_tickets int not null, first_ordered_at timestamptz, last_ordered_at timestamptz,
  shortest_lead_days int, median_lead_days int, longest_lead_days int,
  primary key (tenant_id, customer_id),
  foreign key (tenant_id, customer_id) references customers (tenant_id, id) on delete cascade
);
select protect('customer_facts'::regclass);
