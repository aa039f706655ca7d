"""A console's session: what the cookie is, where it counts, and who cannot make a browser use it."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from gateway.app import create_app
from tenants import people, tenancy
from tenants.audit_entries import AuditEntry
from tenants.sql import sql
from tests.builders import make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.resolvers.test_people import PASSWORD, SIGN_IN, elsewhere, make_login

OURS = {"Sec-Fetch-Site": "same-origin"}
WHO = "{ me { name person { email } } }"
SECRET = re.compile(r"foyer=(fct_[\w-]{43});")


async def sign_in(asking: httpx.AsyncClient, email: str, password: str = PASSWORD, **headers: str) -> httpx.Response:
    return await asking.post("/session", json={"email": email, "password": password}, headers={**OURS, **headers})


def secret_in(answer: httpx.Response) -> str:
    found = SECRET.search(answer.headers["set-cookie"])
    assert found, answer.headers["set-cookie"]
    return found[1]


async def signed_in(email: str, **headers: str) -> dict[str, str]:
    """The Cookie header of a browser that has signed in."""
    async with elsewhere() as asking:
        return {"Cookie": f"foyer={secret_in(await sign_in(asking, email, **headers))}"}


async def test_the_cookie_is_sent_to_this_host_only_over_tls_only_and_no_page_reads_it():
    email = await make_login()
    async with elsewhere(environment="production") as asking:
        served = await sign_in(asking, email)
    async with elsewhere() as asking:
        developed = await sign_in(asking, email)

    shape = r"=fct_[\w-]{43}; HttpOnly; Max-Age=1209600; Path=/; SameSite=strict"
    assert re.fullmatch("__Host-foyer" + shape + "; Secure", served.headers["set-cookie"])
    assert re.fullmatch("foyer" + shape, developed.headers["set-cookie"])
    assert [(r.status_code, r.content, r.headers["cache-control"]) for r in (served, developed)] == [(204, b"", "no-store")] * 2


async def test_a_browser_that_signs_in_is_known_until_it_signs_out():
    email = await make_login()
    async with elsewhere() as browser, client(create_app()) as another:
        await sign_in(browser, email, **{"User-Agent": "Console/1"})  # httpx keeps the cookie as a browser does
        known = await ask(browser, WHO, headers=OURS)
        listed = (await ask(browser, "{ sessions { client current expiresAt } }", headers=OURS)).json()["data"]["sessions"]
        cookie = {"Cookie": f"foyer={browser.cookies['foyer']}"}
        out = await browser.delete("/session", headers={**OURS, "X-Venue": "nobodys-house"})
        stolen = await ask(another, WHO, headers={**OURS, **cookie})
        kept = dict(browser.cookies)
        again = [await another.delete("/session", headers={**OURS, **c}) for c in ({}, cookie)]

    assert known.json() == {"data": {"me": {"name": "Kari Nordmann", "person": {"email": email}}}}
    assert [(s["client"], s["current"]) for s in listed] == [("Console/1", True), ("", False)]
    assert (out.status_code, out.headers["set-cookie"]) == (
        204,
        'foyer=""; HttpOnly; Max-Age=0; Path=/; SameSite=strict',
    )
    assert (stolen.status_code, codes(stolen), kept) == (401, ["UNAUTHENTICATED"], {})
    assert [answer.status_code for answer in again] == [204, 204]


async def test_each_sign_in_is_a_new_session_and_ends_the_one_the_browser_had():
    email = await make_login()
    elsewheres = await signed_in(email)
    async with elsewhere() as browser:
        first = {"Cookie": f"foyer={secret_in(await sign_in(browser, email))}"}
        second = {"Cookie": f"foyer={secret_in(await sign_in(browser, email))}"}
        browser.cookies.clear()
        answers = [codes(await ask(browser, WHO, headers={**OURS, **c})) for c in (elsewheres, first, second)]
        made_up = await sign_in(browser, email, Cookie="foyer=fct_chosen-by-somebody-else")

    assert answers == [[], ["UNAUTHENTICATED"], []]
    assert secret_in(made_up) != "fct_chosen-by-somebody-else"
    async with tenancy.platform(readonly=True):
        kept = "select octet_length(secret_hash) from tokens where secret_hash = {hash}"
        assert await tenancy.fetch_value(sql(kept, hash=people.hash_secret(second["Cookie"].removeprefix("foyer=")))) == 32


async def test_the_cookie_opens_neither_the_shop_nor_the_files_and_in_production_not_under_its_other_name():
    cookie = await signed_in(await make_login())
    async with client() as browser, client(environment="production") as served:
        shop = await ask(browser, "{ venue { name } }", path="/storefront/graphql", headers={**OURS, **cookie})
        files = await browser.post("/files", content=b"a,b", headers={**OURS, **cookie})
        unprefixed = await ask(served, WHO, headers={**OURS, **cookie})

    assert [codes(answer) for answer in (shop, files, unprefixed)] == [["UNAUTHENTICATED"]] * 3


async def test_a_cookie_is_no_token_and_a_token_no_cookie():
    email = await make_login()
    secret = (await signed_in(email))["Cookie"].removeprefix("foyer=")
    async with elsewhere() as asking:
        pair = (await ask(asking, SIGN_IN.replace("token ", "token refreshToken "), email=email, password=PASSWORD)).json()
        others = [pair["data"]["signIn"][name] for name in ("token", "refreshToken")]
        as_bearer = await ask(asking, WHO, token=secret)
        as_cookies = [await ask(asking, WHO, headers={**OURS, "Cookie": f"foyer={each}"}) for each in [*others, "", "fct_"]]

    assert [codes(answer) for answer in [as_bearer, *as_cookies]] == [["UNAUTHENTICATED"]] * 5


async def test_an_active_browser_stays_signed_in_an_idle_one_does_not_and_neither_for_longer_than_two_weeks():
    email = await make_login()
    cookie = await signed_in(email)
    headers = {**OURS, **cookie}

    async def after(column: str, hours: int) -> list[str]:
        """What it is told when so many hours have passed since the time in this column."""
        move = "update sessions set {column} = now() - {hours} * interval '1 hour' where id = {id}"
        async with tenancy.platform():
            kept = "select s.* from tokens t join sessions s on s.id = t.session_id where t.secret_hash = {hash}"
            mine = await tenancy.fetch_one(sql(kept, hash=people.hash_secret(cookie["Cookie"].removeprefix("foyer="))))
            await tenancy.execute(sql(move, column=sql(column), hours=hours, id=mine.id))
        return codes(await ask(browser, WHO, headers=headers))

    async with client() as browser:
        active = [await after("last_used_at", hours) for hours in (2, 11, 11, 11)]
        idle = await after("last_used_at", 13)
        await after("last_used_at", 0)
        over = await after("expires_at", 0)

    async with tenancy.platform(readonly=True):
        ends = "select t.expires_at - t.created_at from tokens t where t.secret_hash = {hash}"
        life = await tenancy.fetch_value(sql(ends, hash=people.hash_secret(cookie["Cookie"].removeprefix("foyer="))))
    assert abs(life - timedelta(days=14)) < timedelta(seconds=5)
    assert (active, idle, over) == ([[]] * 4, ["UNAUTHENTICATED"], ["UNAUTHENTICATED"])


async def test_who_guesses_is_answered_alike_and_slowed_down_whichever_door_is_tried():
    email = await make_login()
    async with elsewhere() as asking:
        answers = [await sign_in(asking, e, "guess") for e in (email, f"{uuid4().hex}@example.org")]
    for _ in range(5):
        async with elsewhere() as asking:
            await ask(asking, SIGN_IN, email=email, password="guess")
    for _ in range(4):
        async with elsewhere() as asking:
            assert (await sign_in(asking, email, "guess")).status_code == 401
    async with elsewhere() as asking:
        throttled = [await sign_in(asking, email), await ask(asking, SIGN_IN, email=email, password=PASSWORD)]

    wrong, unknown = [re.sub(r'"traceId":"\w+"', "", answer.text) for answer in answers]
    assert wrong == unknown
    assert [(r.status_code, codes(r), r.headers.get("set-cookie")) for r in answers] == [(401, ["WRONG_CREDENTIALS"], None)] * 2
    assert [codes(answer) for answer in throttled] == [["THROTTLED"]] * 2
    assert throttled[0].status_code == 429 and 290 <= int(throttled[0].headers["retry-after"]) <= 300


async def test_signing_in_and_out_leaves_its_entries_in_the_audit_log():
    venue = await make_venue()
    email = f"{uuid4().hex}@example.org"
    await make_token(venue, email=email, password=PASSWORD)
    async with elsewhere() as browser:
        await sign_in(browser, email, "guess")
        await sign_in(browser, email)
        await browser.delete("/session", headers=OURS)
        nobody = await sign_in(browser, f"{uuid4().hex}@example.org", "guess")

    async with tenancy.scope(venue.id):
        rows: list[Any] = await AuditEntry.rows(sql("true"), tail=sql("order by t.created_at, t.id"))
    async with tenancy.platform(readonly=True):
        above = "select action, outcome, code, actor_kind from platform_audit_entries where trace_id = {trace}"
        (other,) = await tenancy.fetch(sql(above, trace=nobody.headers["x-trace-id"]))
    assert [(r.action, r.outcome, r.code, r.actor_kind, r.actor_name) for r in rows] == [
        ("signIn", "REFUSED", "WRONG_CREDENTIALS", "PERSON", "Kari Nordmann"),
        ("signIn", "DONE", None, "PERSON", "Kari Nordmann"),
        ("signOut", "DONE", None, "PERSON", "Kari Nordmann"),
    ]
    assert tuple(other) == ("signIn", "REFUSED", "WRONG_CREDENTIALS", "ANONYMOUS")


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b"{}", b'{"email":"a@b.no"}', b'{"email":1,"password":"x"}', b"\xff"])
async def test_what_is_no_sign_in_is_refused(body):
    async with elsewhere() as asking:
        answer = await asking.post("/session", content=body, headers={**OURS, "Content-Type": "application/json"})

    assert (answer.status_code, codes(answer), answer.headers.get("set-cookie")) == (400, ["BAD_REQUEST"], None)
