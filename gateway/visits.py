"""A visit is one HTTP request. It gets a trace id on its way in and leaves one line of log on its way out."""

import logging
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import afterwards, errors
from gateway.metrics import Metrics

log = logging.getLogger("foyer.gateway")

QUIET = {"/live", "/ready", "/metrics"}
GONE = 499  # no status was sent: nobody was there to read it
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")


@dataclass(slots=True)
class Visit:
    """What is known of a request; filled in on the way. Holds no query text, no variables, nothing about a person."""

    trace: str
    contract: str = ""
    operation: str = ""
    name: str = ""
    document: str = ""
    venue: str = ""
    outcome: str = ""
    path: str = ""  # as it is written in app.py, where it leads straight to an endpoint
    status: int = 0


def visit_of(scope: Scope) -> Visit:
    """The visit this request is."""
    visit: Visit = scope["foyer.visit"]
    return visit


class Visits:
    """Pure ASGI, around everything: the trace id, the line of log, the figures, and an answer to what nobody else caught. What is
    asked at the path of one of `straight` goes there, all else to the app."""

    def __init__(self, app: ASGIApp, metrics: Metrics, straight: Mapping[str, ASGIApp] | None = None) -> None:
        self.app, self.metrics, self.straight = app, metrics, straight or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        visit = scope["foyer.visit"] = Visit(trace_of(_traceparent(scope)))
        began = time.perf_counter()

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-trace-id", visit.trace.encode())]
            await send(message)

        try:
            async with afterwards.written():
                await self._led(scope, visit)(scope, receive, send_traced)
        except Exception as error:
            told = errors.of_request(error, visit.trace)
            visit.outcome = "failed"
            if not visit.status:
                status = errors.status_of(told, plain_json=False)
                await Response(orjson.dumps({"errors": told}), status, media_type="application/json")(scope, receive, send_traced)
        finally:
            note(self.metrics, scope, visit, time.perf_counter() - began)

    def _led(self, scope: Scope, visit: Visit) -> ASGIApp:
        if endpoint := self.straight.get(scope["path"]):
            visit.path = scope["path"]
            return endpoint
        return self.app


def note(metrics: Metrics, scope: Scope, visit: Visit, seconds: float) -> None:
    """Write the line and count the figures of a visit that is over."""
    visit.status = visit.status or GONE
    if visit.contract:
        metrics.note(visit.contract, visit.operation or "none", visit.outcome or "failed", seconds)
    level = logging.DEBUG if scope["path"] in QUIET else logging.INFO
    if log.isEnabledFor(level):
        path = visit.path or getattr(scope.get("route"), "path", "(elsewhere)")  # as in app.py: links hold secrets
        about = (visit.operation, visit.name, visit.document, visit.venue and f"venue {visit.venue}")
        took = (scope.get("method", "WS"), path, visit.status, f"{seconds * 1000:.1f} ms")
        words = [*took, *filter(None, about), "trace", visit.trace]
        line = " ".join(map(str, words))
        log.handle(log.makeRecord(log.name, level, __file__, 0, line, (), None))  # log() finds out which line of code logs


def _traceparent(scope: Scope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), "")


def trace_of(traceparent: str) -> str:
    """The trace id of a W3C traceparent, so that a partner finds its own in our log; else a new one."""
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    return found[1] if found else f"{random.getrandbits(128):032x}"  # unique is enough
