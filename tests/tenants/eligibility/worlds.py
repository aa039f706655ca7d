"""Random venues where many rights meet: small enough to be read by eye, crowded enough that limits are reached."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from tenants.assignments import Assignment
from tenants.benefits import Benefit
from tenants.campaign_links import CampaignLink
from tenants.catalogue import Production, TicketType
from tenants.couplings import Coupling
from tenants.discounts import Discount
from tenants.flags import Flag
from tenants.ids import new_id
from tenants.orders import Order, TicketLine
from tenants.performances import Performance, Price
from tenants.personal_links import PersonalLink
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tenants.products import Product, ProductPrice
from tenants.sql import sql
from tenants.tenancy import execute
from tests.builders import make_customer

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
MOMENTS = [NOW + timedelta(hours=h) for h in (0, 11, 24, 30, 60, 24 * 10)]  # 11: the next day has begun in Oslo


@dataclass
class Made:
    """What can be asked about."""

    places: list[tuple[Any, UUID]]
    customers: list[UUID | None]
    campaigns: list[UUID | None]


class Maker:
    """Makes one world of a seed, inside a scope."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def some(self, values: Any, most: int) -> list[Any]:
        values = list(values)
        return self.random.sample(values, self.random.randint(0, min(most, len(values))))

    def moment(self) -> datetime | None:
        return self.random.choice([None, *(NOW + timedelta(hours=h) for h in (-48, -1, 12, 24, 48))])

    def maybe(self, *values: Any) -> Any:
        return self.random.choice([None, *values])

    async def world(self) -> Made:
        productions = [await Production.create(name=f"Work {n}") for n in range(2)]
        types = [await TicketType.create(name=f"Type {n}", restricted=n >= 2) for n in range(5)]
        performances = [await self.performance(productions) for _ in range(3)]
        products = [await self.product()]
        for place, record, column in [
            *((p, Price, "performance_id") for p in performances),
            *((p, ProductPrice, "product_id") for p in products),
        ]:
            for each in self.some(types, 5):
                for level in self.random.choice([[""], ["A", "B"]]):
                    await record.create(
                        **{column: place.id},
                        ticket_type_id=each.id,
                        price_level=level,
                        amount=self.random.choice([333, 5_005, 45_000]),
                    )
        customers = [(await make_customer(f"No. {n}")).id for n in range(3)]
        flags, benefits = await self.flags(types, performances, products)
        pools, terms = await self.pools(types, productions, performances, products)
        links, personal = await self.links(types, productions, performances, products, flags, customers)
        given = await self.assignments(customers, flags, pools)
        await self.orders(customers, performances, products, given, benefits, terms, links, personal)
        return Made(
            [*(("PERFORMANCE", p.id) for p in performances), *(("PRODUCT", p.id) for p in products)],
            [None, *customers],
            [None, *(link.id for link in links)],
        )

    async def performance(self, productions: list[Any]) -> Any:
        start, end = self.moment(), NOW + timedelta(days=self.random.choice([2, 9]))
        return await Performance.create(
            production_id=self.random.choice(productions).id,
            starts_at=self.maybe(NOW + timedelta(hours=30), NOW + timedelta(days=20)),
            sale_starts_at=start,
            sale_ends_at=self.maybe(end),
            status=self.random.choice(["ON_SALE"] * 5 + ["PAUSED", "ANNOUNCED"]),
            capacity=self.maybe(0, 4, 12, 400),
            max_per_order=self.maybe(2, 6),
            max_per_customer=self.maybe(1, 3, 8),
        )

    async def product(self) -> Any:
        return await Product.create(name="Series", kind="SUBSCRIPTION", sale_starts_at=self.moment(), status="ON_SALE")

    async def flags(self, types: list[Any], performances: list[Any], products: list[Any]) -> tuple[list[Any], list[Any]]:
        flags = [
            await Flag.create(name=f"Flag {n}", abbreviation=str(n), archived_at=self.random.choice([None] * 5 + [NOW]))
            for n in range(3)
        ]
        benefits = []
        for flag in flags:
            mine = [
                await Benefit.create(
                    flag_id=flag.id,
                    ticket_type_id=each.id,
                    most_performances=self.random.choice([None, 1, 1, 2]),
                    most_tickets=self.random.choice([1, 3, 50]),
                    tickets_per=self.random.choice(["PERFORMANCE", "TOTAL"]),
                    archived_at=self.random.choice([None] * 5 + [NOW]),
                )
                for each in self.some(types[1:], 3)
            ]
            benefits += mine
            for place, column in [*((p, "performance_id") for p in performances), *((p, "product_id") for p in products)]:
                if self.random.random() < 0.9:
                    coupling = await Coupling.create(flag_id=flag.id, **{column: place.id})
                    for benefit in self.some(mine, 2):
                        if start := self.moment():
                            await execute(
                                sql(
                                    "insert into coupling_starts (tenant_id, coupling_id, benefit_id, sale_starts_at) "
                                    "values ({venue}, {coupling}, {benefit}, {start})",
                                    coupling=coupling.id, benefit=benefit.id, start=start,
                                )
                            )  # fmt: skip
        return flags, benefits

    async def pools(self, types: list[Any], productions: list[Any], performances: list[Any], products: list[Any]) -> Any:
        pools = [
            await Pool.create(name=f"Pool {n}", number=n, archived_at=self.random.choice([None] * 5 + [NOW])) for n in range(3)
        ]
        terms = []
        for pool in pools:
            places = [
                {},
                *({"performance_id": p.id} for p in performances),
                *({"production_id": p.id} for p in productions),
                *({"product_id": p.id} for p in products),
            ]
            for place in self.some(places, 3):
                made = await PoolTerms.create(
                    pool_id=pool.id,
                    sale_starts_at=self.moment(),
                    most=self.maybe(1, 2, 5, 10),
                    most_per=self.random.choice(["CUSTOMER", "ORDER"]),
                    allotment=self.maybe(0, 2, 50),
                    **place,
                )
                terms.append(made)
                for each in self.some([None, *types], 3):
                    await Discount.create(pool_terms_id=made.id, ticket_type_id=each and each.id, **self.less())
        return pools, terms

    def less(self) -> dict[str, int]:
        return self.random.choice(
            [{"basis_points": 1_250}, {"basis_points": 3_333}, {"amount": 400}, {"amount": 50_000}, {"price": 300}]
        )

    async def links(
        self,
        types: list[Any],
        productions: list[Any],
        performances: list[Any],
        products: list[Any],
        flags: list[Any],
        customers: Any,
    ) -> Any:
        links, personal = [], []
        for n in range(3):
            start = self.moment()
            link = await CampaignLink.create(
                name=f"Link {n}",
                performance_ids=[p.id for p in self.some(performances, 2)],
                production_ids=[p.id for p in self.some(productions, 1)],
                product_ids=[p.id for p in self.some(products, 1)],
                flag_ids=[f.id for f in self.some(flags, 2)],
                access=self.random.choice(["ANYONE", "FLAGGED", "PERSONAL"]),
                starts_at=start,
                ends_at=self.maybe((start or NOW) + timedelta(hours=24)),
                most=self.maybe(1, 3, 40),
                most_per_customer=self.maybe(1, 2),
                archived_at=self.random.choice([None] * 5 + [NOW]),
            )
            links.append(link)
            for each in self.some(types, 3):
                await Discount.create(campaign_link_id=link.id, ticket_type_id=each.id, **self.random.choice([{}, self.less()]))
            for customer in self.some(customers, 2):
                revoked = self.random.choice([None] * 4 + [NOW])
                personal.append(
                    await PersonalLink.create(
                        campaign_link_id=link.id, customer_id=customer, most=self.maybe(1, 3), revoked_at=revoked
                    )
                )
        return links, personal

    async def assignments(self, customers: list[UUID], flags: list[Any], pools: list[Any]) -> list[Any]:
        given = []
        for customer in customers:
            groups = [*({"flag_id": f.id} for f in self.some(flags, 3)), *({"pool_id": p.id} for p in self.some(pools, 3))]
            for group in groups:
                ended = self.random.choice([{}] * 5 + [{"ended_at": NOW, "end_reason": "REMOVED"}])
                last = self.random.choice(
                    [None, None, date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 2), date(2026, 12, 1)]
                )
                given.append(await Assignment.create(customer_id=customer, source="MANUAL", expires_on=last, **group, **ended))
        return given

    async def orders(
        self, customers: Any, performances: Any, products: Any, given: Any, benefits: Any, terms: Any, links: Any, personal: Any
    ) -> None:
        for _ in range(self.random.randint(0, 24)):
            customer = self.random.choice([None, *customers])
            order = await Order.create(
                customer_id=customer, channel="ONLINE", currency="NOK", ordered_at=NOW,
                state=self.random.choice(["CONFIRMED"] * 4 + ["RESERVED"] * 4 + ["CANCELLED", "REFUNDED"]),
            )  # fmt: skip
            place = self.random.choice(
                [*({"performance_id": p.id} for p in performances), *({"product_id": p.id} for p in products)]
            )
            line = await TicketLine.create(
                order_id=order.id, price=100, amount=100, quantity=self.random.choice([1, 1, 2, 3]),
                state=self.random.choice(["VALID"] * 5 + ["COMPLIMENTARY", "RESERVED", "REFUNDED", "CANCELLED"]),
                **place, **self.right(customer, given, benefits, terms, links, personal),
            )  # fmt: skip
            if self.random.random() < 0.25:
                await TicketLine.create(
                    id=new_id(), order_id=order.id, price=100, amount=-100, quantity=-1, refund_of=line.id, state="VALID", **place
                )
            if order.state == "RESERVED" and self.random.random() < 0.7:  # once it stands: what is held is held to the limits
                lapse = "update orders set expires_at = now() - interval '1 minute' where tenant_id = {venue} and id = {order}"
                await execute(sql(lapse, order=order.id))

    def right(self, customer: Any, given: Any, benefits: Any, terms: Any, links: Any, personal: Any) -> dict[str, UUID]:
        """By what right it was bought: any that there is, without asking whether it was allowed."""
        ways: list[dict[str, UUID]] = [{}]
        for assignment in given:
            mine = [b for b in benefits if b.flag_id == assignment.flag_id]
            if assignment.customer_id == customer and mine:
                ways += [{"assignment_id": assignment.id, "benefit_id": b.id} for b in mine] * 4
        ways += [{"pool_id": t.pool_id} for t in terms]
        ways += [{"campaign_link_id": each.id} for each in links]
        ways += [
            {"campaign_link_id": p.campaign_link_id, "personal_link_id": p.id} for p in personal if p.customer_id == customer
        ] * 4
        return self.random.choice(ways)
