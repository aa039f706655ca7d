"""Clicks on campaign links: counted, and led on to the venue's shop."""

from tenants import tenancy
from tenants.assignments import TODAY
from tenants.campaign_tokens import Token, link_of
from tenants.sql import sql


async def follow(told: Token, *, counts: bool) -> str | None:
    """The shop that a token leads to; the click is counted on the venue's day, a personal link's on the link too. None when it
    leads nowhere, also because the venue has told no shop address. Opens a scope of its own."""
    async with tenancy.scope(told.venue):
        return await tenancy.fetch_value(  # type: ignore[no-any-return]
            sql(
                """
                with link as materialized (
                  select l.id, l.personal_id, v.shop_url from ({link}) l join venues v on v.id = {venue}
                  where v.shop_url is not null),
                counted as (
                  insert into campaign_clicks as k (tenant_id, campaign_link_id, day, clicks)
                  select {venue}, l.id, {today}, 1 from link l where {counts}
                  on conflict (tenant_id, campaign_link_id, day) do update set clicks = k.clicks + 1),
                noted as (
                  update personal_links p set clicks = p.clicks + 1, clicked_at = now() from link l
                  where p.tenant_id = {venue} and p.id = l.personal_id and {counts})
                select shop_url from link
                """,
                link=link_of(told),
                today=TODAY,
                counts=counts,
            )
        )
