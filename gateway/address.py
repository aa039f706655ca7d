"""Where a development start serves, and whether it does yet."""

import asyncio
import http.client
import os
import socket
import time
from contextlib import suppress
from urllib.parse import urlsplit

from gateway.supervisor import say
from tenants.errors import FoyerError
from tenants.settings import settings

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # recognised, not bound
READY_SECONDS = 60.0


def choose() -> str:
    """The gateway's address. Its port is the one FOYER_PORT names, or the first free one from 8000 on. Raises FoyerError."""
    host, port = settings().host, settings().port
    while not _free(host, port):
        if "FOYER_PORT" in os.environ:
            raise FoyerError(f"Port {port}, which FOYER_PORT names, is taken by another program.")
        say(f"Port {port} is taken; trying {port + 1}.", colour="yellow")
        port += 1
    os.environ["FOYER_PORT"] = str(port)
    url = f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{port}"
    os.environ.setdefault("FOYER_PUBLIC_URL", url)  # the links that the programs make are whole addresses
    return url


def _free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


async def until_ready(url: str, running: asyncio.Task[None]) -> None:
    """Wait until the gateway says it is ready, or `running` has ended. Raises FoyerError when it takes too long."""
    waiting_since = time.monotonic()
    while not running.done():
        if await asyncio.to_thread(_ready, url):
            return
        if time.monotonic() > waiting_since + READY_SECONDS:
            raise FoyerError(f"{url}/ready does not say that the gateway is ready after {READY_SECONDS:g} s.")
        await asyncio.sleep(0.1)


def _ready(url: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=2)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    return False
