from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tenants import customer_tokens, tenancy
from tenants.audit_entries import AuditEntry
from tenants.customers import Customer
from tenants.organisations import Organisation
from tenants.people import hash_secret
from tenants.sql import sql
from tests.asking import gid
from tests.builders import (
    make_customer,
    make_customer_token,
    make_key,
    make_line,
    make_order,
    make_performance,
    make_token,
    make_venue,
)
from tests.gateway.clients import ask, client, codes

CREATE = """
mutation ($id: ID, $externalId: String, $seconds: Int) {
  it: customerTokenCreate(customerId: $id, externalId: $externalId, expiresIn: $seconds) {
    token expiresAt userErrors { code field }
  }
}
"""
REVOKE = "mutation ($id: ID!) { it: customerTokensRevoke(customerId: $id) { revoked userErrors { code field } } }"
SIGN_OUT = "mutation { it: customerSignOut { signedOut userErrors { code } } }"
WHO = "{ customer { id firstName } }"
STORE = "/storefront/graphql"
SHOP = "https://shop.example.org"


async def told(asking: Any, query: str, token: str, **given: Any) -> Any:
    """What a mutation answers."""
    answer = await ask(asking, query, token=token, **given)
    assert codes(answer) == [], answer.text
    return answer.json()["data"]["it"]


async def who(asking: Any, token: str) -> Any:
    """Whom the shop takes the bearer for: a customer's id, or the code of the error."""
    answer = await ask(asking, WHO, token=token, path=STORE)
    return codes(answer)[0] if codes(answer) else answer.json()["data"]["customer"]["id"]


async def tokens_of(venue: Any) -> list[Any]:
    async with tenancy.scope(venue.id):
        return await tenancy.fetch(sql("select * from customer_tokens where tenant_id = {venue} order by created_at"))


async def test_a_shop_signs_a_customer_in_by_either_id_and_staff_sign_them_out():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari, ola = await make_customer("Kari", external_id="k-1"), await make_customer("Ola")
    shop, staff = await make_key(venue, "customers:signin"), await make_token(venue, "BOX_OFFICE")
    async with client() as asking:
        by_id = await told(asking, CREATE, shop, id=gid(kari))
        by_external_id = await told(asking, CREATE, shop, externalId="k-1", seconds=600)
        of_ola = await told(asking, CREATE, shop, id=gid(ola))
        before = [await who(asking, each["token"]) for each in (by_id, by_external_id, of_ola)]
        ended = await told(asking, REVOKE, staff, id=gid(kari))
        again = await told(asking, REVOKE, staff, id=gid(kari))
        after = [await who(asking, each["token"]) for each in (by_id, by_external_id, of_ola)]

    assert by_id["token"].startswith("fct_") and len(by_id["token"]) == 47
    assert ends_in(by_id) == pytest.approx(7200, abs=30) and ends_in(by_external_id) == pytest.approx(600, abs=30)
    assert before == [gid(kari), gid(kari), gid(ola)]
    assert (ended, again) == ({"revoked": 2, "userErrors": []}, {"revoked": 0, "userErrors": []})
    assert after == ["UNAUTHENTICATED", "UNAUTHENTICATED", gid(ola)]


def ends_in(answer: Any) -> float:
    """In how many seconds."""
    return (datetime.fromisoformat(answer["expiresAt"]) - datetime.now(UTC)).total_seconds()


async def test_what_is_kept_of_a_token_is_its_hash_and_the_log_knows_whose_it_was():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari = await make_customer("Kari", "Canary")
    async with client() as asking:
        made = await told(asking, CREATE, await make_key(venue, "customers:signin"), id=gid(kari))
        await ask(asking, SIGN_OUT, token=made["token"], path=STORE)

    (kept,) = await tokens_of(venue)
    assert (kept["secret_hash"], kept["customer_id"]) == (hash_secret(made["token"]), kari.id)
    async with tenancy.scope(venue.id):
        first, second = await AuditEntry.rows(sql("true"), tail=sql("order by t.created_at, t.id"))
    assert (first.action, first.actor_kind, first.objects) == ("customerTokenCreate", "KEY", [gid(kari)])
    assert (second.action, second.actor_kind, second.actor, second.actor_name) == ("customerSignOut", "CUSTOMER", gid(kari), "")
    assert "Canary" not in f"{first}{second}" and made["token"] not in f"{first}{second}"


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({}, "REQUIRED", "customerId"),
        ({"id": f"Customer_{uuid4().hex}"}, "NOT_FOUND", "customerId"),
        ({"externalId": "nobody"}, "NOT_FOUND", "externalId"),
        ({"externalId": "k-1", "seconds": 0}, "INVALID_VALUE", "expiresIn"),
        ({"externalId": "k-1", "seconds": 86_401}, "INVALID_VALUE", "expiresIn"),
        ({"id": f"Order_{uuid4().hex}"}, "BAD_USER_INPUT", "customerId"),
    ],
)
async def test_what_names_nobody_or_lasts_too_long_is_refused(given, code, field):
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        await make_customer(external_id="k-1")
    async with client() as asking:
        answer = await told(asking, CREATE, await make_key(venue, "customers:signin"), **given)

    assert answer == {"token": None, "expiresAt": None, "userErrors": [{"code": code, "field": [field]}]}
    assert await tokens_of(venue) == []


async def test_nobody_but_a_shops_server_acts_in_a_customers_name():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari = await make_customer()
    others = [await make_token(venue), await make_key(venue, "customers:write", "customers:read")]
    async with client() as asking:
        answers = [codes(await ask(asking, CREATE, token=each, id=gid(kari))) for each in others]
        kept = await ask(
            asking,
            CREATE,
            token=await make_key(venue, "customers:signin"),
            id=gid(kari),
            headers={"Idempotency-Key": "one"},
        )

    assert answers == [["FORBIDDEN"], ["FORBIDDEN"]]
    assert codes(kept) == ["IDEMPOTENCY_KEY_REFUSED"]
    assert await tokens_of(venue) == []


async def test_a_token_ends_by_signing_out_by_time_with_its_key_and_with_its_customer():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari, ola = await make_customer(), await make_customer("Ola")
    shop, staff = await make_key(venue, "customers:signin"), await make_token(venue)
    async with client() as asking:
        minted = (await told(asking, CREATE, shop, id=gid(kari)))["token"]
        signed_out, old, idle, kept = [await make_customer_token(venue, kari.id) for _ in range(4)]
        gone = await make_customer_token(venue, ola.id)
        first = [await who(asking, each) for each in (minted, signed_out, old, idle, kept, gone)]
        out = await told(asking, SIGN_OUT, signed_out, path=STORE)
        keys = (await ask(asking, "{ keys { id name scopes } }", token=staff)).json()["data"]["keys"]
        (key,) = [key["id"] for key in keys if key["scopes"] == ["customers:signin"]]
        await ask(asking, f'mutation {{ keyRevoke(id: "{key}") {{ key {{ id }} }} }}', token=staff)
        await age(old, "expires_at", 0)
        await age(idle, "last_used_at", 13)
        async with tenancy.scope(venue.id):
            await tenancy.execute(sql("delete from customers where tenant_id = {venue} and id = {id}", id=ola.id))
        last = [await who(asking, each) for each in (minted, signed_out, old, idle, kept, gone)]

    assert first == [gid(kari)] * 5 + [gid(ola)]
    assert out == {"signedOut": True, "userErrors": []}
    assert last == [*["UNAUTHENTICATED"] * 4, gid(kari), "UNAUTHENTICATED"]
    assert {row["customer_id"] for row in await tokens_of(venue)} == {kari.id}


async def age(token: str, column: str, hours: int) -> None:
    async with tenancy.platform():
        change = f"update customer_tokens set {column} = now() - {{life}}::interval where secret_hash = {{hash}}"
        await tenancy.execute(sql(change, life=timedelta(hours=hours), hash=hash_secret(token)))


async def test_a_token_opens_one_venue_from_the_pages_that_the_venue_lists():
    ours, theirs = await make_venue(allowed_origins=[SHOP]), await make_venue()
    token = await make_customer_token(ours)
    async with client() as asking:
        listed = await ask(asking, WHO, token=token, path=STORE, headers={"Origin": SHOP})
        elsewhere = await ask(asking, WHO, token=token, path=STORE, headers={"Origin": "https://evil.example"})
        another = await ask(asking, WHO, token=token, path=STORE, venue=theirs.slug)
        staffs = await ask(asking, "{ me { name } }", token=token)
        guessed = await ask(asking, WHO, token=token[:-1] + "!", path=STORE)

    assert (listed.status_code, listed.headers["access-control-allow-origin"]) == (200, SHOP)
    assert [(r.status_code, codes(r)) for r in (elsewhere, another, staffs)] == [(403, ["FORBIDDEN"])] * 3
    assert "access-control-allow-origin" not in elsewhere.headers
    assert (guessed.status_code, codes(guessed)) == (401, ["UNAUTHENTICATED"])


async def test_a_key_of_an_organisation_signs_in_no_further_than_it_reaches():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        theatre, cinema = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
        kari = await make_customer()
        play, film = [await make_performance(organisation_ids=[each.id]) for each in (theatre, cinema)]
        both, other = await make_order(kari, play), await make_order(kari, film)
        await make_line(both, film, amount=1, price=1)
    key = await make_key(venue, "customers:signin", organisation_ids=[theatre.id])
    query = "{ customer { orders { totalCount nodes { id total { amount } lines { performance { id } } } } } }"
    async with client() as asking:
        token = (await told(asking, CREATE, key, id=gid(kari)))["token"]
        some = (await ask(asking, query, token=token, path=STORE)).json()["data"]["customer"]["orders"]
        whole = await make_customer_token(venue, kari.id)
        everything = (await ask(asking, query, token=whole, path=STORE)).json()["data"]["customer"]["orders"]

    shown = {"id": gid(both), "total": {"amount": "450.00"}, "lines": [{"performance": {"id": gid(play)}}]}
    assert some == {"totalCount": 1, "nodes": [shown]}
    assert {order["id"] for order in everything["nodes"]} == {gid(both), gid(other)}


async def test_the_use_of_a_token_is_noted_once_a_minute():
    venue = await make_venue()
    token = await make_customer_token(venue)
    first = await customer_tokens.holder(token)
    await customer_tokens.note_use(first.id, venue.id)
    second = await customer_tokens.holder(token)

    assert (first.unnoted, second.unnoted) == (True, False)
    async with tenancy.scope(venue.id):
        assert (await Customer.get(id=first.customer_id)).first_name == "Kari"
