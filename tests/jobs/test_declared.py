import ast
from pathlib import Path
from uuid import UUID

import pytest

from jobs import broker, schedule
from jobs.broker import DECLARED, job
from tenants.errors import NoScope

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("gateway", "jobs", "resolvers", "schema", "tenants")


def spoken_of() -> dict[str, str]:
    """Each name the source says later() with, and where."""
    found = {}
    for path in (p for package in PACKAGES for p in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", None)) == "later":
                name = node.args[0]
                if isinstance(name, ast.Constant):
                    found[str(name.value)] = f"{path.relative_to(ROOT)}:{node.lineno}"
                else:  # the one place that reads its names from a table, compared below
                    assert path.name == "scheduler.py", f"{path}:{node.lineno}: say the job's name as a literal"
    return found


def test_every_later_in_the_source_is_a_declared_job():
    broker.load()

    spoken = spoken_of()

    assert len(spoken) > 0
    assert {name: place for name, place in spoken.items() if name not in DECLARED} == {}


def test_every_periodic_job_is_declared_for_the_platform_and_spoken_of_once():
    broker.load()
    names = [p.name for p in schedule.PERIODIC]

    assert len(set(names)) == len(names)
    assert [n for n in names if n not in DECLARED or not DECLARED[n].platform] == []


def test_every_declared_job_is_asked_for_somewhere():
    broker.load()

    asked = set(spoken_of()) | {p.name for p in schedule.PERIODIC}

    assert {n for n in DECLARED if not n.startswith("drill.")} - asked == set()


def test_a_job_without_a_venue_is_refused():
    with pytest.raises(TypeError, match="first argument is `venue: UUID`"):

        @job("test.no_venue")
        async def no_venue(thing: UUID) -> None: ...

    with pytest.raises(TypeError, match="first argument is `venue: UUID`"):

        @job("test.nothing")
        async def nothing() -> None: ...

    with pytest.raises(TypeError, match="all it takes are UUIDs"):

        @job("test.text")
        async def text(venue: UUID, name: str) -> None: ...

    with pytest.raises(TypeError, match="`async def`"):

        @job("test.blocking")
        def blocking(venue: UUID) -> None: ...

    assert [n for n in DECLARED if n.startswith("test.")] == []


def test_a_name_is_declared_once():
    broker.load()
    with pytest.raises(ValueError, match="There are two jobs called"):

        @job("housekeeping.files", platform=True)
        async def again() -> None: ...


async def test_a_venues_job_does_not_run_for_the_platform_nor_the_other_way_round():
    broker.load()
    with pytest.raises(NoScope):
        await DECLARED["housekeeping.files_of_venue"](None, ())
    with pytest.raises(NoScope):
        await DECLARED["housekeeping.files"](UUID(int=1), ())
