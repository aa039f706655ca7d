"""The session of a console in a browser: `POST /session` signs in and sets a cookie, `DELETE /session` ends it.

The page never sees the secret (HttpOnly), and no page elsewhere has it sent (SameSite=Strict, and csrf.py asks besides). Rules,
throttling and the audit log are those of the mutations `signIn` and `signOut`.
"""

from functools import partial
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway import afterwards, auth, csrf, http
from gateway.endpoint import refused
from gateway.http import ClientGone, Rejected
from gateway.visits import GONE, Visit, visit_of
from tenants import audit, sessions, sign_in, tenancy
from tenants.audit import Entry
from tenants.errors import Refusal


def cookie_name(*, development: bool) -> str:
    """Browsers take a `__Host-` cookie from this very host over TLS only. In development there is no TLS, so no such name."""
    return "foyer" if development else "__Host-foyer"


class SessionEndpoint:
    """`/session` as an ASGI application, for the cookie of this name. Answers 204, or the errors in GraphQL's form."""

    def __init__(self, cookie: str) -> None:
        self.cookie = cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request, visit = Request(scope, receive), visit_of(scope)
        visit.contract = "session"
        entries: list[Entry] = []
        try:
            csrf.check(request)
            response = await (self._start if request.method == "POST" else self._end)(request, visit, entries)
            visit.outcome = "answered"
        except ClientGone:
            visit.outcome, response = "gone", Response(status_code=GONE)
        except Exception as error:
            payload, status, more = refused(error, visit.trace, http.GRAPHQL_JSON)
            visit.outcome = "failed" if status >= 500 else "refused"
            response = Response(orjson.dumps(payload), status, more, http.PLAIN_JSON)
        finally:
            await afterwards.settle(entries)
        response.headers["Cache-Control"] = "no-store"
        await response(scope, receive, send)

    async def _start(self, request: Request, visit: Visit, entries: list[Entry]) -> Response:
        email, password = _credentials(await http.body_of(request.receive, request.headers, http.MOST_BYTES))
        caller = auth.stranger(request)
        start = partial(sessions.start_in_browser, earlier=request.cookies.get(self.cookie))
        with audit.attempt("signIn", caller, visit.trace, entries):
            secret, seconds = await sign_in.sign_in(start, email, password, caller.address, caller.client)
        return self._with_cookie(secret, seconds)

    async def _end(self, request: Request, visit: Visit, entries: list[Entry]) -> Response:
        try:
            caller = await auth.by_cookie(request.cookies.get(self.cookie, ""), None, auth.address_of(request))
        except Refusal:  # it has ended already
            return self._with_cookie("", 0)
        assert caller.session and caller.id
        with audit.attempt("signOut", caller, visit.trace, entries):
            async with tenancy.platform():
                await sessions.revoke(caller.session, caller.id)
        return self._with_cookie("", 0)

    def _with_cookie(self, secret: str, seconds: int) -> Response:
        response = Response(status_code=HTTPStatus.NO_CONTENT)
        secure = self.cookie.startswith("__Host-")
        response.set_cookie(self.cookie, secret, max_age=seconds, path="/", secure=secure, httponly=True, samesite="strict")
        return response


def _credentials(body: bytes) -> tuple[str, str]:
    given = http.loaded(body, "The body")
    email, password = (given.get("email"), given.get("password")) if isinstance(given, dict) else (None, None)
    if not isinstance(email, str) or not isinstance(password, str):
        raise Rejected(400, "The body must be a JSON object with `email` and `password`, both strings.")
    return email, password
