"""Compiled selections answer what graphql-core answers, whatever the values: random questions to a schema of bad manners."""

import asyncio
import gc
import os
import random
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import strawberry
from graphql import execute, parse
from strawberry.dataloader import DataLoader
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Core

from resolvers.compiled import kept
from resolvers.compiled.executor import executor
from tests.resolvers.answers import Answered, by, nearly_same, same, with_all_errors
from tests.resolvers.nasty import SCHEMA, WAITING, Other, Part, Query, Thing
from tests.resolvers.random_queries import Questions

MANY = int(os.environ.get("FOYER_RANDOM_QUERIES", "200"))


async def answered(document: Any, variables: Any, context: dict[str, Any], kind: Any) -> Answered:
    """By one of the executors."""

    async def load(ways: list[str]) -> list[Any]:
        found = [Thing(context["seed"], way, "Part") for way in ways]
        return [LookupError(part.way) if part.shape < context["seed"][1] else part.thing("it") for part in found]

    return await by(kind, SCHEMA, document, {**context, "load": DataLoader(load)}, variables)


@pytest.mark.filterwarnings("ignore")  # coroutines that graphql-core leaves lying when something else goes wrong
async def test_random_questions_are_answered_as_graphql_core_answers_them():
    compiled = executor(at_once=True)
    counts: Counter[str] = compiled.kept.counts
    seen: Counter[str] = Counter()
    for seed in range(MANY):
        chance = random.Random(seed)
        text, variables = Questions(SCHEMA, chance).ask(["part", "parts", "needed", "named"])
        document, waits = parse(text), any(name in text for name in WAITING)
        for nastiness in (0.0, 0.01, chance.choice([0.03, 0.1])):
            refuse, paths = chance.random() < 0.3, chance.random() < 0.1
            context = {"seed": (seed, nastiness, waits), "who": seed, "refuse": refuse, "paths": paths}
            before = counts.copy()
            expected, first, found = [await answered(document, variables, context, kind) for kind in (Core, compiled, compiled)]
            assert waits or same(first, found), f"{context}: {text} {variables}"

            if waits and not same(expected, found):
                everything = await answered(with_all_errors(document), variables, context, Core)
                assert nearly_same(expected, found, everything), f"{context}: {text} {variables}"
                seen["another error of several, or another order"] += 1
            else:
                assert same(expected, found), f"{context}: {text} {variables}"
            used = counts - before
            seen["questions"] += 1
            seen["with errors"] += bool(expected.errors)
            seen["compiled"] += bool(used["compiled"])
            seen["surprised"] += bool(used["surprised"])

    print(f"\n{dict(seen)}, selections: {dict(counts)}")
    # The test would pass, and show nothing, if all were left to graphql-core.
    assert seen["compiled"] > MANY and seen["with errors"] > MANY / 2 and seen["surprised"] > MANY / 4
    assert seen["another error of several, or another order"] < seen["with errors"] / 10


async def test_a_guard_is_asked_every_time():
    document = parse("{ parts { name guarded } needed { permitted } }")
    compiled = executor(at_once=True)
    context = {"seed": (1, 0.0, False), "who": 1, "refuse": False, "paths": False}

    for refuse in (False, False, True, False):
        found = await answered(document, {}, {**context, "refuse": refuse}, compiled)
        said = [error[0] for error in found.errors]
        assert said == (["not yours"] * 3 + ["not for you"] if refuse else [])
        assert found.data["needed"] == {"permitted": None if refuse else "permitted"}
    assert compiled.kept.counts["compiled"] == 0  # what is guarded is left to graphql-core


async def test_a_class_compiles_for_one_schema():
    other = strawberry.Schema(Query, types=[Part, Other])._schema
    document, context = parse("{ parts { name } }"), {"seed": (1, 0.0, False)}
    compiled = executor(at_once=True)

    for schema, outcome in ((SCHEMA, {"new": 1, "compiled": 1}), (other, {})):
        before = compiled.kept.counts.copy()
        execute(schema, document, context_value=context, executor_class=compiled)
        assert compiled.kept.counts - before == outcome


async def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(kept, "MOST_OPERATIONS", 5)
    compiled = executor()
    context = {"seed": (1, 0.0, False), "who": 1, "refuse": False, "paths": False}
    switches = " ".join(f"a{n}: name @include(if: $s{n})" for n in range(5))
    choosy = parse(f"query ({' '.join(f'$s{n}: Boolean!' for n in range(5))}) {{ parts {{ {switches} __typename }} }}")
    long = parse("{ parts { name } } #" + "x" * 20_000)

    for _ in range(2):
        for document in [parse(f"{{ r{n}: parts {{ name }} }}") for n in range(20)] * 2 + [long]:
            await answered(document, {}, context, compiled)
        assert len(compiled.kept._known) == 5
    for chosen in range(2**5):
        found = await answered(choosy, {f"s{n}": bool(chosen & 2**n) for n in range(5)}, context, compiled)
        assert len(found.data["parts"][0]) == chosen.bit_count() + 1
    (known,) = [each for each in compiled.kept._known.values() if each.operation is choosy.definitions[0]]
    assert len(known.plans) == kept.MOST_PLANS
    assert all(each.operation is not long.definitions[0] for each in compiled.kept._known.values())


async def test_fragments_that_spell_out_too_much_are_left_to_graphql_core():
    names = [f"F{n}" for n in range(14)]
    spreads = [f"fragment {a} on Part {{ a: inner {{ ...{b} }} b: inner {{ ...{b} }} }}" for a, b in pairwise(names)]
    document = parse("{ part { ...F0 } } fragment F13 on Part { name } " + " ".join(spreads))
    compiled = executor(at_once=True)

    context = {"seed": (3, 0.0, False), "who": 1, "refuse": False, "paths": False}
    assert same(*[await answered(document, {}, context, kind) for kind in (Core, compiled)])
    assert compiled.kept.counts["core"] > 0


async def test_nothing_is_left_running_when_whoever_asked_has_gone():
    document = parse("{ parts { a: later(ticks: 100000) { minor } b: later(ticks: 100000) { currency } loaded { name } } }")
    context = {"seed": (1, 0.0, True), "who": 1, "refuse": False, "paths": False}
    before = asyncio.all_tasks()
    asking = asyncio.create_task(answered(document, {}, context, executor(at_once=True)))
    while len(asyncio.all_tasks() - before) < 7:  # the request and the two fields that wait, of three parts
        await asyncio.sleep(0)

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert asyncio.all_tasks() == before


async def test_what_comes_too_late_is_not_logged(caplog):
    document = parse("{ needed { doubled parts { loaded { name } } } }")
    context = {"who": 1, "refuse": False, "paths": False}
    compiled = executor(at_once=True)
    # graphql-core comes upon a number that is none, and never asks for the parts; the compiled function has.
    found = [await answered(document, {}, {**context, "seed": (n, 0.3, True)}, compiled) for n in range(300)]
    assert {error[4] for each in found for error in each.errors} >= {LookupError, TypeError}

    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


def test_nothing_below_the_root_asks_which_task_it_is():
    asks = re.compile(r"current_task|asyncio\.timeout|TaskGroup|wait_for\(")
    files = [path for folder in ("schema", "resolvers", "tenants") for path in Path(folder).rglob("*.py")]
    assert len(files) > 100
    # A connection is taken, and the pool closed, before and after all selections; the other one says this rule.
    without = {"tenants/connections.py", "tenants/database.py", "resolvers/compiled/run.py"}
    assert {str(path) for path in files if asks.search(path.read_text())} == without
