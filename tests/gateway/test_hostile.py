"""What nobody should send. Each is refused with its code and a status below 500, and says nothing about our insides."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.http import GRAPHQL_JSON, PLAIN_JSON
from tests.builders import make_token, make_venue
from tests.gateway.clients import client, codes


@dataclass(frozen=True)
class Probe:
    """A body (or a query that becomes one), and what it is answered with."""

    name: str
    status: int
    code: str | None
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "POST"


def raw(name: str, body: bytes | str, status: int = 400, code: str | None = "BAD_REQUEST", **headers: str) -> Probe:
    return Probe(
        name, status, code, body.encode() if isinstance(body, str) else body, {k.replace("_", "-"): v for k, v in headers.items()}
    )


def query(name: str, text: str, code: str | None, status: int = 400, **variables: Any) -> Probe:
    return Probe(name, status, code, json.dumps({"query": text, "variables": variables}).encode())


def fan_out(levels: int) -> str:
    fragments = "".join(f"fragment F{i} on Query {{...F{i + 1} ...F{i + 1}}} " for i in range(levels))
    return "{...F0} " + fragments + f"fragment F{levels} on Query {{__typename}}"


TYPENAME = '{"query":"{ __typename }"}'
SEARCH = "query ($s: String) { seasons(where: {search: $s}) { totalCount } }"
PARSE, VALIDATE, COMPLEX, INPUT = "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COMPLEX", "BAD_USER_INPUT"

PROBES = [
    # Not the JSON of a request
    raw("null", "null"),
    raw("true", "true"),
    raw("number", "1"),
    raw("string", '"x"'),
    raw("empty body", ""),
    raw("empty object", "{}"),
    raw("batch", f"[{TYPENAME},{TYPENAME}]"),
    raw("empty batch", "[]"),
    raw("cut off", '{"query":"{'),
    raw("NaN", '{"query":"{ __typename }","variables":{"a":NaN}}'),
    raw("invalid UTF-8", b'{"query":"{ __typename \xff}"}'),
    raw("overlong UTF-8", b'{"query":"\xc0\xae"}'),
    raw("UTF-16", TYPENAME.encode("utf-16")),
    raw("UTF-8 with a byte order mark", b"\xef\xbb\xbf" + TYPENAME.encode()),
    raw("nested 100,000 deep", "[" * 100_000),
    raw("nested 100,000 deep and closed", '{"query":"{ __typename }","variables":{"a":' + "[" * 50_000 + "]" * 50_000 + "}}"),
    raw("a number of 5,000 digits", '{"query":"{ __typename }","variables":{"a":' + "9" * 5000 + "}}"),
    raw("1e999", '{"query":"{ __typename }","variables":{"a":1e999}}'),
    raw("10 MB", b'{"query":"' + b" " * 10_000_000 + b'{ __typename }"}', 413),
    raw("query is null", '{"query":null}'),
    raw("query is a number", '{"query":1}'),
    raw("variables are a list", '{"query":"{ __typename }","variables":[1]}'),
    raw("variables are a string", '{"query":"{ __typename }","variables":"{}"}'),
    raw("operationName is a number", '{"query":"{ __typename }","operationName":7}'),
    raw("operationName of nobody", '{"query":"query A { __typename } query B { __typename }","operationName":"C"}'),
    raw("two operations, none named", '{"query":"query A { __typename } query B { __typename }"}'),
    raw("extensions are a list", '{"query":"{ __typename }","extensions":[]}'),
    raw("a lone surrogate in a variable", '{"query":"{ __typename }","variables":{"a":"\\ud800"}}'),
    raw("a lone surrogate in the query", '{"query":"{ __typename } # \\udc00"}'),
    # Not the request of a GraphQL client
    raw("text/plain", TYPENAME, 415, Content_Type="text/plain"),
    raw("urlencoded", "query=%7B__typename%7D", 415, Content_Type="application/x-www-form-urlencoded"),
    raw("multipart", "--x--", 415, Content_Type="multipart/form-data; boundary=x"),
    raw("text/plain;application/json", TYPENAME, 415, Content_Type="text/plain;application/json"),
    raw("application/jsonx", TYPENAME, 415, Content_Type="application/jsonx"),
    raw("application/json in latin-1", TYPENAME, 415, Content_Type="application/json; charset=iso-8859-1"),
    raw("no content type", TYPENAME, 415, Content_Type=""),
    raw("gzip", b"\x1f\x8b\x08\x00", 415, Content_Encoding="gzip"),
    raw("Accept: text/csv", TYPENAME, 406, Accept="text/csv"),
    Probe("mutation by GET", 405, "BAD_REQUEST", method="GET"),
    Probe("PUT", 405, "BAD_REQUEST", TYPENAME.encode(), method="PUT"),
    Probe("OPTIONS", 405, "BAD_REQUEST", method="OPTIONS"),
    # Documents
    query("empty document", "", PARSE),
    query("only a fragment", "fragment F on Query { __typename }", VALIDATE),
    query("a type definition", "type Query { x: Int }", VALIDATE),
    query("nested 2,000 deep", "{a" * 2000 + "}" * 2000, COMPLEX),
    query("nested 300 deep", "{a" * 300 + "}" * 300, COMPLEX),
    query("nested 16 deep", "{a" * 16 + "}" * 16, COMPLEX),
    query("a list of 3,000 levels", "{ node(id: " + "[" * 3000 + "]" * 3000 + ") { id } }", COMPLEX),
    query("a list of 300 levels", "{ node(id: " + "[" * 300 + "]" * 300 + ") { id } }", COMPLEX),
    query("2,001 tokens", "{" + " __typename" * 1999 + "}", COMPLEX),
    query("1,001 fields", "{" + " __typename" * 1001 + "}", COMPLEX),
    query("10,000 comments", "#\n" * 10_000 + "{ __typename }", COMPLEX),
    query("31 aliases", "{" + "".join(f" a{i}: __typename" for i in range(31)) + "}", COMPLEX),
    query("11 mutations", "mutation {" + " signOut { signedOut }" * 11 + "}", COMPLEX),
    query("fragment fan-out of 2^22", fan_out(22), COMPLEX),
    query("fragments in a circle", "{...A} fragment A on Query {...B} fragment B on Query {...A}", VALIDATE),
    query("a fragment of itself", "{...A} fragment A on Query {__typename ...A}", VALIDATE),
    query("an unknown fragment", "{...Nobody}", VALIDATE),
    query("500 unknown directives", "{ __typename " + "@x " * 500 + "}", VALIDATE),
    query("240 equal fields", "{" + " seasons(first: 1) { totalCount }" * 240 + "}", COMPLEX),
    query("deep introspection", "{__schema{types" + "{fields{type" * 6 + "{name}" + "}}" * 6 + "}}", VALIDATE),
    query("125,000 objects", "{ customers { nodes { orders { nodes { customer { orders { totalCount } } } } } } }", COMPLEX),
    query("a subscription for JSON", 'subscription { jobProgress(id: "1") { id } }', "BAD_REQUEST"),
    query("an unknown field", "{ seasonz }", VALIDATE),
    query("an unknown argument", "{ seasons(fist: 1) { totalCount } }", VALIDATE),
    query("an unknown type", "query ($x: Strng) { __typename }", VALIDATE),
    query("an unused variable", "query ($x: String) { __typename }", VALIDATE),
    query("a lone surrogate as escape", '{ seasons(where: {search: "\\uD800"}) { totalCount } }', PARSE),
    query("NUL as escape", '{ seasons(where: {search: "\\u0000"}) { totalCount } }', VALIDATE),
    query("NUL as new escape", '{ seasons(where: {search: "\\u{0}"}) { totalCount } }', VALIDATE),
    query("an integer of 5,000 digits", "{ seasons(first: " + "9" * 5000 + ") { totalCount } }", VALIDATE),
    # Values
    query("NUL in a variable", SEARCH, INPUT, s="a\0b"),
    query(
        "NUL in the name of a variable's field",
        "query ($w: CatalogueFilter) { seasons(where: $w) { totalCount } }",
        INPUT,
        w={"a\0": 1},
    ),
    query("a number for a text", SEARCH, INPUT, s=7),
    query("a text of 200,000 characters", SEARCH, None, 200, s="x" * 200_000),
    query("an object for a text", SEARCH, INPUT, s={"a": 1}),
    query("an integer beyond 32 bits", "query ($n: Int) { seasons(first: $n) { totalCount } }", INPUT, n=2**31),
    query("an integer beyond 64 bits", "query ($n: Int) { seasons(first: $n) { totalCount } }", INPUT, n=2**70),
    query("a first of -1", "{ seasons(first: -1) { nodes { name } } }", INPUT, 200),
    query("a first of a million", "{ seasons(first: 1000000) { nodes { name } } }", INPUT, 200),
    query("a cursor of somebody's own", '{ seasons(after: "bm9uc2Vuc2U") { nodes { name } } }', INPUT, 200),
    query("an id that is none", '{ season(id: "1; drop table seasons") { name } }', INPUT, 200),
    query("quotes in a search", SEARCH, None, 200, s="'; drop table seasons; --"),
    query("variables nobody asked for, 900 deep", "{ __typename }", None, 200, a=json.loads("[" * 900 + "]" * 900)),
]


@pytest.fixture(scope="module")
async def token() -> str:
    return await make_token(await make_venue())


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.name)
async def test_it_is_refused_with_its_code(probe, token):
    headers = {"Authorization": f"Bearer {token}", "Content-Type": PLAIN_JSON, "Accept": GRAPHQL_JSON} | probe.headers
    url = "/graphql?query=mutation+%7B+__typename+%7D" if probe.method == "GET" else "/graphql"
    async with client(environment="production") as asking:
        answer = await asking.request(probe.method, url, content=probe.body, headers=headers)

    assert answer.status_code == probe.status, answer.text[:500]
    assert set(codes(answer)) == ({probe.code} if probe.code else set()), answer.text[:500]
    assert len(answer.json().get("errors", [])) <= 5
    assert not any(word in answer.text for word in ("Traceback", "asyncpg", "tortoise", "select ", "/tenants/"))
    if answer.status_code != 200:
        assert "data" not in answer.json()
        assert all(len(error["extensions"]["traceId"]) == 32 for error in answer.json()["errors"])


def test_there_are_at_least_55_of_them():
    assert len({probe.name for probe in PROBES}) == len(PROBES) >= 55
