import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from starlette.requests import Request

from gateway.app import create_app
from gateway.auth import address_of
from tenants import keys, people, tenancy
from tenants.settings import settings
from tenants.sql import sql
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes

WHO = "{ me { venue { slug } } }"


async def test_a_person_of_one_venue_need_not_name_it_and_one_of_several_must():
    here, there = await make_venue(slug=f"a-{uuid4().hex[:8]}"), await make_venue(slug=f"b-{uuid4().hex[:8]}")
    email = f"{uuid4().hex}@example.org"
    token = await make_token(here, "BOX_OFFICE", email=email)
    async with client() as asking:
        alone = await ask(asking, "{ venue { slug } }", token=token)
        async with tenancy.platform():
            person = await people.Person.get(email=email)
            await people.grant(person.id, there.id, "MARKETING")
        undecided = await ask(asking, "{ venue { slug } }", token=token)
        by_slug = await ask(asking, "{ venue { slug } }", token=token, venue=there.slug)
        by_id = await ask(asking, "{ venue { slug } }", token=token, venue=str(here.id))

    assert alone.json()["data"]["venue"]["slug"] == here.slug
    assert (undecided.status_code, codes(undecided)) == (400, ["VENUE_REQUIRED"])
    assert f"{here.slug}, {there.slug}" in undecided.json()["errors"][0]["message"]
    assert [r.json()["data"]["venue"]["slug"] for r in (by_slug, by_id)] == [there.slug, here.slug]


async def test_a_foreign_venue_is_answered_as_one_that_does_not_exist():
    ours, theirs = await make_venue(), await make_venue()
    credentials = [await make_token(ours), await make_key(ours, "catalogue:read"), await make_token(platform_admin=True)]
    async with client() as asking:
        for credential in credentials:
            foreign = await ask(asking, WHO, token=credential, venue=theirs.slug)
            nobodys = await ask(asking, WHO, token=credential, venue="nobodys-house")
            told = [r.json()["errors"][0]["message"] for r in (foreign, nobodys)]

            assert (foreign.status_code, codes(foreign)) == (nobodys.status_code, codes(nobodys)) == (403, ["FORBIDDEN"])
            assert told[0].replace(theirs.slug, "nobodys-house") == told[1]


async def test_what_is_revoked_is_refused_at_the_next_request_of_every_process():
    venue = await make_venue()
    email = f"{uuid4().hex}@example.org"
    token, other = await make_token(venue, email=email), await make_token(venue)
    key = await make_key(venue, "catalogue:read")
    query = "{ seasons { totalCount } }"
    async with client(create_app()) as one, client(create_app()) as two:
        assert [(await ask(app, query, token=t)).status_code for app in (one, two) for t in (token, other, key)] == [200] * 6

        await ask(one, "mutation { signOut { signedOut } }", token=token)
        after_sign_out = await ask(two, query, token=token)
        async with tenancy.platform():
            await tenancy.execute(sql("update grants set revoked_at = now() where tenant_id = {at}", at=venue.id))
        after_grant = await ask(two, query, token=other)
        async with tenancy.scope(venue.id):
            (made,) = await keys.venue_keys()
            await keys.revoke_key(made.id)
        after_key = await ask(two, query, token=key)

    assert (after_sign_out.status_code, codes(after_sign_out)) == (401, ["UNAUTHENTICATED"])
    assert (after_grant.status_code, codes(after_grant)) == (400, ["VENUE_REQUIRED"])
    assert (after_key.status_code, codes(after_key)) == (401, ["UNAUTHENTICATED"])


@pytest.mark.parametrize(
    "ended",
    [
        "update sessions set expires_at = now() - interval '1 second' where person_id = {person}",
        "update tokens t set expires_at = now() from sessions s where s.id = t.session_id and s.person_id = {person}",
        "update sessions set last_used_at = now() - interval '13 hours' where person_id = {person}",
        "update persons set disabled_at = now() where id = {person}",
    ],
)
async def test_a_token_ends_with_its_time_with_idleness_and_with_its_person(ended):
    email = f"{uuid4().hex}@example.org"
    token = await make_token(await make_venue(), email=email)
    async with tenancy.platform():
        person = await people.Person.get(email=email)
        await tenancy.execute(sql(ended, person=person.id))
    async with client() as asking:
        assert codes(await ask(asking, WHO, token=token)) == ["UNAUTHENTICATED"]


async def test_a_grant_and_a_key_end_with_their_time():
    venue = await make_venue()
    ended, lasting = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(hours=1)
    past, present = await make_token(venue, ends_at=ended), await make_token(venue, ends_at=lasting)
    key = await make_key(venue, "catalogue:read", expires_at=lasting)
    async with tenancy.platform():
        await tenancy.execute(sql("update keys set expires_at = now() where tenant_id = {at}", at=venue.id))
    async with client() as asking:
        assert (await ask(asking, WHO, token=past)).json()["data"]["me"]["venue"] is None
        assert (await ask(asking, WHO, token=present)).json()["data"]["me"]["venue"] == {"slug": venue.slug}
        assert codes(await ask(asking, WHO, token=key)) == ["UNAUTHENTICATED"]


async def test_the_use_of_a_key_is_noted_once_a_minute():
    venue = await make_venue()
    key = await make_key(venue, "catalogue:read")

    async def used():
        async with tenancy.scope(venue.id):
            return (await keys.venue_keys())[0].last_used_at

    assert await used() is None
    async with client() as asking:
        await asyncio.gather(*(ask(asking, WHO, token=key) for _ in range(8)))
        first = await used()
        await ask(asking, WHO, token=key)
        assert first is not None and await used() == first

        async with tenancy.platform():
            await tenancy.execute(
                sql("update key_secrets set last_used_at = now() - interval '61 seconds' where tenant_id = {at}", at=venue.id)
            )
        await ask(asking, WHO, token=key)
    assert await used() > first


async def test_each_contract_has_its_own_callers():
    venue = await make_venue()
    person, secret, shop = await make_token(venue), await make_key(venue), await make_key(venue, kind="PUBLISHABLE")
    async with client() as asking:
        staff = {who: await ask(asking, "{ __typename }", token=who) for who in (person, secret, shop)}
        store = {
            who: await ask(asking, "{ venue { slug } }", token=who, path="/storefront/graphql") for who in (person, secret, shop)
        }
        stranger = await ask(asking, "{ venue { slug } }", path="/storefront/graphql")

    assert [staff[who].status_code for who in (person, secret, shop)] == [200, 200, 403]
    assert [store[who].status_code for who in (person, secret, shop)] == [403, 200, 200]
    assert store[shop].json() == {"data": {"venue": {"slug": venue.slug}}}
    assert (stranger.status_code, codes(stranger)) == (401, ["UNAUTHENTICATED"])


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, ["198.51.100.1"], "192.0.2.1"),
        (1, [], "192.0.2.1"),
        (1, ["198.51.100.1"], "198.51.100.1"),
        (1, ["203.0.113.99, 198.51.100.1"], "198.51.100.1"),
        (2, ["203.0.113.99, 198.51.100.1, 10.0.0.1"], "198.51.100.1"),
        (2, ["203.0.113.99", "198.51.100.1, 10.0.0.1"], "198.51.100.1"),
        (3, ["198.51.100.1"], "198.51.100.1"),
        (1, ["nonsense"], "192.0.2.1"),
        (1, ["2001:DB8::1"], "2001:db8::1"),
    ],
)
def test_a_forwarded_address_is_believed_as_far_as_our_proxies_wrote_it(monkeypatch, proxies, forwarded, address):

    trusting = settings().model_copy(update={"trusted_proxies": proxies})
    monkeypatch.setattr("gateway.auth.settings", lambda: trusting)
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    request = Request({"type": "http", "headers": headers, "client": ("192.0.2.1", 4711)})

    assert address_of(request) == address
