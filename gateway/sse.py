"""Answers as a stream of server-sent events: the protocol graphql-sse, each operation on a connection of its own.

Every `next` has an id that stands for what it says. A client that comes again with `Last-Event-ID` is not told once more what it
knows already, so it may break off and go on wherever it likes.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from hashlib import sha256
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from gateway.http import EVENT_STREAM
from gateway.streams import Payload, ended, outcome_of
from gateway.visits import Visit

BREATH = 12.0  # seconds of silence; proxies cut what is silent for longer than 30 to 60
SLOWEST = 10.0  # seconds in which a client must take what is sent
HEADERS = {
    "Cache-Control": "no-store, no-transform",
    "X-Content-Type-Options": "nosniff",
    "X-Accel-Buffering": "no",  # nginx would hold events back until there are many
}


async def once(payload: Payload) -> AsyncGenerator[Payload, None]:
    """The one payload of a query or mutation."""
    yield payload


class EventStream(Response):
    """Payloads as they come, until they end, the client has gone or reads too slowly, or the process is told to stop. A stream
    that ends without `complete` is to be taken up again."""

    def __init__(
        self,
        payloads: AsyncGenerator[Payload, None],
        ending: asyncio.Event,
        visit: Visit,
        *,
        known: str = "",
        leave: Callable[[], None] = lambda: None,
    ) -> None:
        """`ending` is set when the process is to stop, `known` the id of the last event that the client has, and `leave` called
        when all is over."""
        super().__init__(headers=HEADERS, media_type=f"{EVENT_STREAM}; charset=utf-8")
        del self.headers["content-length"]
        self.payloads, self.ending, self.visit, self.known, self.leave = payloads, ending, visit, known, leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send them."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send(_more(b":\n\n"))  # so that the client sees the stream open before there is anything to say
            telling = asyncio.create_task(self._tell(send))
            ends = [telling, asyncio.create_task(self.ending.wait()), asyncio.create_task(_gone(receive))]
            breathing = asyncio.create_task(_breathe(send))
            try:
                await asyncio.wait([*ends, breathing], return_when=asyncio.FIRST_COMPLETED)
            finally:
                await ended([*ends, breathing])
                told, _, gone, breath = await asyncio.gather(*ends, breathing, return_exceptions=True)
            if gone is None or isinstance(told, TimeoutError) or isinstance(breath, TimeoutError):
                self.visit.outcome = "gone"
            elif isinstance(told, Exception):
                raise told
            else:
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self.leave()

    async def _tell(self, send: Send) -> None:
        async with aclosing(self.payloads) as payloads:
            async for payload in payloads:
                said = orjson.dumps(payload)
                mark = sha256(said).hexdigest()[:20]
                if mark != self.known:
                    await _send(send, b"event: next\nid: %b\ndata: %b\n\n" % (mark.encode(), said))
                self.known = ""
                self.visit.outcome = outcome_of(payload)
        await _send(send, b"event: complete\ndata:\n\n")


async def _breathe(send: Send) -> None:
    while True:
        await asyncio.sleep(BREATH)
        await _send(send, b":\n\n")


async def _send(send: Send, part: bytes) -> None:
    async with asyncio.timeout(SLOWEST):
        await send(_more(part))


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _more(part: bytes) -> Message:
    more: dict[str, Any] = {"type": "http.response.body", "body": part, "more_body": True}
    return more
