"""What sign-ins cost the others, and what their time tells a guesser.

.venv/bin/pytest tests/bench/test_sign_in.py -s
"""

import asyncio
import os
import time
from itertools import count
from statistics import median, quantiles
from typing import Any
from uuid import uuid4

import orjson

from tenants import people, tenancy
from tenants.sql import sql
from tests.bench.load import one, post, serving
from tests.builders import make_key, make_token, make_venue

PORT, PASSWORD = 8463, "velkommen inn"
AT_ONCE, BURSTS, CLIENTS = 20, 12, 4
ROUNDS = 60
SIGN_IN = "mutation ($email: String!, $password: String!) { signIn(email: $email, password: $password) { token } }"

_addresses = count(1)


def sign_in(email: str, password: str) -> bytes:
    """A try to sign in, each from another address."""
    n = next(_addresses)
    body = orjson.dumps({"query": SIGN_IN, "variables": {"email": email, "password": password}})
    return post("/graphql", body, **{"X-Forwarded-For": f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"})


async def timed(request: bytes) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    await one(PORT, request)
    return (time.perf_counter() - began) * 1000


async def forget_tries() -> None:
    async with tenancy.platform():
        await tenancy.execute(sql("delete from sign_in_attempts"))


async def test_twenty_sign_ins_at_once_do_not_hold_the_others_up(monkeypatch):
    venue = await make_venue()
    emails = [f"{uuid4().hex}@example.org" for _ in range(AT_ONCE)]
    for email in emails:
        await make_token(venue, email=email, password=PASSWORD)
    query = orjson.dumps({"query": "{ customers(first: 50) { totalCount nodes { id lastName } } }"})
    other = post("/graphql", query, Authorization=f"Bearer {await make_key(venue, 'customers:read')}")

    async def others(until: asyncio.Event) -> list[float]:
        taken = []
        while not until.is_set():
            taken.append(await timed(other))
            await asyncio.sleep(0.01)
        return taken

    async def measured(work: Any) -> list[float]:
        over = asyncio.Event()
        asking = [asyncio.create_task(others(over)) for _ in range(CLIENTS)]
        await work
        over.set()
        return [each for taken in await asyncio.gather(*asking) for each in taken]

    async def burst() -> None:
        answers = await asyncio.gather(*(one(PORT, sign_in(email, PASSWORD)) for email in emails))
        assert all(b'"token":"fst_' in answer for answer in answers)

    monkeypatch.setitem(os.environ, "FOYER_TRUSTED_PROXIES", "1")
    await forget_tries()
    quiet, busy = [], []
    with serving("gateway.app:create_app", PORT):
        await burst()
        for _ in range(BURSTS):
            quiet += await measured(asyncio.sleep(0.5))
            busy += await measured(burst())

    p95 = [quantiles(taken, n=20)[-1] for taken in (quiet, busy)]
    print(
        f"\nothers' p95: quiet {p95[0]:.1f} ms, beside {AT_ONCE} sign-ins {p95[1]:.1f} ms: {p95[1] / p95[0]:.2f}x "
        f"({len(quiet)} and {len(busy)} requests)"
    )


async def test_the_time_of_a_refusal_does_not_tell_why(monkeypatch):
    houses = [await make_venue() for _ in range(3)]
    here, everywhere, disabled = [f"{uuid4().hex}@example.org" for _ in range(3)]
    for email in (here, everywhere, disabled):
        await make_token(houses[0], email=email, password=PASSWORD)
    async with tenancy.platform():
        person = await people.Person.get(email=everywhere)
        for house in houses[1:]:
            await people.grant(person.id, house.id, "BOX_OFFICE")
        await tenancy.execute(sql("update persons set disabled_at = now() where email = {email}", email=disabled))
    cases = {"nobody": "nobody@example.org", "wrong password": here, "of three venues": everywhere, "disabled": disabled}
    taken: dict[str, list[float]] = {name: [] for name in cases}

    monkeypatch.setitem(os.environ, "FOYER_TRUSTED_PROXIES", "1")
    with serving("gateway.app:create_app", PORT):
        for number in range(ROUNDS):
            if number % 8 == 0:
                await forget_tries()
            for name in (*cases, *reversed(cases)):
                taken[name].append(await timed(sign_in(cases[name], "a wrong guess")))

    nobody = median(taken["nobody"])
    print("\n" + ", ".join(f"{name} {median(each):.2f} ms ({median(each) / nobody - 1:+.1%})" for name, each in taken.items()))
