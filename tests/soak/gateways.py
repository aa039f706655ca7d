"""Gateways as processes of their own, that may be killed and started again, and how to ask one of them."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import orjson

from tests.bench.load import PLENTY, post

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 30.0  # seconds that an answer is waited for
AT_ONCE = 250  # purchases that a gateway is sent and has not answered, as by the load balancer in front of it


class Gateways:
    """So many, each with its port and its log below `home`."""

    def __init__(self, many: int, home: Path, hold: int) -> None:
        self.ports = [_free_port() for _ in range(many)]
        self.logs = [home / f"gateway-{n}.log" for n in range(many)]
        self.given = PLENTY | {"FOYER_RESERVATION_SECONDS": str(hold), "FOYER_LOG_LEVEL": "warning"}
        self.line = asyncio.Semaphore(many * AT_ONCE)
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """All of them, up and answering; killed at the end."""
        for log in self.logs:
            log.unlink(missing_ok=True)
        try:
            for n in range(len(self.ports)):
                self._start(n)
            await asyncio.gather(*(self._up(n) for n in range(len(self.ports))))
            yield
        finally:
            for child in self._children.values():
                child.kill()
                child.wait()

    async def killed(self) -> None:
        """kill -9 one of them, and start it again."""
        n = random.randrange(len(self.ports))
        self._children[n].send_signal(signal.SIGKILL)
        self._children[n].wait()
        self._start(n)
        await self._up(n)

    async def ask_in_line(self, request: bytes, *, hang_up: float | None = None) -> Any:
        """The same as ask(), once those who came before have been asked for."""
        async with self.line:
            return await self.ask(request, hang_up=hang_up)

    async def ask(self, request: bytes, *, hang_up: float | None = None) -> Any:
        """The body of what any of them answers; None when nothing came, whether or not it was done. With `hang_up` the client
        goes away after so many seconds, the request sent."""
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
            reader, writer = await asyncio.open_connection("127.0.0.1", random.choice(self.ports))
            try:
                writer.write(request)
                if hang_up is not None:
                    await asyncio.sleep(hang_up)
                    return None
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
                at = head.lower().index(b"content-length:") + len(b"content-length:")
                return orjson.loads(await reader.readexactly(int(head[at : head.index(b"\r\n", at)])))
            finally:
                writer.transport.abort()
        return None

    def _start(self, n: int) -> None:
        command = [sys.executable, "-m", "gateway.cli", "serve"]
        with self.logs[n].open("ab") as out:
            given = os.environ | self.given | {"FOYER_PORT": str(self.ports[n])}
            self._children[n] = subprocess.Popen(command, cwd=ROOT, env=given, stdout=out, stderr=out)

    async def _up(self, n: int) -> None:
        for _ in range(600):
            with suppress(OSError):
                (await asyncio.open_connection("127.0.0.1", self.ports[n]))[1].close()
                return
            await asyncio.sleep(0.1)
        raise TimeoutError(f"gateway {n} does not answer:\n{self.logs[n].read_text()[-2000:]}")


def question(path: str, token: str, query: str, key: str | None = None, **variables: Any) -> bytes:
    """A request as it goes over the wire."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency_Key": key} if key else {})
    return post(path, orjson.dumps({"query": query, "variables": variables}), **headers)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
