"""Documents that are not sent whole: by hash (automatic persisted queries), by a registered id, and by GET."""

import hashlib
import json
import subprocess
import sys
from uuid import uuid4

import pytest

from gateway.app import create_app
from gateway.http import PLAIN_JSON
from gateway.persisted import Persisted
from gateway.valkey import Valkey
from tenants import tenancy
from tenants.settings import settings
from tests.builders import make_customer_token, make_key, make_performance, make_token, make_venue
from tests.gateway.clients import ask, client, codes

SHOP = "/storefront/graphql"
PROGRAMME = "query Programme($n: Int = 3) { performances(first: $n) { nodes { id } } }"
REGISTER = """mutation ($documents: [TrustedDocumentInput!]!, $contract: Contract = STOREFRONT) {
  trustedDocumentsRegister(app: "shop", documents: $documents, contract: $contract) {
    documents { id documentId sha256 app contract text } userErrors { field code message } } }"""
REMOVE = "mutation ($ids: [ID!]!) { trustedDocumentsRemove(ids: $ids) { documents { documentId } userErrors { code } } }"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def hashed(text: str, digest: str | None = None, version: int = 1) -> dict:
    return {"persistedQuery": {"version": version, "sha256Hash": digest or sha(text)}}


async def post(asking, token, path=SHOP, accept="application/graphql-response+json", **body):
    return await asking.post(path, json=body, headers={"Authorization": f"Bearer {token}", "Accept": accept})


async def registered(asking, token, *texts, contract="STOREFRONT", **ids):
    given = [{"text": text} for text in texts] + [{"text": text, "documentId": name} for name, text in ids.items()]
    answer = await ask(asking, REGISTER, token=token, documents=given, contract=contract)
    return answer.json()["data"]["trustedDocumentsRegister"]


@pytest.fixture
async def house():
    """A venue, the token of its admin, and its shop's key."""
    venue = await make_venue()
    return venue, await make_token(venue), await make_key(venue, kind="PUBLISHABLE")


async def test_a_document_is_asked_for_by_its_hash_once_it_was_sent(house):
    _, _, shop = house
    text = f"query Q{uuid4().hex} {{ venue {{ slug }} }}"
    async with client() as asking:
        unknown = await post(asking, shop, extensions=hashed(text))
        plain = await post(asking, shop, accept=PLAIN_JSON, extensions=hashed(text))
        sent = await post(asking, shop, query=text, extensions=hashed(text))
        known = await post(asking, shop, extensions=hashed(text))
    async with client() as other_process:
        there = await post(other_process, shop, extensions=hashed(text))

    assert (unknown.status_code, codes(unknown)) == (400, ["PERSISTED_QUERY_NOT_FOUND"])
    assert (plain.status_code, plain.json()["errors"][0]["message"]) == (200, "PersistedQueryNotFound")
    assert sent.json()["data"] == known.json()["data"] == there.json()["data"] != {}


@pytest.mark.parametrize(
    ("extensions", "status", "code"),
    [
        (hashed("", digest=sha("another")), 400, "BAD_REQUEST"),
        (hashed("", digest="x"), 400, "BAD_REQUEST"),
        ({"persistedQuery": []}, 400, "BAD_REQUEST"),
        ({"persistedQuery": {"version": 1}}, 400, "BAD_REQUEST"),
        ({"persistedQuery": {"version": 2, "sha256Hash": sha("x")}}, 400, "PERSISTED_QUERY_NOT_SUPPORTED"),
    ],
)
async def test_a_hash_that_is_none_is_refused(house, extensions, status, code):
    async with client() as asking:
        answer = await post(asking, house[2], query="{ venue { slug } }", extensions=extensions)
        assert (answer.status_code, codes(answer)) == (status, [code])
        assert codes(await post(asking, house[2], extensions=hashed("{ venue { slug } }", sha("another")))) == [
            "PERSISTED_QUERY_NOT_FOUND"
        ]


async def test_a_hash_known_to_one_contract_is_unknown_to_the_other(house):
    venue, admin, _ = house
    key = await make_key(venue, "catalogue:read")
    text = f"query Q{uuid4().hex} {{ venue {{ updatedAt }} }}"
    async with client() as asking:
        assert codes(await post(asking, admin, "/graphql", query=text, extensions=hashed(text))) == []
        assert codes(await post(asking, key, SHOP, extensions=hashed(text))) == ["PERSISTED_QUERY_NOT_FOUND"]
        assert codes(await post(asking, key, SHOP, query=text, extensions=hashed(text))) == ["GRAPHQL_VALIDATION_FAILED"]
        assert codes(await post(asking, key, SHOP, extensions=hashed(text))) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_valkey_holds_so_many_and_the_oldest_go(monkeypatch):
    monkeypatch.setattr("gateway.persisted.MOST", 3)
    contract = uuid4().hex
    texts = [f"query Q{n} {{ venue {{ slug }} }}" for n in range(5)]
    from gateway.http import Question
    from tenants.permissions import Caller

    for text in texts:
        await Persisted(contract, Valkey(settings().redis_url)).keep(Question(text, hash=sha(text)))
    fresh = Persisted(contract, Valkey(settings().redis_url))
    found = [await fresh._in_valkey(sha(text)) for text in texts]
    await fresh.keep(Question(" " * 20_001, hash=sha(" " * 20_001)))

    assert found[:2] == [None, None] and found[2:] == texts[2:]
    assert (await fresh.whole(Question("", hash=sha(texts[4])), Caller())).query == texts[4]
    assert await fresh._valkey.client.zcard(f"documents:{contract}") == 3
    assert 0 < await fresh._valkey.client.ttl(f"document:{contract}:{sha(texts[4])}") <= 7 * 86_400


async def test_what_valkey_holds_under_a_wrong_hash_is_not_run():
    fresh, digest = Persisted("STOREFRONT", Valkey(settings().redis_url)), sha(uuid4().hex)
    await fresh._valkey.client.set(f"document:STOREFRONT:{digest}", "{ venue { slug } }", ex=60)

    assert await fresh._in_valkey(digest) is None


async def test_documents_are_registered_listed_asked_for_and_removed(house, monkeypatch):
    monkeypatch.setattr("gateway.persisted.FRESH", 0.0)
    _, admin, shop = house
    async with client() as asking:
        told = await registered(asking, admin, PROGRAMME, **{"0a1b": "{ venue { name } }"})
        again = await registered(asking, admin, PROGRAMME)
        listed = await ask(asking, '{ trustedDocuments(where: { app: "shop" }) { nodes { documentId } } }', token=admin)
        by_hash = await post(asking, shop, documentId=f"sha256:{sha(PROGRAMME)}", variables={"n": 1})
        by_name = await post(asking, shop, documentId="0a1b")
        persisted = await post(asking, shop, extensions=hashed("{ venue { name } }"))
        elsewhere = await post(asking, await make_key(await make_venue(), kind="PUBLISHABLE"), documentId="0a1b")
        staff = await post(asking, admin, "/graphql", documentId="0a1b")
        both = await post(asking, shop, documentId="0a1b", query="{ venue { name } }")
        ids = [document["id"] for document in told["documents"]]
        removed = await ask(asking, REMOVE, token=admin, ids=ids)
        after = await post(asking, shop, documentId="0a1b")

    first = f"sha256:{sha(PROGRAMME)}"
    assert told["userErrors"] == [] and told["documents"][0] == {
        "id": ids[0], "documentId": first, "sha256": sha(PROGRAMME), "app": "shop", "contract": "STOREFRONT", "text": PROGRAMME,
    }  # fmt: skip
    assert again["documents"] == told["documents"][:1]
    assert {n["documentId"] for n in listed.json()["data"]["trustedDocuments"]["nodes"]} == {first, "0a1b"}
    assert by_hash.json()["data"] == {"performances": {"nodes": []}}
    assert by_name.json()["data"] == persisted.json()["data"] == {"venue": {"name": "Storhuset"}}
    assert [codes(answer) for answer in (elsewhere, staff, after)] == [["DOCUMENT_NOT_FOUND"]] * 3
    assert codes(both) == ["BAD_REQUEST"]
    assert len(removed.json()["data"]["trustedDocumentsRemove"]["documents"]) == 2


@pytest.mark.parametrize(
    ("documents", "code", "field"),
    [
        ([{"text": "{ venue { slug } }"}, {"text": "{ customers { totalCount } }"}], "GRAPHQL_VALIDATION_FAILED", "1.text"),
        ([{"text": "{ venue "}], "GRAPHQL_VALIDATION_FAILED", "0.text"),
        ([{"text": "{" + "a" * 20_001 + "}"}], "TOO_LONG", "0.text"),
        ([{"text": "{ venue { slug } }", "documentId": f"sha256:{'0' * 64}"}], "INVALID_VALUE", "0.documentId"),
        ([{"text": "{ venue { slug } }", "documentId": ""}], "INVALID_VALUE", "0.documentId"),
        (
            [{"text": "{ venue { slug } }", "documentId": "a"}, {"text": "{ venue { name } }", "documentId": "a"}],
            "NOT_UNIQUE",
            "1.documentId",
        ),
        ([{"text": "{" + "...{" * 16 + "venue { slug }" + "}" * 17}] * 501, "TOO_MANY_ROWS", ""),
    ],
)
async def test_what_would_be_refused_is_not_registered(house, documents, code, field):
    _, admin, _ = house
    async with client() as asking:
        answer = await ask(asking, REGISTER, token=admin, documents=documents)
        listed = await ask(asking, "{ trustedDocuments { totalCount } }", token=admin)
    (error,) = answer.json()["data"]["trustedDocumentsRegister"]["userErrors"]

    assert (error["code"], ".".join(error["field"])) == (code, f"documents.{field}".rstrip("."))
    assert listed.json()["data"]["trustedDocuments"]["totalCount"] == 0


async def test_an_id_stands_for_one_text(house):
    _, admin, _ = house
    async with client() as asking:
        await registered(asking, admin, a="{ venue { slug } }")
        refused = await registered(asking, admin, a="{ venue { name } }", b="{ venue { slug } }")
        listed = await ask(asking, "{ trustedDocuments { nodes { documentId text } } }", token=admin)

    assert [error["code"] for error in refused["userErrors"]] == ["NOT_UNIQUE"]
    assert listed.json()["data"]["trustedDocuments"]["nodes"] == [{"documentId": "a", "text": "{ venue { slug } }"}]


async def test_a_shop_may_be_held_to_its_trusted_documents(house):
    venue, admin, shop = house
    only = "mutation ($o: Boolean!) { venueUpdate(input: { trustedDocumentsOnly: $o }) { venue { trustedDocumentsOnly } } }"
    known, other = "{ venue { slug } }", "{ venue { name } }"
    async with client() as asking:
        await registered(asking, admin, known)
        changed = await ask(asking, only, token=admin, o=True)
        whole = await post(asking, shop, query=known)
        by_hash = await post(asking, shop, extensions=hashed(known))
        refused = [
            await post(asking, shop, query=other),
            await post(asking, shop, query=other, extensions=hashed(other)),
            await post(asking, shop, query="{ __typename }"),
            await post(asking, await make_customer_token(venue), query=other),
            await post(asking, shop, extensions=hashed(other)),
        ]
        partner = await post(asking, await make_key(venue), query=other)
        staff = await post(asking, admin, "/graphql", query="{ venue { slug } }")
        await ask(asking, only, token=admin, o=False)
        free = await post(asking, shop, query=other)

    assert changed.json()["data"]["venueUpdate"]["venue"]["trustedDocumentsOnly"] is True
    assert [codes(answer) for answer in (whole, by_hash, partner, staff, free)] == [[]] * 5
    assert [answer.status_code for answer in refused] == [403, 403, 403, 403, 400]
    assert [codes(answer) for answer in refused] == [["DOCUMENT_NOT_TRUSTED"]] * 4 + [["PERSISTED_QUERY_NOT_SUPPORTED"]]


async def test_get_answers_trusted_queries_and_says_who_may_keep_them(house):
    venue, admin, shop = house
    async with tenancy.scope(venue.id):
        await make_performance(status="ON_SALE")
    key = await make_key(venue)
    limits, change = "{ rateLimit { remaining } }", "mutation M { signOut { signedOut } }"
    async with client() as asking:
        await registered(asking, admin, PROGRAMME, limits)
        await registered(asking, admin, change, "{ me { name } }", contract="GRAPHQL")

        async def get(token, text, path=SHOP, **more):
            params = {"documentId": f"sha256:{sha(text)}", **more}
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/graphql-response+json"}
            return await asking.get(path, params=params, headers=headers)

        public = await get(shop, PROGRAMME, variables=json.dumps({"n": 2}))
        wrong = await get(shop, PROGRAMME, variables=json.dumps({"n": -2}))
        personal = [await get(shop, limits), await get(key, PROGRAMME), await get(admin, "{ me { name } }", "/graphql")]
        unknown = await get(shop, "{ venue { slug } }")
        mutation = await get(admin, change, "/graphql")
        untrusted = await asking.get(SHOP, params={"query": PROGRAMME}, headers={"Authorization": f"Bearer {shop}"})
        still_in = await ask(asking, "{ me { name } }", token=admin)

    assert public.status_code == 200 and len(public.json()["data"]["performances"]["nodes"]) == 1
    assert public.headers["cache-control"] == "public, max-age=60"
    assert public.headers["vary"] == "Accept, Authorization, Origin, X-Venue"
    assert "extensions" not in public.json()  # what one caller has left is no other's business
    assert [(a.status_code, a.headers["cache-control"]) for a in personal] == [(200, "no-store")] * 3
    assert (wrong.headers["cache-control"], codes(wrong)) == ("no-store", ["BAD_USER_INPUT"])
    assert (codes(unknown), unknown.headers["cache-control"]) == (["DOCUMENT_NOT_FOUND"], "no-store")
    assert [(a.status_code, a.headers["allow"]) for a in (mutation, untrusted)] == [(405, "POST")] * 2
    assert codes(still_in) == []


async def test_without_valkey_documents_are_remembered_by_each_process(house):
    text = f"query Q{uuid4().hex} {{ venue {{ slug }} }}"
    async with client(redis_url="redis://127.0.0.1:1") as asking:
        sent = await post(asking, house[2], query=text, extensions=hashed(text))
        known = await post(asking, house[2], extensions=hashed(text))

    assert codes(sent) == codes(known) == []


async def test_strangers_have_no_trusted_documents():
    async with client(create_app()) as asking:
        answer = await asking.post(SHOP, json={"documentId": f"sha256:{sha('x')}"})
    assert codes(answer) == ["DOCUMENT_NOT_FOUND"]


def test_manifests_of_build_tools_are_imported(tmp_path):
    relay, preset = tmp_path / "queries.json", tmp_path / "persisted-documents.json"
    text = "query Shop { venue { slug } }"
    relay.write_text(json.dumps({hashlib.md5(text.encode()).hexdigest(): text}))
    preset.write_text(json.dumps({sha(text): text, hashlib.sha1(PROGRAMME.encode()).hexdigest(): PROGRAMME}))
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"0a": "query Shop { customers { totalCount } }"}))
    slug = f"shop-{uuid4().hex[:12]}"

    def foyer(*words: str) -> str:
        done = subprocess.run([sys.executable, "-m", "gateway.cli", *words], capture_output=True, text=True, check=False)
        return f"{done.returncode} {done.stdout or done.stderr}".strip()

    foyer("venue", "create", slug, "Shop", "--time-zone", "Europe/Oslo", "--currency", "NOK", "--language", "no")
    told = [foyer("documents", "import", str(file), "--venue", slug, "--app", "shop") for file in (relay, preset, broken)]

    assert told[:2] == [f"0 {slug} trusts 1 documents of shop.", f"0 {slug} trusts 2 documents of shop."]
    assert told[2].startswith("1 Error: 0a: Cannot query field 'customers' on type 'Query'.")
