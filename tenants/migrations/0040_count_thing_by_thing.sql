-- The same as in 0039 (see 0038 for why), with what is taken counted thing by thing, which is what a purchase has one or two of: one
-- statement for all of them takes PostgreSQL longer to set up than all of these to run.
create or replace function count_lines() returns trigger language plpgsql set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  was ticket_lines[];
  now ticket_lines[];
  venue uuid;
  held uuid[];
  buyers uuid[];
  refunds boolean;
  own boolean;
  moved uuid[];
  beyond text;
  taken_of record;
  limited bigint;
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
  if tg_op <> 'INSERT' then select array_agg(l) into was from old_lines l; end if;
  if tg_op <> 'DELETE' then select array_agg(l) into now from new_lines l; end if;
  venue := coalesce(now[1].tenant_id, was[1].tenant_id);
  if venue is null then return null; end if;  -- what is written below comes here again
  if greatest(cardinality(now), cardinality(was)) > 50 then  -- a plan made for one line, in small tables, reads all orders for each
    perform set_config('plan_cache_mode', 'force_custom_plan', true);
  end if;

  select array_agg(n.order_id) filter (where n.taken > 0 and o.state = 'RESERVED' and o.expires_at is not null),
    array_agg(o.customer_id) filter (where n.taken > 0 and o.state = 'RESERVED' and o.expires_at is not null),
    array_agg(n.id) filter (where n.order_stands <> (o.state in ('RESERVED', 'CONFIRMED'))),
    bool_or(n.refund_of is not null), bool_or(num_nonnulls(n.benefit_id, n.campaign_link_id) > 0)
  into held, buyers, moved, refunds, own from unnest(now) n join orders o on o.tenant_id = n.tenant_id and o.id = n.order_id;

  if moved is not null then
    update ticket_lines set order_stands = not order_stands where tenant_id = venue and id = any(moved);
  end if;

  if was is not null and not coalesce(refunds, false) then
    refunds := exists (select from unnest(was) l where l.refund_of is not null);
  end if;
  if refunds then
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
    perform from customers c where c.tenant_id = venue and c.id = any(buyers) order by c.id for no key update;
    if own then
      select b.code into beyond from beyond_own_limits(array(select n from unnest(now) n where n.order_id = any(held))) b limit 1;
    end if;
    if beyond is not null then
      raise exception 'more than a customer may have' using errcode = 'check_violation', constraint = beyond;
    end if;
  end if;

  -- Last, for all others wait for it until the commit; in one order, so that none waits in a circle. An `over` of null means that no
  -- more may be taken than there is.
  for taken_of in
    select t.performance_id, t.product_id, t.pool_id, t.campaign_link_id, sum(l.taken) as tickets,
      sum(l.taken) > 0 and coalesce(bool_or(l.order_id = any(held)), false) as strictly
    from (select order_id, performance_id, product_id, pool_id, campaign_link_id, taken from unnest(now) n
          union all
          select order_id, performance_id, product_id, pool_id, campaign_link_id, -taken from unnest(was) w) l
    cross join lateral (values
      (l.performance_id, null::uuid, null::uuid, null::uuid),
      (case when l.pool_id is not null then l.performance_id end, case when l.pool_id is not null then l.product_id end,
       l.pool_id, null),
      (null, null, null, l.campaign_link_id)) t (performance_id, product_id, pool_id, campaign_link_id)
    where l.taken <> 0 and num_nonnulls(t.performance_id, t.pool_id, t.campaign_link_id) > 0
    group by 1, 2, 3, 4 having sum(l.taken) <> 0
    order by 1, 2, 3 nulls first, 4 nulls first
  loop
    if taken_of.pool_id is not null then
      -- In words that an index knows, for a pool may have terms for each of thousands.
      select case when bool_and(t.allotment is not null) then max(t.allotment) end into limited from pool_terms t
      where t.tenant_id = venue and t.pool_id = taken_of.pool_id
        and (t.performance_id = taken_of.performance_id or t.performance_id is null
             and (num_nonnulls(t.production_id, t.product_id) = 0 or t.product_id = taken_of.product_id
                  or t.production_id = (select p.production_id from performances p
                                        where p.tenant_id = venue and p.id = taken_of.performance_id)));
    elsif taken_of.campaign_link_id is not null then
      select k.most into limited from campaign_links k where k.tenant_id = venue and k.id = taken_of.campaign_link_id;
    else
      select p.capacity into limited from performances p where p.tenant_id = venue and p.id = taken_of.performance_id;
    end if;

    insert into usages as u (tenant_id, id, performance_id, product_id, pool_id, campaign_link_id, used, most, over)
    values (venue, gen_random_uuid(), taken_of.performance_id, taken_of.product_id, taken_of.pool_id, taken_of.campaign_link_id,
      taken_of.tickets, limited, case when not taken_of.strictly then greatest(taken_of.tickets - limited, 0) end)
    on conflict (tenant_id, performance_id, product_id, pool_id, campaign_link_id) do update set
      used = u.used + excluded.used, most = excluded.most,
      over = case when excluded.over is not null then nullif(greatest(u.used + excluded.used - excluded.most, 0), 0) end;
  end loop;

  return null;
end $$;
