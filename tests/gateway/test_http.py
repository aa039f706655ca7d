import logging

import httpx
import pytest

from gateway.app import create_app
from gateway.http import GRAPHQL_JSON, MOST_BYTES, MOST_BYTES_OF_WRITERS, PLAIN_JSON, Rejected, media_type
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes

TYPENAME = '{"query":"{ __typename }"}'


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, PLAIN_JSON),
        ("*/*", PLAIN_JSON),
        ("application/*", PLAIN_JSON),
        (PLAIN_JSON, PLAIN_JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}, {PLAIN_JSON};q=0.9", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0.8, {PLAIN_JSON}", PLAIN_JSON),
        (f"{PLAIN_JSON}, {GRAPHQL_JSON}", GRAPHQL_JSON),
        (f"{PLAIN_JSON}, text/plain, */*", PLAIN_JSON),
        (f"{PLAIN_JSON};q=0, */*;q=0.1", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}; charset=utf-8; q=0.5, text/html", GRAPHQL_JSON),
        ("APPLICATION/JSON;Q=1.0", PLAIN_JSON),
        (f"{GRAPHQL_JSON};q=nonsense", GRAPHQL_JSON),
    ],
)
def test_the_media_type_follows_the_accept_header(accept, chosen):
    assert media_type(accept) == chosen


@pytest.mark.parametrize("accept", ["text/csv", "text/html, image/*", f"{PLAIN_JSON};q=0", "*/*;q=0"])
def test_what_we_cannot_answer_in_is_not_acceptable(accept):
    with pytest.raises(Rejected) as rejected:
        media_type(accept)
    assert rejected.value.status == 406


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothingOfTheKind }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query ($id: ID!) { __typename @include(if: true) node(id: $id) { id } }", {"id": None}, "BAD_USER_INPUT"),
        ("{ me { name } venues { id } season(id: 1) { id } }", {}, "MIXED_SCOPES"),
    ],
)
async def test_what_cannot_run_is_400_and_has_no_data_but_200_for_plain_json(query, variables, code):
    token = await make_token(await make_venue())
    async with client() as asking:
        modern = await ask(asking, query, token=token, **variables)
        plain = await ask(asking, query, token=token, accept=PLAIN_JSON, **variables)

    assert (modern.status_code, codes(modern)) == (400, [code])
    assert (plain.status_code, codes(plain)) == (200, [code])
    assert "data" not in modern.json() and "data" not in plain.json()
    assert modern.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"
    assert plain.headers["content-type"] == f"{PLAIN_JSON}; charset=utf-8"


async def test_every_fault_of_a_document_is_told_with_its_place_and_never_more_than_five():
    async with client() as asking:
        answer = await ask(asking, "{ a b c }")
        many = await ask(asking, "{ " + " ".join(f"x{i}" for i in range(50)) + " }")

    assert [error["locations"] for error in answer.json()["errors"]] == [[{"line": 1, "column": c}] for c in (3, 5, 7)]
    assert codes(many) == ["GRAPHQL_VALIDATION_FAILED"] * 5


async def test_suggestions_are_for_those_who_are_known():
    token = await make_token(await make_venue())
    wrong = ["{ seasonz { totalCount } }", "{ seasons(fist: 1) { totalCount } }", "{ node(id: 1) { ... on Seson { name } } }"]
    async with client() as asking:
        strangers = [(await ask(asking, query)).text for query in wrong]
        known = [(await ask(asking, query, token=token)).text for query in wrong]

    assert not any("Did you mean" in text for text in strangers)
    assert all("Did you mean" in text for text in known)


async def test_introspection_is_for_those_who_are_known_and_for_everybody_in_development():
    venue = await make_venue()
    token, shop = await make_token(venue), await make_key(venue, kind="PUBLISHABLE")
    query = "{ ...Types } fragment Types on Query { __schema { types { name } } }"
    async with client(environment="production") as production, client() as development:
        stranger = await ask(production, query)
        known = await ask(production, query, token=token)
        shopper = await ask(production, query, token=shop, path="/storefront/graphql")
        developer = await ask(development, query)

    assert (stranger.status_code, codes(stranger)) == (401, ["UNAUTHENTICATED"])
    assert [r.status_code for r in (known, shopper, developer)] == [200, 200, 200]


async def test_get_answers_about_the_schema_only():
    token = await make_token(await make_venue())
    about_it = ["{ __typename }", '{ __type(name: "Season") { name } }']
    about_rows = [
        "{ seasons { totalCount } }",
        "mutation { signOut { signedOut } }",
        "mutation { __typename }",
        "{ me { name } }",
    ]
    async with client() as asking:
        headers = {"Authorization": f"Bearer {token}", "Accept": GRAPHQL_JSON}
        answered = [await asking.get("/graphql", params={"query": q}, headers=headers) for q in about_it]
        refused = [await asking.get("/graphql", params={"query": q}, headers=headers) for q in about_rows]
        empty = await asking.get("/graphql", headers=headers)
        still_in = await ask(asking, "{ me { name } }", token=token)

    assert [r.status_code for r in answered] == [200, 200]
    assert [(r.status_code, r.headers["allow"], codes(r)) for r in [*refused, empty]] == [(405, "POST", ["BAD_REQUEST"])] * 5
    assert still_in.status_code == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
async def test_other_methods_are_told_which_one_is_meant(method):
    async with client() as asking:
        answer = await asking.request(method, "/graphql", content=TYPENAME, headers={"Content-Type": PLAIN_JSON})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_no_credentials_is_401_and_so_are_bad_ones():
    async with client() as asking:
        none = await ask(asking, "{ seasons { totalCount } }")
        unknown = await ask(asking, "{ seasons { totalCount } }", token="fst_nobody")
        basic = await ask(asking, "{ __typename }", headers={"Authorization": "Basic a2FyaTpoZW1tZWxpZw=="})
        plain = await ask(asking, "{ seasons { totalCount } }", accept=PLAIN_JSON)

    answers = [none, unknown, basic, plain]
    assert [(r.status_code, codes(r), r.headers["www-authenticate"]) for r in answers] == [
        (401, ["UNAUTHENTICATED"], "Bearer")
    ] * 4
    assert all("data" not in r.json() for r in answers)


async def test_a_body_may_have_256_kib_and_for_keys_that_write_one_mib():
    venue = await make_venue()
    writer, reader = await make_key(venue, "customers:write"), await make_key(venue, "customers:read")

    async def send(asking: httpx.AsyncClient, key: str, size: int) -> int:
        body = TYPENAME[:-1].encode() + b"," + b" " * (size - len(TYPENAME) - 1) + b'"extensions":{}}'
        headers = {"Content-Type": PLAIN_JSON, "Authorization": f"Bearer {key}"}
        return (await asking.post("/graphql", content=body, headers=headers)).status_code

    async with client() as asking:
        sizes = [MOST_BYTES - 100, MOST_BYTES + 100, MOST_BYTES_OF_WRITERS + 100]
        assert [await send(asking, reader, size) for size in sizes] == [200, 413, 413]
        assert [await send(asking, writer, size) for size in sizes] == [200, 200, 413]


async def test_a_body_is_counted_as_it_comes_whatever_its_header_says():
    taken = 0

    async def endless():
        nonlocal taken
        while True:
            taken += 64 * 1024
            yield b" " * 64 * 1024

    async with client() as asking:
        answer = await asking.post("/graphql", content=endless(), headers={"Content-Type": PLAIN_JSON})

    assert (answer.status_code, codes(answer)) == (413, ["BAD_REQUEST"])
    assert taken <= MOST_BYTES + 2 * 64 * 1024


async def test_a_document_good_in_one_contract_is_validated_anew_in_the_other():
    venue = await make_venue()
    key = await make_key(venue, "catalogue:read")
    query = "{ venue { updatedAt } }"
    async with client() as asking:
        shop_first = await ask(asking, query, token=key, path="/storefront/graphql")
        staff = await ask(asking, query, token=await make_token(venue))
        shop = await ask(asking, query, token=key, path="/storefront/graphql")

    assert staff.json()["data"]["venue"]["updatedAt"]
    assert (shop.status_code, codes(shop)) == (400, ["GRAPHQL_VALIDATION_FAILED"])
    assert (shop_first.status_code, codes(shop_first)) == (400, ["GRAPHQL_VALIDATION_FAILED"])


async def test_behind_a_prefix_of_a_proxy_the_contracts_answer_as_without(caplog):
    token = await make_token(await make_venue())
    caplog.set_level(logging.INFO, "foyer.gateway")
    app = create_app()
    async with client(app) as asking:
        plain = await ask(asking, "{ me { name } }", token=token)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app, root_path="/api"), base_url="http://foyer") as asking:
        behind = await ask(asking, "{ me { name } }", token=token, path="/api/graphql")

    assert plain.json()["data"] == behind.json()["data"] == {"me": {"name": "Kari Nordmann"}}
    assert [record.getMessage().split()[:3] for record in caplog.records] == [["POST", "/graphql", "200"]] * 2
