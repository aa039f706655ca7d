-- Purchases that are held until they are paid, and what is never sold twice (docs/decisions/0027).

-- An order RESERVED that is held until then; others that are reserved, as those of another system, are held until told otherwise.
alter table orders add column expires_at timestamptz, add column payment_reference text;
create index orders_held on orders (tenant_id, expires_at) where state = 'RESERVED' and expires_at is not null;

-- What a line takes of what there is, stated here and nowhere else: tickets that admit somebody or are held, in an order that
-- stands, less what was paid back of them. A refund that has found its purchase takes nothing itself.
alter table ticket_lines
  add column order_stands boolean not null default true,
  add column given_back int not null default 0,
  add column taken int not null generated always as (
    case when order_stands and refund_of is null and state in ('RESERVED', 'VALID', 'COMPLIMENTARY')
      then quantity - given_back else 0 end) stored;

-- What is taken of things that many customers share: a performance's capacity (the performance alone), a pool's allotment there, a
-- campaign link. `most` is the limit as it was when a line was last written, none: no limit. `over` is how far sales of other
-- systems went beyond it, null when they did not. Only count_lines() writes here.
create table usages (
  tenant_id uuid not null, id uuid not null, performance_id uuid, product_id uuid, pool_id uuid, campaign_link_id uuid,
  used bigint not null, most bigint, over bigint check (over >= 0),
  primary key (tenant_id, id), unique nulls not distinct (tenant_id, performance_id, product_id, pool_id, campaign_link_id),
  foreign key (tenant_id) references venues (id),
  foreign key (tenant_id, performance_id) references performances (tenant_id, id) on delete cascade,
  foreign key (tenant_id, product_id) references products (tenant_id, id) on delete cascade,
  foreign key (tenant_id, pool_id) references pools (tenant_id, id) on delete cascade,
  foreign key (tenant_id, campaign_link_id) references campaign_links (tenant_id, id) on delete cascade,
  constraint sold_out check (num_nonnulls(pool_id, campaign_link_id) > 0 or used <= most + coalesce(over, 0)),
  constraint allotment_used_up check (pool_id is null or used <= most + coalesce(over, 0)),
  constraint campaign_used_up check (campaign_link_id is null or used <= most + coalesce(over, 0))
) with (fillfactor = 50);
create index usages_pool on usages (tenant_id, pool_id) where pool_id is not null;
create index usages_campaign on usages (tenant_id, campaign_link_id) where campaign_link_id is not null;
create index usages_over on usages (tenant_id, id) where over > 0;
select protect('usages'::regclass);

do $$ declare venue uuid; begin
  for venue in select id from venues loop
    perform set_config('app.tenant', venue::text, true);
    update ticket_lines l set order_stands = false from orders o
      where l.tenant_id = venue and o.tenant_id = venue and o.id = l.order_id and o.state not in ('RESERVED', 'CONFIRMED');
    update ticket_lines l set given_back = r.tickets
      from (select refund_of, -sum(quantity) as tickets from ticket_lines
            where tenant_id = venue and refund_of is not null and state in ('RESERVED', 'VALID', 'COMPLIMENTARY') group by 1) r
      where l.tenant_id = venue and l.id = r.refund_of;
    insert into usages (tenant_id, id, performance_id, product_id, pool_id, campaign_link_id, used)
      select venue, gen_random_uuid(), performance_id, null::uuid, null::uuid, null::uuid, sum(taken) from ticket_lines
        where tenant_id = venue and performance_id is not null and taken <> 0 group by 3
      union all select venue, gen_random_uuid(), performance_id, product_id, pool_id, null, sum(taken) from ticket_lines
        where tenant_id = venue and pool_id is not null and taken <> 0 group by 3, 4, 5
      union all select venue, gen_random_uuid(), null, null, null, campaign_link_id, sum(taken) from ticket_lines
        where tenant_id = venue and campaign_link_id is not null and taken <> 0 group by 6;
  end loop;
  perform set_config('app.tenant', '', true);
end $$;

-- Keeps `order_stands` with the order.
create function orders_lines_stand() returns trigger language plpgsql as $$
begin
  update ticket_lines set order_stands = not order_stands where tenant_id = new.tenant_id and order_id = new.id
    and order_stands <> (new.state in ('RESERVED', 'CONFIRMED'));
  return null;
end $$;
create trigger orders_lines_stand after update of state on orders for each row
  when ((old.state in ('RESERVED', 'CONFIRMED')) <> (new.state in ('RESERVED', 'CONFIRMED'))) execute function orders_lines_stand();

-- Keeps the usages, whoever writes lines and however. Lines of an order that is held until a time are held to the limits; what
-- another system has sold is counted all the same, and `over` says that it was too much.
create function count_lines() returns trigger language plpgsql as $$
declare
  was ticket_lines[] := '{}';
  now ticket_lines[] := '{}';
  held uuid[];
  moved uuid[];
  beyond text;
begin
  if tg_op = 'UPDATE' then  -- often nothing that is counted has changed, as when they are paid
    if not exists (
      select id, order_id, performance_id, product_id, pool_id, campaign_link_id, personal_link_id, assignment_id, benefit_id,
        quantity, refund_of, taken, order_stands, state in ('RESERVED', 'VALID', 'COMPLIMENTARY') from new_lines
      except
      select id, order_id, performance_id, product_id, pool_id, campaign_link_id, personal_link_id, assignment_id, benefit_id,
        quantity, refund_of, taken, order_stands, state in ('RESERVED', 'VALID', 'COMPLIMENTARY') from old_lines)
    then return null; end if;
  end if;
  if tg_op <> 'INSERT' then select coalesce(array_agg(l), '{}') into was from old_lines l; end if;
  if tg_op <> 'DELETE' then select coalesce(array_agg(l), '{}') into now from new_lines l; end if;
  if was || now = '{}' then return null; end if;  -- what is written below comes here again

  select array_agg(distinct o.id) filter (where n.taken > 0 and o.state = 'RESERVED' and o.expires_at is not null),
    array_agg(n.id) filter (where n.order_stands <> (o.state in ('RESERVED', 'CONFIRMED')))
  into held, moved from unnest(now) n join orders o on o.tenant_id = n.tenant_id and o.id = n.order_id;

  if moved is not null then
    update ticket_lines set order_stands = not order_stands where tenant_id = now[1].tenant_id and id = any(moved);
  end if;

  if exists (select from unnest(was || now) l where l.refund_of is not null) then
    update ticket_lines l set given_back = r.tickets
    from (select k.tenant_id, k.refund_of as id, coalesce((
            select -sum(b.quantity) from ticket_lines b
            where b.tenant_id = k.tenant_id and b.refund_of = k.refund_of and b.state in ('RESERVED', 'VALID', 'COMPLIMENTARY')
          ), 0) as tickets
          from (select distinct tenant_id, refund_of from unnest(was || now) k where refund_of is not null) k) r
    where l.tenant_id = r.tenant_id and l.id = r.id and l.given_back <> r.tickets;
  end if;

  -- Whoever reserves for the same customer waits here, and is counted by what is read after.
  if held is not null then
    perform from customers c where c.tenant_id = now[1].tenant_id
      and c.id = any(array(select customer_id from orders where tenant_id = now[1].tenant_id and id = any(held)))
      order by c.id for no key update;
    if exists (select from unnest(now) n where n.benefit_id is not null or n.campaign_link_id is not null) then
      select b.code into beyond from beyond_own_limits(array(select n from unnest(now) n where n.order_id = any(held))) b limit 1;
    end if;
    if beyond is not null then
      raise exception 'more than a customer may have' using errcode = 'check_violation', constraint = beyond;
    end if;
  end if;

  -- Last, for all others wait for it until the commit; in one order, so that none waits in a circle. An `over` of null means that no
  -- more may be taken than there is.
  insert into usages as u (tenant_id, id, performance_id, product_id, pool_id, campaign_link_id, used, most, over)
  select c.tenant_id, gen_random_uuid(), c.performance_id, c.product_id, c.pool_id, c.campaign_link_id, c.tickets, m.most,
    case when not c.strictly then greatest(c.tickets - m.most, 0) end
  from (
    select tenant_id, performance_id, product_id, pool_id, campaign_link_id, sum(tickets) as tickets,
      sum(tickets) > 0 and coalesce(bool_or(order_id = any(held)), false) as strictly
    from (
      select l.tenant_id, l.order_id, t.*, l.tickets
      from (select tenant_id, order_id, performance_id, product_id, pool_id, campaign_link_id, taken as tickets from unnest(now) n
            union all
            select tenant_id, order_id, performance_id, product_id, pool_id, campaign_link_id, -taken from unnest(was) w) l
      cross join lateral (values
        (l.performance_id, null::uuid, null::uuid, null::uuid),
        (case when l.pool_id is not null then l.performance_id end, case when l.pool_id is not null then l.product_id end,
         l.pool_id, null),
        (null, null, null, l.campaign_link_id)) t (performance_id, product_id, pool_id, campaign_link_id)
      where l.tickets <> 0 and num_nonnulls(t.performance_id, t.pool_id, t.campaign_link_id) > 0) each
    group by 1, 2, 3, 4, 5 having sum(tickets) <> 0) c
  cross join lateral (select case
    when c.pool_id is not null then (
      select case when bool_and(t.allotment is not null) then max(t.allotment) end from pool_terms t
      where t.tenant_id = c.tenant_id and t.pool_id = c.pool_id
        and (num_nonnulls(t.performance_id, t.production_id, t.product_id) = 0
             or t.performance_id = c.performance_id or t.product_id = c.product_id
             or t.production_id = (select p.production_id from performances p
                                   where p.tenant_id = c.tenant_id and p.id = c.performance_id)))
    when c.campaign_link_id is not null then (
      select k.most from campaign_links k where k.tenant_id = c.tenant_id and k.id = c.campaign_link_id)
    else (select p.capacity from performances p where p.tenant_id = c.tenant_id and p.id = c.performance_id) end as most) m
  order by c.performance_id, c.product_id, c.pool_id nulls first, c.campaign_link_id nulls first
  on conflict (tenant_id, performance_id, product_id, pool_id, campaign_link_id) do update set
    used = u.used + excluded.used, most = excluded.most,
    over = case when excluded.over is not null then nullif(greatest(u.used + excluded.used - excluded.most, 0), 0) end;

  return null;
end $$;

-- Which of these lines go beyond what a customer may have for themselves: of a benefit, by a campaign link, by a personal link.
create function beyond_own_limits(lines ticket_lines[]) returns table (line uuid, code text) language sql stable as $$
  select l.id, 'benefit_used_up' from unnest(lines) l
  join benefits b on b.tenant_id = l.tenant_id and b.id = l.benefit_id
  cross join lateral (
    select coalesce(sum(tickets), 0) as tickets, count(*) filter (where tickets > 0) as places,
      max(tickets) filter (where mine > 0) as here, bool_or(mine > 0 and tickets <= mine) as begins
    from (
      select sum(t.taken) as tickets, coalesce(sum(t.taken) filter (where t.id in (select w.id from unnest(lines) w)), 0) as mine
      from ticket_lines t
      where t.tenant_id = l.tenant_id and t.assignment_id = l.assignment_id and t.benefit_id = l.benefit_id
      group by coalesce(t.performance_id, t.product_id)) each) u
  where l.taken > 0 and (l.assignment_id is null or u.places > b.most_performances and u.begins
    or case b.tickets_per when 'TOTAL' then u.tickets else u.here end > b.most_tickets)
  union all
  select l.id, 'campaign_used_up' from unnest(lines) l
  join orders o on o.tenant_id = l.tenant_id and o.id = l.order_id
  join campaign_links c on c.tenant_id = l.tenant_id and c.id = l.campaign_link_id
  left join personal_links p on p.tenant_id = l.tenant_id and p.id = l.personal_link_id
  cross join lateral (
    select sum(t.taken) as tickets, sum(t.taken) filter (where t.personal_link_id = l.personal_link_id) as personal
    from orders k cross join lateral (
      select * from ticket_lines w where w.tenant_id = l.tenant_id and w.order_id = k.id offset 0) t
    where k.tenant_id = l.tenant_id and k.customer_id = o.customer_id and t.campaign_link_id = l.campaign_link_id) u
  where l.taken > 0 and o.customer_id is not null and (u.tickets > c.most_per_customer or u.personal > p.most)
$$;

create trigger count_lines_inserted after insert on ticket_lines referencing new table as new_lines
  for each statement execute function count_lines();
create trigger count_lines_updated after update on ticket_lines referencing old table as old_lines new table as new_lines
  for each statement execute function count_lines();
create trigger count_lines_deleted after delete on ticket_lines referencing old table as old_lines
  for each statement execute function count_lines();
