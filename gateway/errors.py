"""Errors as clients see them: a refusal with its code, our own faults masked, always with the trace id that the log has too."""

import logging
import traceback
from typing import Any

import asyncpg
from graphql import GraphQLError
from tortoise.exceptions import BaseORMException

from gateway.documents import DocumentRefused
from tenants.errors import Refusal, Unavailable

log = logging.getLogger("foyer.gateway")

STATUS = {
    "UNAUTHENTICATED": 401,
    "WRONG_CREDENTIALS": 401,
    "FORBIDDEN": 403,
    "DOCUMENT_NOT_TRUSTED": 403,
    "THROTTLED": 429,
    "IDEMPOTENCY_KEY_IN_FLIGHT": 409,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "SERVICE_UNAVAILABLE": 503,
    "FILE_TOO_LARGE": 413,
    "WRONG_CONTENT_TYPE": 415,
    "INTERNAL_SERVER_ERROR": 500,
}
# About what a well-formed HTTP request asks. Clients of plain application/json expect 200 with these.
OF_DOCUMENTS = {
    *("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "QUERY_TOO_COMPLEX", "BAD_USER_INPUT", "MIXED_SCOPES"),
    *("DOCUMENT_NOT_FOUND", "PERSISTED_QUERY_NOT_FOUND", "PERSISTED_QUERY_NOT_SUPPORTED"),
}
RETRY_AFTER = 1  # seconds

# What another try may cure: no connection or none in time, a conflict with another transaction, a server that restarts.
_GONE = ("closed", "released back")  # what asyncpg says of a connection that ended in the middle
_PASSING = (
    Unavailable,
    TimeoutError,
    ConnectionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InternalClientError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.TransactionRollbackError,
    asyncpg.exceptions.InsufficientResourcesError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.InFailedSQLTransactionError,  # another field broke the transaction; that field says how
)


def of_field(error: GraphQLError, trace: str) -> dict[str, Any]:
    """An error met while the operation ran."""
    cause = error.original_error
    if cause is None or not error.path:
        return {**error.formatted, "extensions": {"code": "BAD_USER_INPUT", "traceId": trace}}
    where = ".".join(str(part) for part in error.path)
    return {**error.formatted, **_told(cause, trace, where)}


def of_request(cause: BaseException, trace: str) -> list[dict[str, Any]]:
    """Why a whole request is not answered: one error, or one for each fault of the document."""
    if isinstance(cause, DocumentRefused):
        return [{**error.formatted, "extensions": {"code": cause.code, "traceId": trace}} for error in cause.errors]
    return [_told(cause, trace, "the request")]


def status_of(errors: list[dict[str, Any]], *, plain_json: bool) -> int:
    """The HTTP status of a request that is not answered."""
    code = errors[0]["extensions"]["code"]
    return STATUS.get(code) or (200 if plain_json and code in OF_DOCUMENTS else 400)


def _told(cause: BaseException, trace: str, where: str) -> dict[str, Any]:
    if isinstance(cause, BaseORMException) and cause.__cause__:
        cause = cause.__cause__
    code, message, more = _described(cause)
    if not isinstance(cause, Refusal):
        _report(code, cause, trace, where)
    return {"message": message, "extensions": {"code": code, **more, "traceId": trace}}


def _described(cause: BaseException) -> tuple[str, str, dict[str, Any]]:
    if isinstance(cause, Refusal):
        more: dict[str, Any] = {"field": list(cause.field)} if cause.field else {}
        return cause.code, cause.message, more | ({"retryAfter": cause.retry_after} if cause.retry_after else {})
    if isinstance(cause, _PASSING) or (isinstance(cause, asyncpg.InterfaceError) and any(why in str(cause) for why in _GONE)):
        return "SERVICE_UNAVAILABLE", "This could not be done just now; try again.", {"retryAfter": RETRY_AFTER}
    if isinstance(cause, asyncpg.DataError) and not isinstance(cause, asyncpg.DivisionByZeroError):
        return "BAD_USER_INPUT", "A value has characters or a size that cannot be stored.", {}
    return "INTERNAL_SERVER_ERROR", "Something broke on our side; quote the trace id.", {}


def _report(code: str, cause: BaseException, trace: str, where: str) -> None:
    """Say what happened and in which lines, but not the exception's own words: they quote rows, and those are personal data."""
    about = [str(part) for a in ("sqlstate", "table_name", "constraint_name") if (part := getattr(cause, a, None))]
    told = " ".join([code, type(cause).__qualname__, *about, "at", where, "trace", trace])
    if code == "INTERNAL_SERVER_ERROR":
        log.error("%s\n%s", told, "".join(traceback.format_tb(cause.__traceback__)))
    else:
        log.warning("%s", told)
