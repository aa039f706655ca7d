import pytest

from tests.builders import make_key, make_venue
from tests.gateway.clients import ask, client, codes

SHOP = "https://shop.example.org"
STORE = "/storefront/graphql"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


def cors(response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def test_a_preflight_is_told_yes_for_an_address_that_a_venue_lists():
    await make_venue(allowed_origins=[SHOP])
    async with client() as asking:
        listed = await asking.options(STORE, headers={"Origin": SHOP, **PREFLIGHT})
        foreign = await asking.options(STORE, headers={"Origin": "https://evil.example", **PREFLIGHT})
        nobody = await asking.options(STORE)
        staff = await asking.options("/graphql", headers={"Origin": SHOP, **PREFLIGHT})

    assert (listed.status_code, cors(listed)) == (
        204,
        {
            "access-control-allow-origin": SHOP,
            "access-control-allow-methods": "GET, POST, OPTIONS",
            "access-control-allow-headers": "authorization, content-type, idempotency-key, traceparent",
            "access-control-expose-headers": "x-trace-id, retry-after",
            "access-control-max-age": "600",
        },
    )
    assert "Origin" in listed.headers["vary"]
    assert [(r.status_code, cors(r)) for r in (foreign, nobody)] == [(204, {})] * 2
    assert (staff.status_code, cors(staff)) == (405, {})


async def test_a_shop_reads_its_own_venues_answers_and_no_other_page_does():
    ours, theirs = await make_venue(allowed_origins=[SHOP]), await make_venue(allowed_origins=["https://other.example"])
    key, foreign = await make_key(ours, kind="PUBLISHABLE"), await make_key(theirs, kind="PUBLISHABLE")
    query = "{ venue { slug } }"
    async with client() as asking:
        own = await ask(asking, query, token=key, path=STORE, headers={"Origin": SHOP})
        another = await ask(asking, query, token=foreign, path=STORE, headers={"Origin": SHOP})
        server = await ask(asking, query, token=key, path=STORE)
        same = await ask(asking, query, token=key, path=STORE, headers={"Origin": "http://foyer"})

    assert (own.status_code, own.headers["access-control-allow-origin"]) == (200, SHOP)
    assert "access-control-allow-credentials" not in own.headers
    assert (another.status_code, codes(another), cors(another)) == (403, ["FORBIDDEN"], {})
    assert [(r.status_code, cors(r)) for r in (server, same)] == [(200, {})] * 2


async def test_a_shop_can_read_why_it_is_refused():
    venue = await make_venue(allowed_origins=[SHOP])
    key = await make_key(venue, kind="PUBLISHABLE")
    async with client() as asking:
        wrong_key = await ask(asking, "{ venue { slug } }", token="fpk_gone", path=STORE, headers={"Origin": SHOP})
        wrong_query = await ask(asking, "{ nobody }", token=key, path=STORE, headers={"Origin": SHOP})
        too_large = await asking.post(
            STORE,
            content=b" " * 300_000,
            headers={"Origin": SHOP, "Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )

    answers = [wrong_key, wrong_query, too_large]
    assert [r.status_code for r in answers] == [401, 400, 413]
    assert [r.headers["access-control-allow-origin"] for r in answers] == [SHOP] * 3


@pytest.mark.parametrize(
    "origin", ["null", "https://shop.example.org.evil.example", "https://shop.example.org:444", "http://shop.example.org"]
)
async def test_an_address_that_only_looks_like_it_is_another(origin):
    venue = await make_venue(allowed_origins=[SHOP])
    key = await make_key(venue, kind="PUBLISHABLE")
    async with client() as asking:
        answer = await ask(asking, "{ venue { slug } }", token=key, path=STORE, headers={"Origin": origin})

    assert (answer.status_code, cors(answer)) == (403, {})
