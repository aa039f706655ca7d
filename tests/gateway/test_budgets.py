"""What anyone may ask for at a time: taken before, given back after, in Valkey or without it."""

import asyncio
import socket
from contextlib import asynccontextmanager
from types import SimpleNamespace
from uuid import uuid4

import pytest

from gateway import budgets as module
from gateway.app import create_app
from gateway.budgets import Budgets, OverBudget
from gateway.http import PLAIN_JSON
from gateway.valkey import Valkey
from tenants.embedded import Servers
from tenants.errors import Refusal
from tenants.permissions import Caller
from tenants.settings import settings
from tests.asking import caller_at, shopper_at
from tests.builders import make_key, make_token, make_venue
from tests.gateway.clients import ask, client, codes

SEASONS = "{ seasons(first: 40) { nodes { id } } }"


def chosen(**given):
    return settings().model_copy(update=given)


@asynccontextmanager
async def answering_nothing():
    """The address of a server that takes everything in and says nothing."""
    hole = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    try:
        yield f"redis://127.0.0.1:{hole.sockets[0].getsockname()[1]}"
    finally:
        hole.close()


def refused_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture(params=["Valkey", "no Valkey"])
def valkey(request):
    return Valkey(settings().redis_url if request.param == "Valkey" else refused_port())


async def test_points_are_taken_refused_given_back_and_restored(valkey, monkeypatch):
    monkeypatch.setattr(module, "LATER", 0.001)
    ours = Budgets(chosen(budget_key="100/20"), valkey)
    caller = Caller("KEY", uuid4())

    first = await ours.take(caller, 60)
    with pytest.raises(OverBudget) as over:
        await ours.take(caller, 60)
    assert first.settled(10) == {
        "requestedQueryCost": 60,
        "actualQueryCost": 10,
        "throttleStatus": {"maximumAvailable": 100, "currentlyAvailable": 90, "restoreRate": 20},
    }
    second = await ours.take(caller, 60)

    assert over.value.code == "THROTTLED" and over.value.retry_after == 1
    assert over.value.cost["actualQueryCost"] is None
    assert 40 <= over.value.cost["throttleStatus"]["currentlyAvailable"] < 60
    assert 30 <= second.remaining < 60
    async with asyncio.timeout(5):
        while (await ours.take(caller, 0)).remaining < 45:  # they come back by themselves
            await asyncio.sleep(0.02)


async def told(*processes):
    """Valkey knows all that these have given and were given back."""
    async with asyncio.timeout(5):
        while not all(each._telling and each._telling.done() for each in processes):
            await asyncio.sleep(0.005)


def processes(count, **given):
    return [Budgets(chosen(**given), Valkey(settings().redis_url)) for _ in range(count)]


def counting(budgets, monkeypatch):
    """A list that grows by each message to Valkey."""
    asked, ask = [], budgets._valkey.ask
    monkeypatch.setattr(budgets._valkey, "ask", lambda question: asked.append(question) or ask(question))
    return asked


async def test_what_is_given_back_arrives_without_another_request(monkeypatch):
    monkeypatch.setattr(module, "LATER", 0.001)
    (here, there), caller = processes(2, budget_key="1000/1"), Caller("KEY", uuid4())
    (await here.take(caller, 900)).settled(100)
    await told(here)

    assert 880 <= (await there.take(caller, 20)).remaining <= 885


async def test_small_sums_of_a_full_bucket_are_taken_without_asking_and_told_a_moment_later(monkeypatch):
    monkeypatch.setattr(module, "LATER", 0.001)
    (here, there), caller = processes(2, budget_key="1000/1"), Caller("KEY", uuid4())
    asked = counting(here, monkeypatch)
    bills = [await here.take(caller, 10) for _ in range(10)]

    assert [bill.remaining for bill in bills] == list(range(990, 890, -10))
    assert asked == []
    bills[-1].settled(3)
    await told(here)
    assert len(asked) == 1
    assert 887 <= (await there.take(caller, 20)).remaining <= 890
    assert 857 <= (await here.take(caller, 30)).remaining <= 860  # it is large; by now a small one is asked for as well
    assert 847 <= (await here.take(caller, 10)).remaining <= 850
    assert len(asked) == 3


async def test_what_many_processes_gave_on_credit_is_restored_before_anybody_gets_more(monkeypatch):
    monkeypatch.setattr(module, "LATER", 0.001)
    all_of_them, caller = processes(12, budget_key="1000/1"), Caller("KEY", uuid4())
    for each in all_of_them:
        for _ in range(10):
            await each.take(caller, 10)
    await told(*all_of_them)

    with pytest.raises(OverBudget) as over:
        await all_of_them[0].take(caller, 10)
    assert 205 <= over.value.retry_after <= 210


async def test_a_burst_takes_no_more_than_there_is(valkey):
    ours, caller = Budgets(chosen(budget_key="100/1"), valkey), Caller("KEY", uuid4())
    await ours.take(caller, 0)

    async def take():
        try:
            return (await ours.take(caller, 7)).cost
        except OverBudget:
            return 0

    assert sum(await asyncio.gather(*(take() for _ in range(60)))) == 98


async def test_what_never_fits_is_refused_without_being_charged(valkey):
    ours, caller = Budgets(chosen(budget_key="100/1"), valkey), Caller("KEY", uuid4())
    with pytest.raises(Refusal, match="may cost 101 points; at most 100 are allowed") as refused:
        await ours.take(caller, 101)

    assert refused.value.code == "QUERY_TOO_COMPLEX"
    assert (await ours.take(caller, 0)).remaining == 100


async def test_all_of_a_venue_share_a_budget_and_its_staff_have_the_last_of_it(valkey):
    venue, other = await make_venue(), await make_venue()
    ours = Budgets(chosen(budget_venue="100/1"), valkey)
    await ours.take(caller_at(venue, may=set()), 50)
    await ours.take(shopper_at(venue), 30)
    with pytest.raises(OverBudget, match="The venue has fewer"):
        await ours.take(caller_at(venue, may=set()), 10)
    await ours.take(caller_at(venue), 15)
    with pytest.raises(OverBudget, match="The venue has fewer"):
        await ours.take(caller_at(venue), 10)

    assert (await ours.take(caller_at(other, may=set()), 50)).cost == 50


async def test_strangers_and_shoppers_are_told_apart_by_their_address(valkey):
    ours = Budgets(chosen(budget_stranger="100/1", budget_shopper="100/1"), valkey)
    key = uuid4()
    one, two = [f"2001:db8:{uuid4().hex[:4]}:{n}::7" for n in (1, 2)]
    for kind, who in (("ANONYMOUS", None), ("STOREFRONT", key)):
        await ours.take(Caller(kind, who, address=one), 90)
        with pytest.raises(OverBudget, match="You have fewer"):
            await ours.take(Caller(kind, who, address=one.replace("::7", "::8")), 90)
        assert (await ours.take(Caller(kind, who, address=two), 90)).cost == 90


async def test_no_name_in_valkey_tells_an_address_or_a_secret():
    valkey = Valkey(settings().redis_url)
    await Budgets(settings(), valkey).take(Caller("STOREFRONT", uuid4(), address="198.51.100.77"), 5)
    names = [name.decode() async for name in valkey.client.scan_iter("budget:*")]

    assert names and not any("198.51" in name or "f" in name.split(":")[1] for name in names)
    assert -1 not in [await valkey.client.pttl(name) for name in names]  # -1 stays for ever; -2 has just gone


async def test_a_throttled_request_is_told_how_long_to_wait():
    key = await make_key(await make_venue(), "catalogue:read")
    async with client(costs=True, budget_key="100/10") as asking:
        answered = [await ask(asking, SEASONS, token=key) for _ in range(20)]
        plain = await ask(asking, "{ seasons(first: 100) { nodes { id } } }", token=key, accept=PLAIN_JSON)

    assert [answer.status_code for answer in answered] == [200] * 20  # what was not found is given back
    assert answered[0].json()["extensions"]["cost"] == {
        "requestedQueryCost": 40,
        "actualQueryCost": 1,
        "throttleStatus": {"maximumAvailable": 100, "currentlyAvailable": 99, "restoreRate": 10},
    }
    wait = plain.json()["errors"][0]["extensions"]["retryAfter"]
    assert (plain.status_code, codes(plain), plain.headers["retry-after"]) == (429, ["THROTTLED"], str(wait))
    assert 1 <= wait <= 3
    assert plain.json()["extensions"]["cost"]["actualQueryCost"] is None


async def test_nothing_runs_for_whoever_is_over_budget():
    venue = await make_venue()
    token = await make_token(venue)
    change = 'mutation { venueUpdate(input: { name: "Nyhuset" }) { venue { name } } }'
    async with client(costs=True, budget_person="15/1") as asking:
        first = await ask(asking, 'mutation { meUpdate(language: "nb") { userErrors { code } } }', token=token)
        second = await ask(asking, change, token=token)
        after = await ask(asking, "{ venue { name } }", token=token)

    assert codes(first) == [] and (second.status_code, codes(second)) == (429, ["THROTTLED"])
    assert after.json()["data"] == {"venue": {"name": "Storhuset"}}


@pytest.mark.parametrize("path", ["/graphql", "/storefront/graphql"])
async def test_callers_can_ask_what_they_have_left(path):
    key = await make_key(await make_venue())
    async with client(costs=True, budget_key="100/10") as asking:
        answer = await ask(asking, "{ rateLimit { cost limit remaining restoreRate resetAt } }", token=key, path=path)
    told = answer.json()["data"]["rateLimit"]

    assert {**told, "resetAt": ""} == {"cost": 1, "limit": 100, "remaining": 99, "restoreRate": 10, "resetAt": ""}
    assert told["resetAt"].endswith("Z")


async def test_a_valkey_that_says_nothing_holds_up_one_request_a_second():
    token = await make_token(await make_venue())
    clock = asyncio.get_running_loop().time
    async with answering_nothing() as url, client(redis_url=url, budget_person="500/1") as asking:
        began = clock()
        statuses = [(await ask(asking, "{ me { name } }", token=token)).status_code for _ in range(20)]
        took = clock() - began
        limited = [(await ask(asking, "{ seasons(first: 100) { totalCount } }", token=token)) for _ in range(5)]

    assert statuses == [200] * 20
    assert took < 5
    assert {answer.status_code for answer in limited} == {200}


async def test_a_valkey_that_stops_and_comes_back_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.valkey.PAUSE", 0.05)
    servers = Servers(tmp_path / "valkey")
    for folder in (servers.home, servers.sockets, servers.home / "valkey"):
        folder.mkdir(parents=True, exist_ok=True)
        servers._own(folder)
    caller, made = Caller("KEY", uuid4()), []
    servers._start_valkey()
    try:
        valkey = Valkey(servers.redis_url)
        ours = Budgets(chosen(budget_key="1000/1"), valkey)
        made.append((await ours.take(caller, 400)).remaining)
        servers.stop()
        made.append((await ours.take(caller, 100)).remaining)
        servers._start_valkey()
        async with asyncio.timeout(10):
            while await valkey.client.ping() and ours._valkey._gone:
                await ours.take(caller, 0)
                await asyncio.sleep(0.02)
        made.append((await ours.take(caller, 0)).remaining)
    finally:
        servers.stop()

    assert made[:2] == [600, 500]
    assert 600 <= made[2] <= 615


def test_every_kind_of_caller_has_a_budget():
    kinds = Caller.__dataclass_fields__["kind"].type.__args__
    ours = Budgets(settings(), SimpleNamespace(client=Valkey(settings().redis_url).client))
    assert [kind for kind in kinds if kind not in ours._sizes] == []


def test_the_application_charges_on_both_contracts():
    endpoints = [getattr(route, "endpoint", None) for route in create_app().routes]
    handlers = [endpoint.handler for endpoint in endpoints if hasattr(endpoint, "handler")]
    assert handlers and all(handler.budgets and handler.persisted for handler in handlers)
