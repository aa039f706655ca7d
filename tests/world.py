"""A small house with everything in it, some of it shared, some of one organisation or promoter; and who sees what, in Python."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from tenants import tenancy
from tenants.catalogue import Category, Hall, Production, Promoter, Season, Tag, TicketType
from tenants.organisations import Organisation
from tenants.sql import sql
from tenants.venues import Venue
from tests.asking import gid
from tests.builders import make_customer, make_line, make_order, make_performance, make_price, make_venue


@dataclass
class World:
    """The rows, by kind."""

    venue: Venue
    rows: dict[str, list[Any]] = field(default_factory=dict)
    tagged: list[tuple[Any, Any]] = field(default_factory=list)

    def add(self, row: Any) -> Any:
        """Remember a row."""
        self.rows.setdefault(type(row).__name__, []).append(row)
        return row


@dataclass(frozen=True)
class Viewer:
    """Whose eyes: of organisations (None: all), of a promoter (None: no promoter), of the public, of a customer among it."""

    organisations: Any = None
    promoter: Any = None
    public: bool = False
    customer: Any = None


async def make_world() -> World:
    """Two organisations, two promoters; a performance for each combination of owners, promoter and whether it is announced."""
    world = World(await make_venue())
    async with tenancy.scope(world.venue.id):
        a, b = [world.add(await Organisation.create(name=name)) for name in "AB"]
        p, q = [world.add(await Promoter.create(name=name, email=f"{name}@example.org")) for name in "PQ"]
        seasons, categories, halls, tags, types = [
            [world.add(await kind.create(name=f"{kind.__name__} {i}")) for i in range(2)]
            for kind in (Season, Category, Hall, Tag, TicketType)
        ]
        types.append(world.add(await TicketType.create(name="TicketType 2", restricted=True)))
        combinations = product(([], [a], [b], [a, b]), (None, p, q), ("ON_SALE", "DRAFT"))
        performances = []
        for number, (owners, promoter, status) in enumerate(combinations):
            production = world.add(await Production.create(name=f"Work {number:02}"))
            tag = tags[number % 2]
            link = "insert into production_tags (tenant_id, production_id, tag_id) values ({venue}, {production}, {tag})"
            await tenancy.execute(sql(link, production=production.id, tag=tag.id))
            world.tagged.append((production.id, tag.id))
            performances.append(
                world.add(
                    await make_performance(
                        production_id=production.id,
                        season_id=seasons[number % 2].id,
                        category_id=categories[number % 2].id,
                        hall_id=halls[number // 2 % 2].id,
                        promoter_id=promoter and promoter.id,
                        organisation_ids=[o.id for o in owners],
                        status=status,
                    )
                )
            )
            world.add(await make_price(performances[-1], types[number % 3]))
        buyers = [world.add(await make_customer(f"Customer {i}")) for i in range(4)]
        for number, performance in enumerate(performances):
            # Each order has two lines, mostly of performances that different people see.
            order = world.add(await make_order(buyers[number % 4]))
            for other in (performance, performances[(number * 7 + 3) % len(performances)]):
                world.add(await make_line(order, other, ticket_type_id=types[number % 3].id))
    return world


def visible_ids(world: World, viewer: Viewer) -> dict[str, set[str]]:
    """Requirement D54 once more, as plain as can be: for each kind the ids of the rows this viewer may see."""
    restricted = viewer.promoter is not None or viewer.public

    def organised(row: Any) -> bool:
        return (
            viewer.organisations is None
            or not row.organisation_ids
            or bool(set(row.organisation_ids) & {o.id for o in viewer.organisations})
        )

    def performance(row: Any) -> bool:
        of_promoter = viewer.promoter is None or row.promoter_id == viewer.promoter.id
        return organised(row) and of_promoter and not (viewer.public and row.status == "DRAFT")

    seen = [row for row in world.rows["Performance"] if performance(row)]
    evenings, works = {row.id for row in seen}, {row.production_id for row in seen}
    lines = [row for row in world.rows["TicketLine"] if row.performance_id in evenings and not viewer.public]
    if viewer.customer:
        bought = {row.id for row in world.rows["Order"] if row.customer_id == viewer.customer.id}
        mine = {row.id for row in world.rows["Performance"] if organised(row)}
        lines = [row for row in world.rows["TicketLine"] if row.order_id in bought and row.performance_id in mine]
    orders = {row.order_id for row in lines}
    hidden = {row.id for row in world.rows["TicketType"] if row.restricted}
    tagged = {tag for work, tag in world.tagged if work in works}

    def spoken_of(column: str) -> Callable[[Any], bool]:
        """The public learns of these from performances alone."""
        ids = {getattr(row, column) for row in seen}
        return lambda row: not viewer.public or row.id in ids

    rules = {
        "Season": spoken_of("season_id"),
        "Category": spoken_of("category_id"),
        "Hall": spoken_of("hall_id"),
        "Tag": lambda row: not viewer.public or row.id in tagged,
        "Performance": lambda row: row.id in evenings,
        "Production": lambda row: not restricted or row.id in works,
        "Price": lambda row: row.performance_id in evenings and not (viewer.public and row.ticket_type_id in hidden),
        "TicketType": lambda row: not viewer.public or row.id not in hidden or row.id in {line.ticket_type_id for line in lines},
        "TicketLine": lambda row: row in lines,
        "Order": lambda row: row.id in orders,
        "Customer": lambda row: row.id == viewer.customer.id if viewer.customer else not restricted,
        "Promoter": lambda row: not viewer.public and (viewer.promoter is None or row.id == viewer.promoter.id),
        "Organisation": lambda row: not viewer.public,
    }
    return {kind: {gid(row) for row in rows if rules.get(kind, lambda row: True)(row)} for kind, rows in world.rows.items()}
