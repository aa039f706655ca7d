import asyncio
from typing import Any

from gateway.app import create_app
from tenants import sessions, tenancy
from tenants.sql import sql
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.resolvers.test_grants import told
from tests.resolvers.test_people import PASSWORD, elsewhere, make_login

PAIR = "token expiresAt refreshToken refreshExpiresAt userErrors { code field }"
SIGN_IN = f"mutation ($email: String!, $password: String!) {{ it: signIn(email: $email, password: $password) {{ {PAIR} }} }}"
REFRESH = f"mutation ($secret: String!) {{ it: tokenRefresh(refreshToken: $secret) {{ {PAIR} }} }}"
REVOKE = "mutation ($id: ID!) { it: sessionRevoke(id: $id) { revoked userErrors { code field } } }"
SESSIONS = "{ sessions { id client current lastUsedAt expiresAt } }"
WHO = "{ me { name } }"
REFUSED = {
    "token": None,
    "expiresAt": None,
    "refreshToken": None,
    "refreshExpiresAt": None,
    "userErrors": [{"code": "INVALID_TOKEN", "field": ["refreshToken"]}],
}


async def signed_in(email: str, agent: str = "curl/8") -> Any:
    async with elsewhere() as asking:
        answer = await ask(asking, SIGN_IN, email=email, password=PASSWORD, headers={"User-Agent": agent})
    return answer.json()["data"]["it"]


async def let_in(asking: Any, *tokens: str) -> list[bool]:
    return [codes(await ask(asking, WHO, token=token)) == [] for token in tokens]


async def test_a_refresh_token_is_exchanged_for_a_new_pair():
    first = await signed_in(await make_login())
    async with client() as asking:
        second = await told(asking, REFRESH, "", secret=first["refreshToken"])
        third = await told(asking, REFRESH, "", secret=second["refreshToken"])
        good = await let_in(asking, first["token"], second["token"], third["token"])
        as_access = await let_in(asking, third["refreshToken"])

    assert good == [True, True, True]
    assert as_access == [False]
    assert len({each[name] for each in (first, second, third) for name in ("token", "refreshToken")}) == 6
    assert {each["refreshExpiresAt"] for each in (first, second, third)} == {first["refreshExpiresAt"]}
    assert third["expiresAt"] < third["refreshExpiresAt"]
    assert third["userErrors"] == []


async def test_a_refresh_token_that_comes_again_ends_the_session_on_every_process_and_no_other():
    email = await make_login()
    first, other = await signed_in(email), await signed_in(email)
    async with client(create_app()) as one, client(create_app()) as two:
        second = await told(one, REFRESH, "", secret=first["refreshToken"])
        stolen = await told(one, REFRESH, "", secret=first["refreshToken"])
        after = await let_in(two, first["token"], second["token"], other["token"])
        newest = await told(two, REFRESH, "", secret=second["refreshToken"])

    assert (stolen, newest) == (REFUSED, REFUSED)
    assert after == [False, False, True]


async def test_a_refresh_token_sent_many_times_at_once_is_exchanged_once():
    first = await signed_in(await make_login())
    async with client() as asking:
        answers = await asyncio.gather(*(told(asking, REFRESH, "", secret=first["refreshToken"]) for _ in range(5)))

    assert sum(answer["token"] is not None for answer in answers) == 1


async def test_what_is_made_up_or_over_is_exchanged_for_nothing():
    email = await make_login()
    over, access = await signed_in(email), await make_token()
    async with tenancy.platform():
        ended = "update sessions s set expires_at = now() from persons p where p.id = s.person_id and p.email = {email}"
        await tenancy.execute(sql(ended, email=email))
    async with client() as asking:
        answers = [await told(asking, REFRESH, "", secret=s) for s in (over["refreshToken"], access, "frt_" + "x" * 43, "")]

    assert answers == [REFUSED] * 4


async def test_everybody_sees_and_ends_their_own_sessions_and_nobody_elses():
    email = await make_login()
    phone, desk = await signed_in(email, "Phone"), await signed_in(email, "x" * 300)
    stranger = await make_token(await make_venue())
    async with client(create_app()) as one, client(create_app()) as two:
        mine = (await ask(one, SESSIONS, token=desk["token"])).json()["data"]["sessions"]
        foreign = await told(one, REVOKE, stranger, id=mine[1]["id"])
        before = await let_in(two, phone["token"], desk["token"])
        revoked = await told(one, REVOKE, desk["token"], id=mine[1]["id"])
        after = await let_in(two, phone["token"], desk["token"])
        refreshed = await told(two, REFRESH, "", secret=phone["refreshToken"])
        again = await told(one, REVOKE, desk["token"], id=mine[1]["id"])
        left = (await ask(two, SESSIONS, token=desk["token"])).json()["data"]["sessions"]
        of_a_key = (await ask(one, SESSIONS, token=await make_key(await make_venue()))).json()["data"]["sessions"]

    not_found = {"revoked": None, "userErrors": [{"code": "NOT_FOUND", "field": ["id"]}]}
    assert [(s["client"], s["current"]) for s in mine] == [("x" * 200, True), ("Phone", False), ("", False)]
    assert (foreign, again) == (not_found, not_found)
    assert revoked == {"revoked": True, "userErrors": []}
    assert (before, after, refreshed) == ([True, True], [False, True], REFUSED)
    assert [s["id"] for s in left] == [mine[0]["id"], mine[2]["id"]]
    assert of_a_key == []


async def test_signing_out_ends_all_tokens_of_the_session():
    first = await signed_in(await make_login())
    async with client() as asking:
        second = await told(asking, REFRESH, "", secret=first["refreshToken"])
        await ask(asking, "mutation { signOut { signedOut } }", token=second["token"])
        after = await let_in(asking, first["token"], second["token"])
        refreshed = await told(asking, REFRESH, "", secret=second["refreshToken"])

    assert (after, refreshed) == ([False, False], REFUSED)


async def test_of_sessions_only_hashes_are_kept():
    first = await signed_in(await make_login())
    async with tenancy.platform():
        hashed = [sessions.hash_secret(first[name]) for name in ("token", "refreshToken")]
        kept = """
            select (select count(*) from tokens where secret_hash = {a})
                 + (select count(*) from refresh_tokens where secret_hash = {b})
            """
        assert await tenancy.fetch_value(sql(kept, a=hashed[0], b=hashed[1])) == 2
