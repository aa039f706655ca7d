-- A refund whose purchase is not known gives nothing back of what is counted, for that was never counted. Before, it was taken off,
-- and as many more could be sold than there are.
alter table ticket_lines drop column taken;
alter table ticket_lines add column taken int not null generated always as (
  case when order_stands and refund_of is null and quantity > 0 and state in ('RESERVED', 'VALID', 'COMPLIMENTARY')
    then quantity - given_back else 0 end) stored;

do $$ declare venue uuid; begin
  for venue in select id from venues loop
    perform set_config('app.tenant', venue::text, true);
    with refunds as materialized (
      select performance_id, product_id, pool_id, campaign_link_id, -quantity as tickets from ticket_lines
      where tenant_id = venue and quantity < 0 and refund_of is null and order_stands
        and state in ('RESERVED', 'VALID', 'COMPLIMENTARY')),
    missed as (
      select performance_id, null::uuid as product_id, null::uuid as pool_id, null::uuid as campaign_link_id, sum(tickets) as tickets
        from refunds where performance_id is not null group by 1
      union all select performance_id, product_id, pool_id, null, sum(tickets) from refunds where pool_id is not null group by 1, 2, 3
      union all select null, null, null, campaign_link_id, sum(tickets) from refunds where campaign_link_id is not null group by 4)
    update usages u set used = u.used + m.tickets,
      over = case when u.used + m.tickets > u.most then u.used + m.tickets - u.most else u.over end
    from missed m where u.tenant_id = venue and u.performance_id is not distinct from m.performance_id
      and u.product_id is not distinct from m.product_id and u.pool_id is not distinct from m.pool_id
      and u.campaign_link_id is not distinct from m.campaign_link_id;
  end loop;
  perform set_config('app.tenant', '', true);
end $$;
