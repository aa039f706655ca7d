"""The one GraphQL handler: an operation is prepared, then run in the scope that its root fields ask for, and committed."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import strawberry
from graphql import OperationType

from gateway import afterwards, errors
from gateway.budgets import Bill, Budgets
from gateway.cost import LEAST
from gateway.documents import Documents, Operation
from gateway.http import Question
from gateway.idempotency import Answer, Replay, claims_in
from gateway.line import Line
from gateway.persisted import Persisted
from resolvers.compiled.answering import answer as answered
from resolvers.loaders import Loaders
from schema.directives import language_of
from tenants import tenancy, texts
from tenants.audit import Entry
from tenants.documents import Faults
from tenants.errors import Refusal
from tenants.permissions import Caller
from tenants.settings import settings


@dataclass
class Request:
    """What resolvers see as `info.context` (schema.context.Context)."""

    caller: Caller
    load: Loaders = field(default_factory=Loaders)
    answered: Collection[str] = ()
    watched: dict[UUID, bool] = field(default_factory=dict)
    trace: str = ""
    budget: Bill | None = None
    faults: Faults = lambda contract, text: []
    entries: list[Entry] = field(default_factory=list)


class Handler:
    """Answers the operations of one contract. `admits` are the kinds of callers it is for; in a `public` one every caller sees
    only what the venue shows to everybody; `budgets` bound what anyone may ask for; those who want the same stand in `line`.
    Raises TypeError when a root field does not say what it needs."""

    def __init__(
        self,
        contract: strawberry.Schema,
        *,
        admits: frozenset[str],
        public: bool = False,
        strangers_introspect: bool = False,
        count: Callable[[str], None] = lambda outcome: None,
        budgets: Budgets | None = None,
        persisted: Persisted | None = None,
        line: Line | None = None,
    ) -> None:
        self.schema = contract._schema
        self.executor = contract.execution_context_class
        self.admits, self.public, self.strangers_introspect = admits, public, strangers_introspect
        self.documents, self.budgets, self.persisted = Documents(self.schema, count), budgets, persisted
        self.line = line or Line(max(1, settings().database_pool // 2))
        self.contracts: dict[str, Documents] = {}  # both, by name: what may be registered for them

    def admit(self, caller: Caller) -> None:
        """Raise FORBIDDEN for callers this contract is not for. Strangers may come in: some fields are for them."""
        if caller.kind != "ANONYMOUS" and caller.kind not in self.admits:
            raise Refusal(
                "FORBIDDEN", "Persons and secret keys ask /graphql; customers and keys of any kind ask /storefront/graphql."
            )

    async def whole(self, question: Question, caller: Caller) -> Question:
        """The question with its document, when that was named instead of sent. Raises what Persisted.whole() does."""
        return await self.persisted.whole(question, caller) if self.persisted else question

    async def remember(self, question: Question) -> None:
        """Have the document of a prepared question known by its hash from now on, if it came with one."""
        if self.persisted:
            await self.persisted.keep(question)

    def faults(self, contract: str, text: str) -> list[str]:
        """Why a contract would refuse a document; empty when it would be answered."""
        return self.contracts[contract].faults(text)

    def prepare(self, question: Question, caller: Caller) -> Operation:
        """The operation asked for. Raises DocumentRefused, and Refusals of the whole request."""
        stranger = caller.kind == "ANONYMOUS"
        if caller.trusted_only and not question.trusted:
            raise Refusal("DOCUMENT_NOT_TRUSTED", "This venue's shop answers only documents that the venue has registered.")
        operation = self.documents.get(question.query, question.operation, hide_suggestions=stranger)
        shown = self.strangers_introspect or not operation.introspects
        if stranger and not (shown and all(rule.scope != "venue" and rule.needs is None for rule in operation.rules)):
            raise Refusal("UNAUTHENTICATED", "Sign in, or send a key, in the Authorization header.")
        return operation

    async def run(
        self,
        operation: Operation,
        question: Question,
        caller: Caller,
        key: str | None,
        trace: str,
        watched: dict[UUID, bool] | None = None,
    ) -> Answer:
        """The answer, after the commit; `key` is the request's Idempotency-Key. A subscription is answered as it stands now, and
        fills in `watched` (schema.context.Context). Whatever is raised here, nothing was written but the audit log of what was
        refused."""
        bill = await self.budgets.take(caller, operation.price.before(question.variables)) if self.budgets else None
        request = Request(caller, trace=trace, watched={} if watched is None else watched, budget=bill, faults=self.faults)
        try:
            async with self.line.place(caller.at.venue) if operation.in_line and caller.at else nullcontext():
                answer = await self._run(operation, question, request, key)
        except Refusal:
            if bill:
                bill.settled(LEAST)  # nothing ran
            raise
        finally:
            request.load.forget()  # the executor is a reference cycle: its rows would wait for the garbage collector
            if request.entries:
                await afterwards.settle(request.entries)
        answer.cost = bill.settled(operation.price.after(answer.data)) if bill else None
        return answer

    async def _run(self, operation: Operation, question: Question, request: Request, key: str | None) -> Answer:
        caller, trace = request.caller, request.trace
        async with (
            self._scope(operation, caller, question),
            asyncio.timeout(settings().statement_timeout + settings().database_timeout),
        ):
            replay = None
            if key is not None or operation.keyed:
                replay = await Replay.of(caller, claims_in(operation, question, caller, key, self.documents.rules))
                request.answered = replay.kept
            hide = caller.kind == "ANONYMOUS"
            asked = operation.document, operation.node
            result = await answered(self.executor, self.schema, *asked, request, question.variables, hide_suggestions=hide)
            answer = Answer(result.data, [errors.of_field(error, trace) for error in result.errors or ()])
            if replay:
                replay.settle(answer)
        return answer

    def _scope(self, operation: Operation, caller: Caller, question: Question) -> AbstractAsyncContextManager[Any]:
        """The venue's scope when a root field wants one; the others open their own or need none."""
        rules = operation.rules
        if all(rule.scope != "venue" for rule in rules):
            return nullcontext()
        if any(rule.scope == "platform" for rule in rules):
            raise Refusal("MIXED_SCOPES", "Fields that work across venues need a request of their own.")
        if caller.at is None:
            names = ", ".join(m.slug for m in caller.memberships) or "you have access to none"
            raise Refusal("VENUE_REQUIRED", f"Name a venue in the X-Venue header: {names}.")
        readonly = operation.type is not OperationType.MUTATION and not any(rule.writes for rule in rules)
        return tenancy.scope(
            caller.at.venue,
            readonly=readonly,
            organisations=caller.at.organisations,
            promoter=caller.at.promoter,
            customer=caller.at.customer,
            public=self.public,
            languages=_languages(operation, question, caller.at.languages) if self.public else ("",),
        )


def _languages(operation: Operation, question: Question, spoken: Sequence[str]) -> tuple[str, ...]:
    """In which languages the answer's texts are read, best first. Raises BAD_USER_INPUT."""
    if not operation.node.directives:
        return texts.in_order(None, spoken)
    defaults = {d.variable.name.value: d.default_value for d in operation.node.variable_definitions or ()}
    asked = language_of(operation.node.directives, question.variables or {}, defaults)
    try:
        return texts.in_order(asked, spoken)
    except Refusal as refusal:
        raise Refusal("BAD_USER_INPUT", refusal.message) from None
