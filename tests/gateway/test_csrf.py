"""Who can make a browser use its cookie: our own pages, by JSON and POST, and nobody else."""

import json

import pytest
from starlette.requests import HTTPConnection

from gateway import csrf
from tenants import people, tenancy
from tenants.errors import Refusal
from tenants.settings import settings
from tests.builders import make_token, make_venue
from tests.gateway.clients import ask, client, codes
from tests.gateway.test_sessions import OURS, WHO, sign_in, signed_in
from tests.resolvers.test_people import PASSWORD, elsewhere, make_login

RENAME = 'mutation { meUpdate(name: "Somebody Else") { userErrors { code } } }'


async def name_of(email: str) -> str:
    async with tenancy.platform(readonly=True):
        return (await people.Person.get(email=email)).name


FROM_US = [OURS, {"Sec-Fetch-Site": "none"}, {"Origin": "http://foyer"}, {**OURS, "Origin": "http://foyer"}]
FROM_ELSEWHERE = [
    {},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": ""},
    {"Sec-Fetch-Site": "same-origin, cross-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://foyer"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://foyer:81"},
    {"Origin": "http://foyer.evil.example"},
    {"Origin": "http://evil.example/foyer"},
    {"Referer": "http://foyer/"},
]


@pytest.mark.parametrize("headers", FROM_US, ids=str)
async def test_our_own_page_acts_on_the_cookie(headers):
    email = await make_login()
    async with elsewhere() as browser:
        opened = await browser.post("/session", json={"email": email, "password": PASSWORD}, headers=headers)
        renamed = await ask(browser, RENAME, headers=headers)
        ended = await browser.delete("/session", headers=headers)

    assert (opened.status_code, codes(renamed), ended.status_code) == (204, [], 204)
    assert await name_of(email) == "Somebody Else"


@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
async def test_nobody_elses_page_acts_on_the_cookie(headers):
    email = await make_login()
    cookie = await signed_in(email)
    async with elsewhere() as browser:
        renamed = await ask(browser, RENAME, headers={**headers, **cookie})
        asked = await ask(browser, WHO, headers={**headers, **cookie})
        ended = await browser.delete("/session", headers={**headers, **cookie})
        opened = await browser.post("/session", json={"email": email, "password": PASSWORD}, headers={**headers, **cookie})
        still = await ask(browser, WHO, headers={**OURS, **cookie})

    answers = (renamed, asked, ended, opened)
    assert [(r.status_code, codes(r), r.headers.get("set-cookie")) for r in answers] == [(403, ["FORBIDDEN"], None)] * 4
    assert (codes(still), await name_of(email)) == ([], "Kari Nordmann")


async def test_a_token_counts_wherever_the_page_is_and_the_cookie_beside_it_does_not():
    token, cookie = await make_token(await make_venue(), email="Ola@example.org"), await signed_in(await make_login())
    async with client() as browser:
        headers = {"Sec-Fetch-Site": "cross-site", **cookie}
        by_token = await ask(browser, WHO, token=token, headers=headers)
        by_nothing = await ask(browser, WHO, headers={**OURS, **cookie, "Authorization": ""})

    assert by_token.json()["data"]["me"]["person"] == {"email": "Ola@example.org"}
    assert codes(by_nothing) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "text/plain;application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "application/json; charset=utf-16",
        "",
    ],
)
async def test_only_json_acts_on_the_cookie(kind):
    email = await make_login()
    cookie = await signed_in(email)
    headers = {**OURS, **cookie, "Content-Type": kind}
    async with client() as browser:
        renamed = await browser.post("/graphql", content=json.dumps({"query": RENAME}), headers=headers)
        opened = await browser.post("/session", content=b"{}", headers=headers)

    assert [(r.status_code, codes(r)) for r in (renamed, opened)] == [(415, ["BAD_REQUEST"])] * 2
    assert await name_of(email) == "Kari Nordmann"


async def test_get_never_acts_on_the_cookie():
    email = await make_login()
    async with elsewhere(environment="production") as browser:
        await sign_in(browser, email)
        headers = {**OURS, "Cookie": f"__Host-foyer={browser.cookies['__Host-foyer']}"}
        introspected = await browser.get("/graphql", params={"query": "{ __schema { queryType { name } } }"}, headers=headers)
        renamed = await browser.get("/graphql", params={"query": RENAME}, headers=headers)
        opened = await browser.get("/session", params={"email": email, "password": PASSWORD}, headers=headers)
        posted = await ask(browser, "{ __schema { queryType { name } } }", headers=headers)

    assert [introspected.status_code, renamed.status_code, opened.status_code] == [401, 401, 405]
    assert posted.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    assert await name_of(email) == "Kari Nordmann"


def handshake(**headers: str) -> HTTPConnection:
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in {"host": "foyer", **headers}.items()]
    return HTTPConnection({"type": "websocket", "path": "/graphql", "headers": told})


@pytest.mark.parametrize(
    ("headers", "by_cookie", "by_message"),
    [
        ({"origin": "http://foyer"}, True, True),
        ({"origin": "https://evil.example"}, False, False),
        ({"origin": "https://evil.example", "sec_fetch_site": "same-origin"}, False, False),
        ({"origin": "null"}, False, False),
        ({}, False, True),
        ({"sec_fetch_site": "same-origin"}, False, True),
    ],
)
def test_a_websocket_is_held_to_its_origin(headers, by_cookie, by_message):
    def passes(*, by_cookie: bool) -> bool:
        try:
            csrf.check(handshake(**headers), by_cookie=by_cookie)
        except Refusal as refusal:
            assert refusal.code == "FORBIDDEN"
            return False
        return True

    assert (passes(by_cookie=True), passes(by_cookie=False)) == (by_cookie, by_message)


def test_behind_a_proxy_the_public_url_says_which_page_is_ours(monkeypatch):
    public = settings().model_copy(update={"public_url": "https://foyer.example/api/"})
    monkeypatch.setattr("gateway.csrf.settings", lambda: public)
    origins = ["https://foyer.example", "http://foyer.example", "http://foyer", "https://foyer.example.evil", "null"]

    assert [csrf.is_ours(origin, handshake()) for origin in origins] == [True, False, False, False, False]
