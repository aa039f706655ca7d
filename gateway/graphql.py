"""The one GraphQL handler: document, caller, scope, execution, commit, masked errors."""

import logging
import secrets
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import ExecutionResult, GraphQLError, OperationType, execute

from gateway.auth import identify
from gateway.documents import Document, Documents
from resolvers.fields import rule_of
from resolvers.loaders import Loaders
from tenants import tenancy
from tenants.errors import Refusal, Unavailable
from tenants.permissions import Caller

log = logging.getLogger("foyer.gateway")


@dataclass
class Request:
    """What resolvers see as `info.context` (schema.context.Context)."""

    caller: Caller
    load: Loaders = field(default_factory=Loaders)


class Handler:
    """Answers the operations of one contract."""

    def __init__(self, contract: strawberry.Schema) -> None:
        self.schema = contract._schema
        self.executor = contract.execution_context_class
        self.documents = Documents(self.schema)

    async def answer(
        self,
        query: str,
        variables: dict[str, Any] | None,
        operation: str | None,
        authorization: str | None,
        venue: str | None,
        address: str,
    ) -> dict[str, Any]:
        """A GraphQL response as a dict. Refusals of the whole request are raised."""
        caller = await identify(authorization, venue, address)
        document = self.documents.get(query, operation)
        async with self._scope(document, caller):
            result = execute(
                self.schema,
                document.ast,
                context_value=Request(caller),
                variable_values=variables,
                operation_name=operation,
                executor_class=self.executor,
                hide_suggestions=caller.kind == "ANONYMOUS",
            )
            if isawaitable(result):
                result = await result
        return _shown(result)

    def _scope(self, document: Document, caller: Caller) -> AbstractAsyncContextManager[Any]:
        """The scope the root fields ask for: the venue's, or none when they open their own."""
        rules = [rule for f in document.root_fields(self.schema) if (rule := rule_of(f))]
        if not rules or all(rule.platform for rule in rules):
            return nullcontext()
        if any(rule.platform for rule in rules):
            raise Refusal("MIXED_SCOPES", "Fields that work across venues need a request of their own.")
        if caller.kind == "ANONYMOUS":
            raise Refusal("UNAUTHENTICATED", "Sign in, or send a key, in the Authorization header.")
        if caller.at is None:
            names = ", ".join(m.slug for m in caller.memberships)
            raise Refusal("VENUE_REQUIRED", f"Name a venue in the X-Venue header: {names or 'you have access to none'}.")
        readonly = document.operation is OperationType.QUERY and not any(rule.writes for rule in rules)
        return tenancy.scope(
            caller.at.venue, readonly=readonly, organisations=caller.at.organisations, promoter=caller.at.promoter
        )


def _shown(result: ExecutionResult) -> dict[str, Any]:
    shown: dict[str, Any] = {"data": result.data}
    if result.errors:
        shown["errors"] = [error_of(e) for e in result.errors]
    return shown


def error_of(error: GraphQLError) -> dict[str, Any]:
    """An error as clients see it: a refusal with its code, anything unexpected masked and logged with a trace id."""
    cause = error.original_error
    shown = error.formatted
    if isinstance(cause, Refusal):
        extensions: dict[str, Any] = {"code": cause.code}
        if cause.field:
            extensions["field"] = list(cause.field)
        return {**shown, "message": cause.message, "extensions": extensions}
    if cause is None:
        return {**shown, "extensions": {"code": "BAD_USER_INPUT", **(error.extensions or {})}}
    trace = secrets.token_hex(8)
    if isinstance(cause, Unavailable):
        return {**shown, "message": str(cause), "extensions": {"code": "SERVICE_UNAVAILABLE", "traceId": trace}}
    log.error("trace %s: %s at %s", trace, type(cause).__name__, error.path, exc_info=cause)
    return {**shown, "message": "Something broke on our side.", "extensions": {"code": "INTERNAL_SERVER_ERROR", "traceId": trace}}
