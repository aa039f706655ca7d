"""What pools give their customers, through the API: set whole, shown where they hold, deleted."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenants import tenancy
from tenants.catalogue import Production, TicketType
from tenants.discounts import Discount
from tenants.organisations import Organisation
from tenants.pool_terms import PoolTerms
from tenants.pools import Pool
from tenants.products import Product
from tests.asking import gid
from tests.builders import make_performance, make_token
from tests.gateway.clients import ask, client, codes
from tests.groups import a_house, refused, rows_of, told

SHOWN = """id saleStartsAt most mostPer allotment performance { id } production { id } product { id }
  discounts { id ticketType { name } percent amount { amount currencyCode } price { amount } }"""
SET = f"""mutation ($pool: ID!, $input: PoolTermsInput!) {{ poolTermsSet(poolId: $pool, input: $input) {{
  userErrors {{ code field }} poolTerms {{ {SHOWN} }} }} }}"""
DELETE = "mutation ($id: ID!) { poolTermsDelete(id: $id) { userErrors { code field } deletedId } }"
OF_A_POOL = f"query ($id: ID!) {{ pool(id: $id) {{ terms {{ nodes {{ {SHOWN} }} }} }} }}"
OF_A_PERFORMANCE = "query ($id: ID!) { performance(id: $id) { poolTerms { nodes { most pool { name } } } } }"
OF_A_PRODUCT = "query ($id: ID!) { product(id: $id) { poolTerms { nodes { most } } } }"
START = "2026-11-01T09:00:00Z"


@pytest.fixture
async def asking():
    async with client() as connected:
        yield connected


class House:
    """A venue with a pool and what its terms may be for."""

    venue: Any
    key: str

    @classmethod
    async def make(cls, asking: Any) -> "House":
        house = cls()
        house.asking = asking
        house.venue, house.key, *_ = await a_house()
        async with tenancy.scope(house.venue.id):
            house.pool = await Pool.create(name="Members", number=7)
            house.production = await Production.create(name="Hedda Gabler")
            house.performance = await make_performance(production_id=house.production.id)
            house.product = await Product.create(name="Series A", kind="SUBSCRIPTION")
            house.adult, house.child = [await TicketType.create(name=name) for name in ("Adult", "Child")]
        return house

    async def set(self, *, token: str | None = None, pool: Any = None, **given: Any) -> Any:
        return await told(self.asking, token or self.key, SET, pool=pool or gid(self.pool), input=given)

    async def terms(self) -> list[Any]:
        (only,) = (await told(self.asking, self.key, OF_A_POOL, id=gid(self.pool))).values()
        return only["nodes"]


@pytest.fixture
async def house(asking):
    return await House.make(asking)


async def test_po4_a_pool_has_a_sale_start_of_its_own_for_a_performance_a_production_a_product_or_everything(house):
    places = {
        "performance": {"performanceId": gid(house.performance)},
        "production": {"productionId": gid(house.production)},
        "product": {"productId": gid(house.product)},
        "everything": {},
    }
    made = {}
    for place, given in places.items():
        done = await house.set(saleStartsAt="2026-11-01T10:00:00+01:00", **given)
        assert done["userErrors"] == []
        made[place] = done["poolTerms"]
        shown = {column.removesuffix("Id"): {"id": row_id} for column, row_id in given.items()}
        nothing = dict.fromkeys(["performance", "production", "product", "most", "allotment"])
        rest = {key: value for key, value in made[place].items() if key != "id"}
        assert rest == {**nothing, **shown, "saleStartsAt": START, "mostPer": "CUSTOMER", "discounts": []}
    assert await house.terms() == list(made.values())

    for wrong in ({**places["performance"], **places["production"]}, {**places["product"], **places["production"]}):
        assert (await house.set(most=1, **wrong))["userErrors"] == refused("INVALID_VALUE", "input", "productId")
    assert len(await rows_of(house.venue, PoolTerms)) == 4


async def test_po5_a_pool_has_discounts_by_per_cent_amount_or_price_for_each_or_all_ticket_types(house):
    given = [
        {"ticketTypeId": gid(house.adult), "percent": "12.5"},
        {"ticketTypeId": gid(house.child), "price": "99.90"},
        {"amount": "50"},
    ]
    done = (await house.set(performanceId=gid(house.performance), discounts=given))["poolTerms"]
    ids = {one["ticketType"]["name"] if one["ticketType"] else None: one.pop("id") for one in done["discounts"]}
    assert done["discounts"] == [
        {"ticketType": {"name": "Adult"}, "percent": "12.50", "amount": None, "price": None},
        {"ticketType": {"name": "Child"}, "percent": None, "amount": None, "price": {"amount": "99.90"}},
        {"ticketType": None, "percent": None, "amount": {"amount": "50.00", "currencyCode": "NOK"}, "price": None},
    ]
    stored = {(row.basis_points, row.amount, row.price) for row in await rows_of(house.venue, Discount)}
    assert stored == {(1250, None, None), (None, None, 9990), (None, 5000, None)}

    changed = (await house.set(performanceId=gid(house.performance), discounts=given[1:]))["poolTerms"]
    left = {one["ticketType"]["name"] if one["ticketType"] else None: one["id"] for one in changed["discounts"]}
    assert (changed["id"], left) == (done["id"], {"Child": ids["Child"], None: ids[None]})

    for wrong, code, *field in (
        ({"percent": "12.345"}, "INVALID_VALUE", "percent"),
        ({"percent": "100.01"}, "INVALID_VALUE", "percent"),
        ({"percent": "0"}, "INVALID_VALUE", "percent"),
        ({"amount": "0"}, "INVALID_VALUE", "amount"),
        ({"price": "-1"}, "INVALID_VALUE", "price"),
        ({"price": "1", "amount": "1"}, "INVALID_VALUE", "price"),
        ({}, "REQUIRED", "percent"),
        ({"ticketTypeId": "TicketType_" + "0" * 32, "price": "1"}, "UNKNOWN_REFERENCE", "ticketTypeId"),
    ):
        done = await house.set(performanceId=gid(house.performance), discounts=[wrong])
        assert done["userErrors"] == refused(code, "input", "discounts", "0", *field)
    twice = await house.set(discounts=[given[2], given[2]])
    assert twice["userErrors"] == refused("CONFLICTING_ROWS", "input", "discounts", "1")
    assert len(await rows_of(house.venue, Discount)) == 2


async def test_po6_a_pool_has_a_quota_per_customer_or_per_order_and_an_allotment(house):
    here = {"performanceId": gid(house.performance)}
    done = (await house.set(most=6, mostPer="ORDER", allotment=40, **here))["poolTerms"]
    assert (done["most"], done["mostPer"], done["allotment"]) == (6, "ORDER", 40)
    done = (await house.set(allotment=0, **here))["poolTerms"]
    assert (done["most"], done["mostPer"], done["allotment"]) == (None, "CUSTOMER", 0)

    for wrong, field in (({"most": 0}, "most"), ({"most": 100_001}, "most"), ({"allotment": -1}, "allotment")):
        assert (await house.set(**wrong, **here))["userErrors"] == refused("INVALID_VALUE", "input", field)
    assert (await house.set(**here))["userErrors"] == refused("REQUIRED")
    (row,) = await rows_of(house.venue, PoolTerms)
    assert (row.most, row.allotment) == (None, 0)


async def test_terms_are_set_whole_and_twice_is_once(house):
    given = {"saleStartsAt": START, "most": 4, "discounts": [{"percent": "10"}], "productionId": gid(house.production)}
    first = await house.set(pool="7", **given)
    before = await rows_of(house.venue, PoolTerms), await rows_of(house.venue, Discount)
    assert await house.set(**given) == first
    after = await rows_of(house.venue, PoolTerms), await rows_of(house.venue, Discount)
    assert [(row.id, row.updated_at) for row in after[0]] == [(row.id, row.updated_at) for row in before[0]]
    assert [row.id for row in after[1]] == [row.id for row in before[1]]

    changed = (await house.set(productionId=gid(house.production), most=2))["poolTerms"]
    assert (changed["id"], changed["saleStartsAt"], changed["discounts"]) == (first["poolTerms"]["id"], None, [])

    assert (await told(house.asking, house.key, DELETE, id=changed["id"]))["deletedId"] == changed["id"]
    assert await house.terms() == await rows_of(house.venue, PoolTerms) == []
    assert (await told(house.asking, house.key, DELETE, id=changed["id"]))["userErrors"] == refused("NOT_FOUND")


async def test_a_performance_shows_what_pools_give_for_it_for_its_production_and_for_everything(house):
    async with tenancy.scope(house.venue.id):
        other = await make_performance()
        out_of_use = await Pool.create(name="Old", number=8)
        await PoolTerms.create(pool_id=out_of_use.id, most=9)
        await Pool.filter(id=out_of_use.id).update(archived_at=datetime(2026, 1, 1, tzinfo=UTC))
    places = [
        {"performanceId": gid(house.performance)},
        {"productionId": gid(house.production)},
        {"productId": gid(house.product)},
    ]
    for most, place in enumerate([*places, {}], 1):
        await house.set(most=most, **place)

    async def shown(query: str, row: Any) -> list[int]:
        (only,) = (await told(house.asking, house.key, query, id=gid(row))).values()
        return [each["most"] for each in only["nodes"]]

    assert await shown(OF_A_PERFORMANCE, house.performance) == [1, 2, 4]
    assert await shown(OF_A_PERFORMANCE, other) == [4]
    assert await shown(OF_A_PRODUCT, house.product) == [3, 4]
    assert (await house.set(pool="8", most=1))["userErrors"] == refused("WRONG_STATE")


async def test_terms_are_hidden_with_their_pool_and_set_by_whom_the_pool_belongs_to(house):
    async with tenancy.scope(house.venue.id):
        theatre, cinema = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
        film = await make_performance(organisation_ids=[cinema.id])
        own = await Pool.create(name="Ours", number=9, organisation_ids=[theatre.id])
        hidden = await Pool.create(name="Theirs", number=10, organisation_ids=[cinema.id])
        theirs = await PoolTerms.create(pool_id=hidden.id, performance_id=house.performance.id, most=3)
        whole = await PoolTerms.create(pool_id=house.pool.id, performance_id=film.id, most=3)
    limited = await make_token(house.venue, "MARKETING", organisation_ids=[theatre.id])

    answer = await ask(house.asking, SET, token=limited, pool=gid(house.pool), input={"most": 1})
    assert codes(answer) == ["FORBIDDEN"]
    assert (await house.set(token=limited, pool=gid(hidden), most=1))["userErrors"] == refused("NOT_FOUND")
    assert (await house.set(token=limited, pool="10", most=1))["userErrors"] == refused("NOT_FOUND")
    no = await house.set(token=limited, pool=gid(own), most=1, performanceId=gid(film))
    assert no["userErrors"] == refused("UNKNOWN_REFERENCE", "input", "performanceId")
    for terms in (theirs, whole):
        assert (await told(house.asking, limited, DELETE, id=gid(terms)))["userErrors"] == refused("NOT_FOUND")
    assert (await told(house.asking, limited, OF_A_POOL, id=gid(house.pool)))["terms"]["nodes"] == []
    (only,) = (await told(house.asking, limited, OF_A_PERFORMANCE, id=gid(house.performance))).values()
    assert only["nodes"] == []
    assert (await house.set(token=limited, pool=gid(own), most=1))["userErrors"] == []
    assert [(row.pool_id, row.most) for row in await rows_of(house.venue, PoolTerms)] == [
        (hidden.id, 3), (house.pool.id, 3), (own.id, 1),
    ]  # fmt: skip


async def test_another_venues_rows_are_names_of_nothing(house, asking):
    theirs = await House.make(asking)
    done = (await theirs.set(most=2))["poolTerms"]
    for place in (
        {"performanceId": gid(theirs.performance)},
        {"productionId": gid(theirs.production)},
        {"productId": gid(theirs.product)},
    ):
        (field,) = place
        assert (await house.set(most=1, **place))["userErrors"] == refused("UNKNOWN_REFERENCE", "input", field)
    assert (await house.set(pool=gid(theirs.pool), most=1))["userErrors"] == refused("NOT_FOUND")
    assert (await told(asking, house.key, DELETE, id=done["id"]))["userErrors"] == refused("NOT_FOUND")
    assert [row.most for row in await rows_of(theirs.venue, PoolTerms)] == [2]
    assert await rows_of(house.venue, PoolTerms) == []
