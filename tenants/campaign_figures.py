"""What came of campaign links: clicks, and what was sold by them. Sales are those that the caller sees (Requirement D54)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tenants import tenancy
from tenants.eligibility.statement import LAPSED
from tenants.organisations import visible
from tenants.sql import Sql, sql


@dataclass(frozen=True, slots=True)
class Sales:
    """What stands of what was bought by a link, less what was paid back: orders with something left, tickets (or subscriptions),
    minor units with VAT and without fees; and by how many personal links."""

    orders: int = 0
    tickets: int = 0
    revenue: int = 0
    personal_links: int = 0


@dataclass(frozen=True, slots=True)
class PersonalLinks:
    """How many were made, and how many of them were followed."""

    made: int = 0
    clicked: int = 0


@dataclass(frozen=True, slots=True)
class ClicksPerDay:
    """Asks for the days of the venue with clicks, from `first` to `last` (None: all), in order."""

    first: date | None
    last: date | None

    async def __call__(self, links: Sequence[UUID]) -> dict[UUID, list[Any]]:
        """Of many campaign links at once: rows with `day` and `clicks`."""
        rows = await tenancy.fetch(
            sql(
                """
                select c.campaign_link_id, c.day, c.clicks from campaign_clicks c
                where c.tenant_id = {venue} and c.campaign_link_id = any({links}::uuid[])
                  and c.day between coalesce({first}::date, '-infinity') and coalesce({last}::date, 'infinity')
                order by c.day
                """,
                links=list(links),
                first=self.first,
                last=self.last,
            )
        )
        return {link: [row for row in rows if row.campaign_link_id == link] for link in links}


async def clicks(links: Sequence[UUID]) -> dict[UUID, int]:
    """All clicks on each of these campaign links, personal ones among them."""
    rows = await tenancy.fetch(
        sql(
            "select c.campaign_link_id, sum(c.clicks)::bigint as clicks from campaign_clicks c "
            "where c.tenant_id = {venue} and c.campaign_link_id = any({links}::uuid[]) group by c.campaign_link_id",
            links=list(links),
        )
    )
    return dict.fromkeys(links, 0) | {row.campaign_link_id: row.clicks for row in rows}


async def personal_links(links: Sequence[UUID]) -> dict[UUID, PersonalLinks]:
    """The personal links of each of these campaign links."""
    rows = await tenancy.fetch(
        sql(
            "select p.campaign_link_id, count(*) as made, count(*) filter (where p.clicks > 0) as clicked "
            "from personal_links p where p.tenant_id = {venue} and p.campaign_link_id = any({links}::uuid[]) "
            "group by p.campaign_link_id",
            links=list(links),
        )
    )
    return dict.fromkeys(links, PersonalLinks()) | {row.campaign_link_id: PersonalLinks(row.made, row.clicked) for row in rows}


async def sales(links: Sequence[UUID]) -> dict[UUID, Sales]:
    """What was sold by each of these campaign links."""
    rows = await tenancy.fetch(
        sql(
            """
            select s.campaign_link_id, count(distinct s.order_id) filter (where s.quantity > 0) as orders,
              sum(s.quantity)::bigint as tickets, sum(s.amount)::bigint as revenue,
              count(distinct s.personal_link_id) filter (where s.quantity > 0) as personal_links
            from ({sold}) s group by s.campaign_link_id
            """,
            sold=_sold(
                sql("l.campaign_link_id = any({links}::uuid[])", links=list(links)),
                sql("l.state in ('VALID', 'COMPLIMENTARY') and o.state = 'CONFIRMED'"),
            ),
        )
    )
    found = {row.campaign_link_id: Sales(row.orders, row.tickets, row.revenue, row.personal_links) for row in rows}
    return dict.fromkeys(links, Sales()) | found


async def used(links: Sequence[UUID]) -> dict[UUID, int]:
    """The tickets for which each of these personal links was used, those that are only reserved among them."""
    theirs = sql(
        "l.personal_link_id = any({links}::uuid[]) and l.campaign_link_id in (select p.campaign_link_id from personal_links p "
        "where p.tenant_id = {venue} and p.id = any({links}::uuid[]))",
        links=list(links),
    )
    rows = await tenancy.fetch(
        sql(
            "select l.personal_link_id, sum(l.taken)::bigint as tickets from ticket_lines l "
            "where l.tenant_id = {venue} and {theirs} and l.order_id not in ({lapsed}) and {seen} group by l.personal_link_id",
            theirs=theirs,
            lapsed=sql(LAPSED),
            seen=visible("ticket_lines", "l").wrapped(),
        )
    )
    return dict.fromkeys(links, 0) | {row.personal_link_id: row.tickets for row in rows}


def _sold(which: Sql, counts: Sql) -> Sql:
    """Lines that count, each less its refunds, wherever these stand."""
    return sql(
        """
        select l.campaign_link_id, l.personal_link_id, l.order_id, l.quantity - l.given_back as quantity,
          l.amount + coalesce(back.amount, 0) as amount
        from ticket_lines l join orders o on o.tenant_id = {venue} and o.id = l.order_id
        left join lateral (
          select sum(r.amount) as amount from ticket_lines r
          where r.tenant_id = {venue} and r.refund_of = l.id and r.state in ('RESERVED', 'VALID', 'COMPLIMENTARY')) back on true
        where l.tenant_id = {venue} and {which} and {counts} and l.refund_of is null and {seen}
        """,
        which=which,
        counts=counts,
        seen=visible("ticket_lines", "l").wrapped(),
    )
