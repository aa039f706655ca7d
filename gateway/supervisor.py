"""Several of our programs as children of one: their logs side by side, the dead restarted, all stopped together."""

import asyncio
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import click

from tenants.errors import FoyerError

SUPERVISED = "FOYER_SUPERVISED"  # set for children, see follow_supervisor()
DEATHS, WITHIN = 5, 60.0  # so many in so many seconds, and a child is given up
FIRST_PAUSE = 0.5  # before a child is started again; doubled with every death
STOP_SECONDS = 20.0  # more than a worker takes to hand its jobs back
LONGEST_LINE = 1024 * 1024


class GivenUp(FoyerError):
    """A child died too often."""


@dataclass
class Program:
    """One child: a name for its lines of log, the arguments of `foyer`, a colour."""

    name: str
    arguments: Sequence[str]
    colour: str
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS))


def say(line: str, name: str = "foyer", colour: str = "blue") -> None:
    """One line of log, with the name of whose it is. A terminal that is gone is no reason to fail."""
    with suppress(OSError):
        click.echo(click.style(f"{name:<9} | ", fg=colour) + line)


async def supervise(programs: Sequence[Program], *, keep_open: int) -> None:
    """Run all until cancelled, then stop them. Each holds the descriptor `keep_open` as long as it lives. Raises GivenUp."""
    tasks = [asyncio.create_task(_keep_running(program, keep_open)) for program in programs]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    for task in ended:
        task.result()  # they end by an error only


async def _keep_running(program: Program, keep_open: int) -> None:
    while True:
        code = await _run(program, keep_open)
        now = time.monotonic()
        program.deaths.append(now)
        recent = sum(now - death < WITHIN for death in program.deaths)
        if recent == DEATHS:
            raise GivenUp(f"The {program.name} ended {DEATHS} times within a minute; its last lines above say why.")
        pause = FIRST_PAUSE * 2 ** (recent - 1)
        say(f"The {program.name} ended with code {code}; starting it again in {pause:g} s.", colour="red")
        await asyncio.sleep(pause)


async def _run(program: Program, keep_open: int) -> int:
    """One life of a child, its lines copied to our output; answers the exit code."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli", *program.arguments),
        stdin=asyncio.subprocess.PIPE,  # never written to: its end tells the child that we are gone
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {SUPERVISED: "1", "PYTHONUNBUFFERED": "1"},
        limit=LONGEST_LINE,
        pass_fds=[keep_open],
        start_new_session=True,  # so that Ctrl-C reaches us alone, and we stop the children in order
    )
    lines = asyncio.create_task(_copy_lines(child, program))
    try:
        return await child.wait()
    finally:
        await _stop(child)
        await asyncio.wait({lines}, timeout=1)
        lines.cancel()


async def _copy_lines(child: asyncio.subprocess.Process, program: Program) -> None:
    while child.stdout:
        try:
            line = await child.stdout.readline()
        except ValueError:  # longer than LONGEST_LINE
            continue
        if not line:
            return
        say(line.decode(errors="replace").rstrip(), program.name, program.colour)


async def _stop(child: asyncio.subprocess.Process) -> None:
    """End a child, gently if it can be, and whatever it has started and left behind."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            child.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), STOP_SECONDS)
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def follow_supervisor() -> None:
    """In a child: end in an orderly way when the supervisor is gone, even if it was killed. Alone, nothing happens."""
    if os.environ.pop(SUPERVISED, None):
        threading.Thread(target=_end_with_stdin, daemon=True).start()


def _end_with_stdin() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
