"""One contract as an ASGI endpoint: who asks, what is asked, the answer in its media type."""

import asyncio
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any, TypeVar

from graphql import OperationType
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import auth, errors, graphiql, http, origins
from gateway.documents import Operation
from gateway.graphql import Handler
from gateway.http import ClientGone, Question, Rejected
from gateway.persisted import shared
from gateway.sse import EventStream, once
from gateway.streams import Streams, outcome_of
from gateway.visits import GONE, Visit, visit_of
from tenants.errors import Refusal
from tenants.permissions import Caller

UNWATCHED = 0.05  # seconds in which most queries are answered: until then nobody looks whether the client is still there
T = TypeVar("T")

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Endpoint:
    """POST asks a question. GET answers only about the schema itself (it may be cached and prefetched, and costs no permission)
    and queries that the venue has registered; in development browsers get GraphiQL. `from_browsers` allows the venues' web
    shops, `cookie` names the one of a console."""

    def __init__(
        self,
        name: str,
        handler: Handler,
        streams: Streams,
        *,
        from_browsers: bool = False,
        cookie: str | None = None,
        with_graphiql: bool = False,
    ) -> None:
        self.name, self.handler, self.streams = name, handler, streams
        self.from_browsers, self.cookie, self.with_graphiql = from_browsers, cookie, with_graphiql

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request, visit = http.Asked(scope, receive), visit_of(scope)
        if self.with_graphiql and graphiql.wanted(request):
            response = graphiql.page(self.name)
        elif request.method == "OPTIONS" and self.from_browsers:
            response = await origins.preflight(request)
        else:
            visit.contract = self.name
            response = await self._answer(request, visit)
        await response(scope, receive, send)

    async def _answer(self, request: Request, visit: Visit) -> Response:
        caller: Caller | None = None
        media, kept = http.PLAIN_JSON, dict[str, str]()
        try:
            if request.method not in ("POST", "GET"):
                raise _only_post()
            media = http.media_type(request.headers.get("accept"))
            caller = await auth.caller_of(request, cookie=self.cookie)
            visit.venue = caller.at.slug if caller.at else ""
            self.handler.admit(caller)
            if self.from_browsers:
                origins.check(request, caller)
            operation, question = await self._asked(request, caller, visit)
            if operation.type is OperationType.SUBSCRIPTION:
                response = self._followed(operation, question, request, caller, visit, media)
            else:
                payload = await self._run(operation, question, request, caller, visit)
                status = 400 if "data" not in payload and media == http.GRAPHQL_JSON else 200
                kept = shared(request.method, question, operation.fields, caller, payload)
                response = _told(payload, status, media, visit, kept)
        except ClientGone:
            visit.outcome = "gone"
            return Response(status_code=GONE)
        except Exception as error:
            payload, status, more = refused(error, visit.trace, media)
            visit.outcome = "failed" if status >= 500 else "refused"
            response = _told(payload, status, media, visit, more)
        if self.from_browsers and (shown := await origins.headers(request, caller)):
            response.headers.update(shown | kept)
        return response

    async def _asked(self, request: Request, caller: Caller, visit: Visit) -> tuple[Operation, Question]:
        question = await self.handler.whole(await self._question(request, caller), caller)
        operation = self.handler.prepare(question, caller)
        await self.handler.remember(question)
        visit.operation, visit.name, visit.document = operation.type.value, (operation.name or "")[:80], operation.hash
        about_rows = operation.fields and question.document_id is None
        if request.method == "GET" and (about_rows or operation.type is not OperationType.QUERY):
            raise _only_post()
        return operation, question

    async def _run(
        self, operation: Operation, question: Question, request: Request, caller: Caller, visit: Visit
    ) -> dict[str, Any]:
        key = request.headers.get("idempotency-key")
        running = self.handler.run(operation, question, caller, key, visit.trace)
        is_query = operation.type is OperationType.QUERY
        result = await (_while_connected(request.receive, running) if is_query else running)
        payload = result.payload
        visit.outcome = outcome_of(payload)
        return payload | _costs(result.cost)

    def _followed(
        self, operation: Operation, question: Question, request: Request, caller: Caller, visit: Visit, media: str
    ) -> Response:
        if media != http.EVENT_STREAM:
            raise Refusal("BAD_REQUEST", f"A subscription is answered as {http.EVENT_STREAM}, or over a WebSocket.")
        identify, places = partial(auth.caller_of, request, cookie=self.cookie), self.streams.places
        payloads = self.streams.answers(self.handler, operation, question, identify, visit.trace)
        places.take(caller)
        known = request.headers.get("last-event-id", "")
        return EventStream(payloads, self.streams.ending, visit, known=known, leave=partial(places.leave, caller))

    @staticmethod
    async def _question(request: Request, caller: Caller) -> Question:
        if request.method == "POST":
            most = http.MOST_BYTES_OF_WRITERS if caller.kind == "KEY" and caller.writes else http.MOST_BYTES
            return http.question_in(await http.body_of(request.receive, request.headers, most))
        if not {"query", "documentId"} & request.query_params.keys():
            raise _only_post()
        return http.question_in_url(request.query_params)


def _only_post() -> Rejected:
    return Rejected(405, "Ask by POST.", Allow="POST")


def _told(payload: dict[str, Any], status: int, media: str, visit: Visit, more: Mapping[str, str] | None = None) -> Response:
    """The payload in its media type. In place of a stream that could not begin, JSON tells why."""
    if media == http.EVENT_STREAM and status == 200:
        return EventStream(once(payload), asyncio.Event(), visit)
    media = http.PLAIN_JSON if media == http.EVENT_STREAM else media
    return http.Told(payload, status, media, {**_HEADERS, **more} if more else _HEADERS)


def refused(error: Exception, trace: str, media: str) -> tuple[dict[str, Any], int, dict[str, str]]:
    """The body, the status and further headers of a request that is not answered."""
    if isinstance(error, Rejected):
        told = {"message": error.message, "extensions": {"code": "BAD_REQUEST", "traceId": trace}}
        return {"errors": [told]}, error.status, error.headers
    several = errors.of_request(error, trace)
    status = errors.status_of(several, plain_json=media != http.GRAPHQL_JSON)
    more = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    if seconds := several[0]["extensions"].get("retryAfter"):
        more["Retry-After"] = str(seconds)
    return {"errors": several, **_costs(getattr(error, "cost", None))}, status, more


def _costs(cost: dict[str, Any] | None) -> dict[str, Any]:
    return {"extensions": {"cost": cost}} if cost else {}


async def _while_connected(receive: Receive, running: Coroutine[Any, Any, T]) -> T:
    """What comes of it, cancelled when the client hangs up: raises ClientGone. Only for queries: a mutation is finished, or it
    would be left to chance whether it was done."""
    task, watchers = asyncio.current_task(), list[asyncio.Task[None]]()
    assert task
    gone = False

    async def watch() -> None:
        nonlocal gone
        while (await receive())["type"] != "http.disconnect":
            pass
        gone = True
        task.cancel()

    soon = asyncio.get_running_loop().call_later(UNWATCHED, lambda: watchers.append(asyncio.create_task(watch())))
    try:
        return await running
    except asyncio.CancelledError:
        if gone and task.uncancel() == 0:
            raise ClientGone from None
        raise
    finally:
        soon.cancel()
        for watcher in watchers:
            watcher.cancel()
