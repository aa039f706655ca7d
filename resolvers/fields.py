"""Root fields. Each declares what it needs; a test fails when one does not. All are nullable, so that the failure of one leaves
its siblings' results.

A query that is refused is an error at its path. A mutation that is refused takes back what it wrote, leaves its siblings
alone and answers a payload whose `userErrors` say why. Either way it leaves an entry in the audit log by itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, Literal

import strawberry
from graphql import GraphQLSchema, OperationType
from strawberry.extensions import FieldExtension

from schema.directives import Cost
from schema.errors import Payload, UserError
from schema.nodes import global_id, parse_id
from tenants import audit, tenancy
from tenants.errors import Refusal
from tenants.permissions import PERMISSIONS, require


@dataclass(frozen=True)
class Rule:
    """What a root field needs: a permission (None: anybody), and the scope it runs in.

    A `venue` field runs in the scope that the gateway opens, a `platform` field opens its own, and a field of `none` reads
    nothing but who is asking, so it goes with both. `writes` is set for mutations and for queries that record something,
    `secret` for those that answer one: such an answer is never kept; `in_line` for those that wait for one another.
    """

    needs: str | None
    scope: Literal["venue", "platform", "none"] = "venue"
    writes: bool = False
    secret: bool = False
    in_line: bool = False


def query(
    needs: str | None,
    *,
    description: str,
    scope: Literal["venue", "platform", "none"] = "venue",
    writes: bool = False,
    cost: int | None = None,
) -> Callable[[Any], Any]:
    """A root query field; `cost` is in points, where it is not the usual one."""
    return _field(Rule(needs, scope, writes), description, Guard(needs), cost=cost)


def subscription(needs: str | None, *, description: str) -> Callable[[Any], Any]:
    """A root subscription field: a query that the gateway asks again whenever a row has changed that it named in
    `info.context.watched`, until all of them are final. It reads in a scope that is open no longer than a query's."""
    return _field(Rule(needs), description, Guard(needs))


def mutation(
    needs: str | None,
    *,
    payload: type[Payload],
    description: str,
    scope: Literal["venue", "platform"] = "venue",
    cost: int | None = None,
    in_line: bool = False,
) -> Callable[[Any], Any]:
    """A root mutation field that answers `payload`; `cost` is in points, where it is not the usual one of mutations."""
    return _field(
        Rule(needs, scope, writes=True, secret=_secret(payload), in_line=in_line),
        description,
        AllOrNothing(needs, payload, scope == "platform"),
        cost=cost,
    )


@contextmanager
def under(argument: str) -> Iterator[None]:
    """What is refused inside is about a part of this argument."""
    try:
        yield
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, field=(argument, *refusal.field)) from None


def rules_of(schema: GraphQLSchema) -> dict[tuple[OperationType, str], Rule]:
    """The rule of every root field. Raises TypeError when one has none: such a field is open to nobody, not to everybody."""
    rules = {}
    for operation in OperationType:
        root = schema.get_root_type(operation)
        for name, field in root.fields.items() if root else ():
            definition = field.extensions.get("strawberry-definition")
            rule = definition.metadata.get("rule") if definition else None
            if rule is None:
                raise TypeError(f"{root}.{name} does not say what it needs: make it with resolvers.fields")
            rules[operation, name] = rule
    return rules


def _secret(payload: type[Payload]) -> bool:
    """By the names of what it answers, so that no new mutation can forget to say so."""
    return any(answered.name.endswith(("secret", "token")) for answered in fields(payload))


def _field(rule: Rule, description: str, *extensions: FieldExtension, cost: int | None = None) -> Callable[[Any], Any]:
    if rule.needs is not None and rule.needs not in PERMISSIONS:
        raise KeyError(f"{rule.needs} is not in tenants.permissions.PERMISSIONS")
    needs = f" Needs `{rule.needs}`." if rule.needs else ""

    def decorate(resolver: Any) -> Any:
        resolver.__annotations__["return"] |= None
        return strawberry.field(
            resolver=resolver,
            description=description + needs,
            extensions=list(extensions),
            metadata={"rule": rule},
            directives=[Cost(weight=cost)] if cost is not None else (),
        )

    return decorate


class Guard(FieldExtension):
    """Lets only those in who may."""

    def __init__(self, needs: str | None) -> None:
        self.needs = needs

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        """Refuse, or go on."""
        require(info.context.caller, self.needs)
        return await next_(source, info, **arguments)


class AllOrNothing(FieldExtension):
    """One mutation, one savepoint, one entry in the audit log."""

    def __init__(self, needs: str | None, payload: type[Payload], platform: bool) -> None:
        self.needs, self.payload, self.platform = needs, payload, platform

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        """Keep what the mutation wrote, or none of it."""
        context = info.context
        context.load.forget()  # what was read for an earlier mutation may be out of date
        with audit.recording(info.field_name, context.caller, context.trace, everywhere=self.platform) as entry:
            entry.touched(_named(arguments))
            if self.needs == "platform:admin":
                entry.at = []  # no venue's business
            try:
                with audit.noting_failure(entry, context.entries):
                    require(context.caller, self.needs)
                    if info.path.key in context.answered:
                        return None  # the gateway puts the answer of the first time in its place
                    return await self._done(entry, context, lambda: next_(source, info, **arguments))
            except Refusal as refusal:
                if refusal.code in ("UNAUTHENTICATED", "FORBIDDEN", "THROTTLED"):
                    raise
                return self.payload(user_errors=[UserError.of(refusal)])

    async def _done(self, entry: audit.Entry, context: Any, do: Callable[[], Any]) -> Any:
        if self.platform:
            answer = await do()
            entry.touched(_shown(answer))
            context.entries.append(entry)
            return answer
        async with tenancy.savepoint():
            answer = await do()
            entry.touched(_shown(answer))
            audit.write([entry])
            return answer


def _named(arguments: dict[str, Any]) -> list[str]:
    """The global ids among a mutation's arguments."""
    ids = [value for name, value in arguments.items() if name == "id" or name.endswith("_id")]
    return [value for value in ids if isinstance(value, str) and parse_id(value)]


def _shown(payload: Any) -> list[str]:
    """The ids of the objects that a payload shows."""
    return [str(global_id(row)) for row in vars(payload).values() if hasattr(getattr(row, "record", type(row)), "table")]
