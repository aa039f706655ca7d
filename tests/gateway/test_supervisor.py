import asyncio
import os

import pytest

from gateway import supervisor
from gateway.supervisor import GivenUp, Program, supervise


async def test_a_child_that_keeps_dying_is_given_up_and_the_others_are_stopped(monkeypatch, capsys):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    reader, writer = os.pipe()
    patient = Program("patient", ["schedule"], "cyan")

    with pytest.raises(GivenUp, match="The hasty ended 5 times within a minute"):
        await supervise([Program("hasty", ["--version"], "yellow"), patient], keep_open=writer)

    os.close(writer)
    assert os.read(reader, 1) == b""  # every child has let go of its end
    os.close(reader)
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("hasty     | foyer ") for line in lines) == 5
    assert patient.deaths == type(patient.deaths)()


async def test_stopping_takes_the_children_along():
    reader, writer = os.pipe()
    running = asyncio.create_task(supervise([Program("scheduler", ["schedule"], "cyan")], keep_open=writer))
    await asyncio.sleep(1)

    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    os.close(writer)
    assert os.read(reader, 1) == b""
    os.close(reader)
