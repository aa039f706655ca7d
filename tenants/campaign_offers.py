"""What somebody who comes to the shop by a campaign link may know of the offer."""

from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.assignments import TODAY, standing
from tenants.campaign_links import CampaignLink
from tenants.campaign_tokens import named
from tenants.organisations import shared_with
from tenants.pages import Through
from tenants.sql import Sql, every, sql


async def entered(token: str) -> UUID | None:
    """The campaign link that somebody comes by with a token; None for a personal one, which opens by who is signed in."""
    its = await named(token)
    return its.link if its and its.personal is None else None


async def shown(token: str) -> Any:
    """The campaign link of a token, if it is open to whoever is signed in to the shop, or to anybody; else None."""
    if (its := await named(token)) is None:
        return None
    personal = _personal(its.personal)
    by_it = sql(
        "case t.access when 'PERSONAL' then {personal} when 'FLAGGED' then {flagged} else true end",
        personal=personal,
        flagged=_flagged(),
    )
    whose = personal if its.personal else sql("true")
    rows = await CampaignLink.rows(every([sql("t.id = {link}", link=its.link), shared_with("t"), by_it, whose]))
    return rows[0] if rows else None


async def own() -> list[Any]:
    """The campaign links that are open without an address to the customer who is signed in, and have not ended: by a flag or by a
    personal link (Requirement C1)."""
    by_it = sql(
        "case t.access when 'PERSONAL' then {personal} when 'FLAGGED' then {flagged} else {personal} or {flagged} end",
        personal=_personal(),
        flagged=_flagged(),
    )
    live = sql("t.archived_at is null and (t.ends_at is null or t.ends_at > now())")
    return await CampaignLink.rows(every([live, shared_with("t"), by_it]), tail=sql("order by t.ends_at nulls last, t.id"))


def _personal(which: UUID | None = None) -> Sql:
    return sql(
        "exists (select from personal_links p where p.tenant_id = {venue} and p.campaign_link_id = t.id "
        "and p.revoked_at is null and p.customer_id = {customer} and ({which}::uuid is null or p.id = {which}))",
        customer=tenancy.current().customer,
        which=which,
    )


def _flagged() -> Sql:
    return sql(
        "exists (select from assignments a where a.tenant_id = {venue} and a.customer_id = {customer} "
        "and a.flag_id = any(t.flag_ids) and {standing})",
        customer=tenancy.current().customer,
        standing=standing("a", TODAY),
    )


def _ahead() -> Sql:
    return sql(
        """
        exists (select from campaign_links c where c.tenant_id = {venue} and c.id = parent.id
          and (t.id = any(c.performance_ids) or t.production_id = any(c.production_ids)))
        and (t.starts_at is null or t.starts_at + case when t.time_known then interval '0' else interval '1 day' end > now())
        """
    )


AHEAD = Through(_ahead)
"""The performances a campaign link is for that are not over."""
