"""A list of 50 customers with 8 fields, beside a hand-written handler for just that list behind the same wall.

.venv/bin/pytest tests/bench/test_list.py -s
"""

import os

import asyncpg
import orjson

from tenants import keys, tenancy
from tests.bench.load import PLENTY, in_turns, one, post, serving
from tests.builders import make_venue
from tests.tenants.test_upserts import write

QUERY = """{ customers(first: 50, sortBy: NUMBER) {
  nodes { id number firstName lastName email phone city postcode } } }"""


async def test_fifty_customers_beside_a_handwritten_handler(monkeypatch):
    for name, value in PLENTY.items():
        monkeypatch.setenv(name, value)
    venue = await make_venue()
    for start in range(0, 20_000, 5_000):
        await write(
            venue,
            "customers",
            *(
                {
                    "external_id": str(n),
                    "first_name": "Kari",
                    "last_name": f"Nordmann {n}",
                    "email": f"kari{n}@example.no",
                    "phone": "+47 22 00 00 00",
                    "city": "Oslo",
                    "postcode": "0150",
                }
                for n in range(start, start + 5_000)
            ),
        )
    owner = await asyncpg.connect(os.environ["FOYER_DATABASE_OWNER_URL"])
    await owner.execute("analyze customers")  # else it is chance when PostgreSQL does, and the plans are made before or after
    await owner.close()
    async with tenancy.scope(venue.id):
        _, key = await keys.create_key("bench", "SECRET", ["customers:read"])
    bearer = {"Authorization": f"Bearer {key}"}
    ours = (8461, post("/graphql", orjson.dumps({"query": QUERY}), **bearer))
    floor = (8462, post("/customers", b"{}", **bearer))

    with serving("gateway.app:create_app", 8461), serving("tests.bench.handwritten:create_app", 8462):
        assert orjson.loads(await one(*ours))["data"] == orjson.loads(await one(*floor))["data"]
        by_us, by_hand = await in_turns(ours, floor)

    print(f"\n50 customers of 8 fields: Foyer {by_us:.0f}/s, by hand {by_hand:.0f}/s: the hand-written is {by_hand / by_us:.2f}x")
