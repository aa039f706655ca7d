"""Subscriptions over a WebSocket: the protocol graphql-transport-ws, which the npm package graphql-ws speaks.

A socket answers subscriptions and nothing else: queries and mutations go by POST, where keys and costs belong to a request.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any

import orjson
from graphql import OperationType
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from gateway import auth, csrf, errors, http
from gateway.graphql import Handler
from gateway.http import Question, Rejected
from gateway.metrics import Metrics
from gateway.streams import Payload, Places, Streams, ended, outcome_of
from gateway.visits import Visit, note, trace_of
from tenants.errors import FoyerError, Refusal
from tenants.permissions import Caller

PROTOCOL = "graphql-transport-ws"
INIT_SECONDS, SLOWEST = 10.0, 10.0  # for a client to say who it is, and to take what is sent
MOST_BYTES, MOST_OPERATIONS = 256 * 1024, 50  # of a message, and at a time on a socket
# The protocol's words for why a socket is closed; clients come again after 1012 and 1013 alone.
BAD, UNAUTHORIZED, FORBIDDEN, NO_PROTOCOL, TIMEOUT, TAKEN, TWICE = 4400, 4401, 4403, 4406, 4408, 4409, 4429
LATER = 1013


class Closed(FoyerError):
    """The socket is to be closed, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason
        super().__init__(reason)


class Sockets:
    """The endpoint of one contract, as ASGI."""

    def __init__(self, name: str, handler: Handler, streams: Streams, metrics: Metrics, *, cookie: str | None = None) -> None:
        self.name, self.handler, self.streams, self.metrics, self.cookie = name, handler, streams, metrics, cookie
        self.places = Places(2000, 50, "connections")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one socket."""
        socket = WebSocket(scope, receive, send)
        try:
            csrf.check(socket, by_cookie=False)
        except Refusal:
            await socket.close()  # before it was accepted: 403
            return
        wanted = PROTOCOL in socket.scope["subprotocols"]
        await socket.accept(PROTOCOL if wanted else None)
        conversation = _Conversation(self, socket)
        try:
            if not wanted:
                raise Closed(NO_PROTOCOL, "Subprotocol not acceptable")
            await conversation.hold()
        except Closed as closed:
            await conversation.close(closed)
        except WebSocketDisconnect:
            pass
        finally:
            await conversation.end()


class _Conversation:
    """One socket from its first message to its last."""

    def __init__(self, sockets: Sockets, socket: WebSocket) -> None:
        self.sockets, self.socket = sockets, socket
        self.identify: Callable[[], Awaitable[Caller]] | None = None
        self.seat: Caller | None = None
        self.running: dict[str, asyncio.Task[None]] = {}

    async def hold(self) -> None:
        """Heed the client's messages until it has gone. Raises Closed, WebSocketDisconnect."""
        try:
            async with asyncio.timeout(INIT_SECONDS):
                while self.identify is None:
                    await self._heed(await self._message())
        except TimeoutError:
            raise Closed(TIMEOUT, "Connection initialisation timeout") from None
        while True:
            await self._heed(await self._message())

    async def close(self, closed: Closed) -> None:
        """Say goodbye."""
        if self.socket.application_state is WebSocketState.CONNECTED:
            with suppress(Exception):
                await self.socket.close(closed.code, closed.reason.encode()[:120].decode(errors="ignore"))

    async def end(self) -> None:
        """Leave nothing behind."""
        running = list(self.running.values())
        await ended(running)
        await asyncio.gather(*running, return_exceptions=True)
        if self.seat:
            self.sockets.places.leave(self.seat)

    async def _message(self) -> dict[str, Any]:
        given = await self.socket.receive()
        if given["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(given.get("code") or 1005)
        text = given.get("text")
        if text is None or len(text) > MOST_BYTES:
            raise Closed(BAD, f"Messages are text, of at most {MOST_BYTES // 1024} KiB")
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise Closed(BAD, "Invalid message: not JSON") from None
        if not isinstance(message, dict):
            raise Closed(BAD, "Invalid message: not an object")
        return message

    async def _heed(self, message: dict[str, Any]) -> None:
        match message:
            case {"type": "connection_init"}:
                await self._begin(message.get("payload"))
            case {"type": "ping"}:
                await self._say("pong")
            case {"type": "pong"}:
                pass
            case {"type": "subscribe", "id": str(id), "payload": dict(payload)} if id:
                self._subscribe(id, payload)
            case {"type": "complete", "id": str(id)}:
                if task := self.running.pop(id, None):
                    task.cancel()
            case _:
                raise Closed(BAD, "Invalid message: of no known type, or not whole")

    async def _begin(self, payload: Any) -> None:
        if self.identify:
            raise Closed(TWICE, "Too many initialisation requests")
        if not isinstance(payload, dict | None):
            raise Closed(BAD, "Invalid connection_init: its payload is no object")
        asking = _asking(self.socket, payload or {})

        async def identify() -> Caller:
            return await auth.caller_of(asking, cookie=self.sockets.cookie)

        try:
            caller = await identify()
            self.sockets.handler.admit(caller)
            if caller.kind == "ANONYMOUS":
                raise Refusal("UNAUTHENTICATED", "Send a token or a key as Authorization in connection_init.")
            self.sockets.places.take(caller)
        except Refusal as refusal:
            code = {"UNAUTHENTICATED": UNAUTHORIZED, "FORBIDDEN": FORBIDDEN}.get(refusal.code, LATER)
            raise Closed(code, refusal.message) from None
        except Exception as error:
            (told,) = errors.of_request(error, trace_of(""))
            raise Closed(LATER, told["message"]) from None
        self.seat, self.identify = caller, identify
        await self._say("connection_ack")

    def _subscribe(self, id: str, payload: dict[str, Any]) -> None:
        if self.identify is None:
            raise Closed(UNAUTHORIZED, "Unauthorized")
        if id in self.running:
            raise Closed(TAKEN, f"Subscriber for {id} already exists")
        try:
            question = http.question_of(payload)
        except (Rejected, Refusal) as wrong:
            raise Closed(BAD, wrong.message) from None
        self.running[id] = asyncio.create_task(self._follow(id, question, self.identify))

    async def _follow(self, id: str, question: Question, identify: Callable[[], Awaitable[Caller]]) -> None:
        """One operation, from its first answer to its last."""
        visit, began = Visit(trace_of("")), time.perf_counter()
        visit.contract, visit.status = self.sockets.name, 101
        try:
            try:
                await self._answer(id, question, identify, visit)
            except (TimeoutError, WebSocketDisconnect):
                raise
            except Exception as error:
                payload = {"errors": errors.of_request(error, visit.trace)}
                visit.outcome = outcome_of(payload)
                await self._tell(id, payload)
        except WebSocketDisconnect:
            visit.outcome = "gone"
        except TimeoutError:
            visit.outcome = "gone"
            await self.close(Closed(LATER, "Messages were not taken in time"))
        finally:
            if self.running.get(id) is asyncio.current_task():
                del self.running[id]
            note(self.sockets.metrics, self.socket.scope, visit, time.perf_counter() - began)

    async def _answer(self, id: str, question: Question, identify: Callable[[], Awaitable[Caller]], visit: Visit) -> None:
        handler, streams = self.sockets.handler, self.sockets.streams
        if len(self.running) > MOST_OPERATIONS:
            raise Refusal("THROTTLED", f"A socket follows at most {MOST_OPERATIONS} subscriptions at a time.", retry_after=30)
        caller = await identify()
        visit.venue = caller.at.slug if caller.at else ""
        operation = handler.prepare(question, caller)
        visit.operation, visit.name, visit.document = operation.type.value, (operation.name or "")[:80], operation.hash
        if operation.type is not OperationType.SUBSCRIPTION:
            raise Refusal("BAD_REQUEST", "A WebSocket answers subscriptions; ask queries and mutations by POST.")
        with streams.places.one(caller):
            async with aclosing(streams.answers(handler, operation, question, identify, visit.trace)) as payloads:
                async for payload in payloads:
                    visit.outcome = outcome_of(payload)
                    if not await self._tell(id, payload):
                        return
        await self._say("complete", id=id)

    async def _tell(self, id: str, payload: Payload) -> bool:
        """Whether the operation may go on. What could not be run ends it, and without credentials the socket too."""
        if "data" in payload:
            await self._say("next", id=id, payload=payload)
            return True
        await self._say("error", id=id, payload=payload["errors"])
        if payload["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED":
            await self.close(Closed(UNAUTHORIZED, "Unauthorized"))
        return False

    async def _say(self, type: str, **more: Any) -> None:
        if self.socket.application_state is not WebSocketState.CONNECTED:
            raise WebSocketDisconnect(1006)
        async with asyncio.timeout(SLOWEST):
            await self.socket.send_text(orjson.dumps({"type": type, **more}).decode())


def _asking(socket: WebSocket, payload: dict[str, Any]) -> HTTPConnection:
    """The handshake with what connection_init says in place of its headers: browsers cannot send headers with a handshake."""
    given = {n.lower(): v for n, v in payload.items() if n.lower() in ("authorization", "x-venue") and isinstance(v, str)}
    kept = [(name, value) for name, value in socket.headers.raw if name.decode("latin-1") not in given]
    said = Headers({name: value.encode("ascii", "replace").decode() for name, value in given.items()}).raw
    return HTTPConnection({**socket.scope, "headers": [*kept, *said]})
