from uuid import uuid4

import pytest

from tenants import credentials, sessions, tenancy
from tenants.errors import NoScope
from tenants.sql import sql
from tests.builders import make_customer_token, make_key, make_token, make_venue
from tests.gateway.clients import ask, client
from tests.recording import matches_golden, recorded


async def test_a_request_pays_one_round_trip_to_know_its_caller():
    venue = await make_venue()
    secrets = {
        "token_holder": await make_token(venue),
        "key_holder": await make_key(venue),
        "customer_token_holder": await make_customer_token(venue),
    }
    async with client() as asking:
        for name, secret in secrets.items():
            path, who = ("/storefront/graphql", "{ __typename }") if "customer" in name else ("/graphql", "{ me { name } }")
            await ask(asking, who, token=secret, path=path)  # from here on its use is noted for a minute
            with recorded() as sent:
                await ask(asking, who, token=secret, path=path)

            assert matches_golden(name, sent, venue.id)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from persons",
        "delete from tokens where secret_hash = {hash}",
        "with gone as (delete from tokens where secret_hash = {hash} returning id) select * from gone",
        "update tokens set expires_at = now() where secret_hash = {hash}",
    ],
)
async def test_only_the_holder_of_a_secret_is_read(statement):
    with recorded() as sent, pytest.raises(NoScope):
        await credentials.read(sql(statement), hash=b"x" * 32)
    assert sent == []


@pytest.mark.parametrize(
    "statement",
    [
        "select * from persons where id = {id}",
        "update sessions set revoked_at = now() where id = {id} and true",
        "update persons set last_used_at = now() where id = {id} and true",
        "update sessions set last_used_at = now(), person_id = {id} where id = {id}",
    ],
)
async def test_only_the_use_of_a_secret_is_noted(statement):
    with recorded() as sent, pytest.raises(NoScope):
        await credentials.note_use(sql(statement), id=uuid4())
    assert sent == []


async def test_no_venues_table_is_read_with_it():
    forged = "select c.* from customers c join tokens t on t.secret_hash = {hash} /* attack */"
    with pytest.raises(Exception, match=r"app\.tenant|invalid input syntax for type uuid"):
        await credentials.read(sql(forged), hash=b"x" * 32)


async def test_inside_a_scope_there_is_no_second_connection():
    async with tenancy.platform(readonly=True):
        with recorded() as sent, pytest.raises(NoScope):
            await credentials.read(sql("select 1 from tokens where secret_hash = {hash}"), hash=b"x" * 32)
        with pytest.raises(NoScope):
            await sessions.note_use(uuid4())
    assert sent == []
