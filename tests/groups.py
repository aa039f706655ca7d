"""A house whose pools, attributes and synchronisations tests write through the API."""

from typing import Any

from tenants import tenancy
from tenants.assignments import TODAY, Assignment, standing
from tenants.attributes import Attribute
from tenants.pools import Pool
from tenants.sql import sql
from tests.asking import gid
from tests.builders import make_customer, make_key, make_venue
from tests.gateway.clients import ask, codes

POOL = """mutation ($input: PoolInput!) { poolCreate(input: $input) { pool { id number } userErrors { code } } }"""
ATTRIBUTE = """mutation ($name: String!) { attributeCreate(input: { name: $name }) { attribute { id } userErrors { code } } }"""
SCOPES = ("flags:read", "flags:write", "flags:assign", "customers:read", "catalogue:read")


async def told(asking: Any, token: str, query: str, **variables: Any) -> Any:
    """What the one root field answers."""
    answer = await ask(asking, query, token=token, **variables)
    assert codes(answer) == [], answer.text
    (only,) = answer.json()["data"].values()
    return only


async def a_house() -> tuple[Any, str, Any, Any]:
    """A venue, a key to its pools, two customers."""
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
    return venue, await make_key(venue, *SCOPES), kari, ola


async def rows_of(venue: Any, record: Any) -> list[Any]:
    async with tenancy.scope(venue.id):
        return await record.rows(sql("true"), tail=sql("order by t.id"))


def refused(code: str, *field: str) -> list[Any]:
    return [{"code": code, "field": list(field)}]


async def two_sides(venue: Any) -> dict[str, str]:
    """The ids of an attribute and a pool that are kept alike with nothing yet, as the arguments they are."""
    async with tenancy.scope(venue.id):
        attribute, pool = await Attribute.create(name="Member"), await Pool.create(name="Members", number=1)
    return {"attributeId": f"Attribute_{attribute.id.hex}", "poolId": f"Pool_{pool.id.hex}"}


class House:
    """A venue with an attribute and a pool, and customers by their first names."""

    def __init__(self, asking: Any, venue: Any, key: str) -> None:
        self.asking, self.venue, self.key = asking, venue, key
        self.customers: dict[str, Any] = {}
        self.pool: Any = None
        self.attribute: Any = None

    async def does(self, mutation: str, *who: str, **given: Any) -> Any:
        """What a mutation of the attribute or pool answers; refused is not what it is."""
        arguments = {"pool": self.pool["id"], "attribute": self.attribute["id"], **given}
        arguments |= {"customers": [gid(self.customers[name]) for name in who]} if who else {}
        wanted = {name: value for name, value in arguments.items() if f"${name}:" in mutation}
        done = await told(self.asking, self.key, mutation, **wanted)
        assert done.get("userErrors", []) == []
        return done

    async def refuses(self, mutation: str, *who: str, **given: Any) -> Any:
        """Why a mutation is refused."""
        arguments = {"pool": self.pool["id"], "attribute": self.attribute["id"], **given}
        arguments |= {"customers": [gid(self.customers[name]) for name in who]} if who else {}
        wanted = {name: value for name, value in arguments.items() if f"${name}:" in mutation}
        return (await told(self.asking, self.key, mutation, **wanted))["userErrors"]

    async def sides(self) -> tuple[set[str], set[str]]:
        """Who is in the pool, and who has the attribute."""
        async with tenancy.scope(self.venue.id):
            rows = await Assignment.rows(standing("t", TODAY))
        names = {row.id: name for name, row in self.customers.items()}
        pool = {names[row.customer_id] for row in rows if row.pool_id}
        return pool, {names[row.customer_id] for row in rows if row.attribute_id}


async def a_pair(asking: Any, **pool: Any) -> House:
    venue, key, kari, ola = await a_house()
    made = House(asking, venue, key)
    async with tenancy.scope(venue.id):
        made.customers = {"Kari": kari, "Ola": ola, "Per": await make_customer("Per"), "Anne": await make_customer("Anne")}
    made.pool = (await told(asking, key, POOL, input={"name": "Members", **pool}))["pool"]
    made.attribute = (await told(asking, key, ATTRIBUTE, name="Member"))["attribute"]
    return made
