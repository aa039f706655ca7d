"""A load on loopback: keep-alive connections that send the same requests again and again, and count whole answers."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from statistics import median

import uvicorn

# Settings under which nobody is throttled; the budgets count all the same.
PLENTY = {f"FOYER_BUDGET_{whose}": "900000000/900000000" for whose in ("PERSON", "KEY", "SHOPPER", "VENUE")}


def post(path: str, body: bytes, **headers: str) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def one(port: int, request: bytes) -> bytes:
    """The body of one answer. Raises AssertionError unless it is 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        return await exchange(reader, writer, request)
    finally:
        writer.close()


async def rate(port: int, *requests: bytes, seconds: float, connections: int = 8) -> float:
    """Answers per second to these requests in turn."""
    ends, answered, following = time.perf_counter() + seconds, 0, cycle(requests)

    async def ask() -> None:
        nonlocal answered
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < ends:
            await exchange(reader, writer, next(following))
            answered += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(ask() for _ in range(connections)))
    return answered / (time.perf_counter() - began)


async def in_turns(
    ours: tuple[int, bytes], floor: tuple[int, bytes], *, rounds: int = 7, seconds: float = 2
) -> tuple[float, float]:
    """The median answers per second of both, asked in turns so that the machine's mood is the same for both."""
    told: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for rates, (port, request) in zip(told, (ours, floor), strict=True):
            rates.append(await rate(port, request, seconds=seconds))
    return median(told[0]), median(told[1])


async def exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """The body of one answer on a connection. Raises AssertionError unless it is 200."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    at = head.lower().index(b"content-length:") + len(b"content-length:")
    return await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))


def serve(app: str, port: int) -> None:
    """A server of one application factory, to be run as a process of its own."""
    uvicorn.run(app, factory=True, host="127.0.0.1", port=port, log_level="warning", access_log=False)


def cpu(process: int) -> float:
    """The seconds of a processor that a process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(app: str, port: int) -> Iterator[int]:
    """The server in a process of its own, up and answering; the process's id."""
    import sys

    with running([sys.executable, "-c", f"from tests.bench.load import serve; serve({app!r}, {port})"], port) as process:
        yield process


@contextmanager
def running(command: Sequence[str], port: int, folder: Path | None = None) -> Iterator[int]:
    """The same of any server that listens on this port."""
    import socket
    import subprocess

    child = subprocess.Popen(command, cwd=folder)
    try:
        for _ in range(1200):
            assert child.poll() is None, "it did not start"
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield child.pid
    finally:
        child.terminate()
        child.wait()
