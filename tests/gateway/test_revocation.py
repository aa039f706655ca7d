"""What is taken away through one gateway process is refused at the next request by another: this one and one beside it."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client
from tests.gateway.test_storm import Server

CUSTOMERS = "{ customers { totalCount } }"
WRITE = "mutation { ordersUpsert(rows: []) { created } }"
NARROW = "mutation ($id: ID!) { it: grantUpdate(id: $id, role: MARKETING) { userErrors { code } } }"
END = "mutation ($id: ID!) { it: grantEnd(id: $id) { userErrors { code } } }"
REVOKE = "mutation ($id: ID!) { it: keyRevoke(id: $id) { userErrors { code } } }"
SIGN_OUT = "mutation ($id: ID!) { it: sessionRevoke(id: $id) { userErrors { code } } }"


async def told(server: Server, secret: str, query: str) -> Any:
    """The other process's answer: data, or the code of the first error."""
    _, body = await server.ask(secret, query)
    answer = json.loads(body)
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else answer["data"]


async def done(here: httpx.AsyncClient, admin: str, mutation: str, row: str) -> bool:
    answer = await ask(here, mutation, token=admin, id=row)
    return bool(answer.json() == {"data": {"it": {"userErrors": []}}})


async def test_what_one_process_takes_away_another_refuses_at_the_next_request(tmp_path: Path):
    venue = await make_venue()
    email = f"{uuid4().hex}@example.org"
    admin, clerk = await make_token(venue), await make_token(venue, "BOX_OFFICE", email=email)
    key = await make_key(venue, "customers:read")
    async with client() as here, Server(tmp_path) as there:
        lists = (await ask(here, "{ people { id email } keys { id } }", token=admin)).json()["data"]
        (grant,) = [each["id"] for each in lists["people"] if each["email"] == email]
        (session,) = (await ask(here, "{ sessions { id } }", token=admin)).json()["data"]["sessions"]
        before = [await told(there, who, what) for who, what in ((clerk, WRITE), (key, CUSTOMERS), (admin, CUSTOMERS))]

        assert await done(here, admin, NARROW, grant)
        role = [await told(there, clerk, what) for what in (WRITE, CUSTOMERS)]
        assert await done(here, admin, END, grant)
        no_grant = await told(there, clerk, CUSTOMERS)
        assert await done(here, admin, REVOKE, lists["keys"][0]["id"])
        no_key = await told(there, key, CUSTOMERS)
        assert await done(here, admin, SIGN_OUT, session["id"])
        no_session = await told(there, admin, CUSTOMERS)

    none = {"customers": {"totalCount": 0}}
    assert before == [{"ordersUpsert": {"created": 0}}, none, none]
    assert role == ["FORBIDDEN", none]
    assert (no_grant, no_key, no_session) == ("VENUE_REQUIRED", "UNAUTHENTICATED", "UNAUTHENTICATED")
