"""Root fields. Each declares what it needs; a test fails when one does not. All are nullable, so that the failure of one leaves
its siblings' results.

A query that is refused is an error at its path. A mutation that is refused takes back what it wrote, leaves its siblings
alone and answers a payload whose `userErrors` say why.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, Literal

import strawberry
from graphql import GraphQLSchema, OperationType
from strawberry.extensions import FieldExtension

from schema.errors import Payload, UserError
from tenants import tenancy
from tenants.errors import Refusal
from tenants.permissions import PERMISSIONS, require


@dataclass(frozen=True)
class Rule:
    """What a root field needs: a permission (None: anybody), and the scope it runs in.

    A `venue` field runs in the scope that the gateway opens, a `platform` field opens its own, and a field of `none` reads
    nothing but who is asking, so it goes with both. `writes` is set for mutations and for queries that record something,
    `secret` for those that answer one: such an answer is never kept.
    """

    needs: str | None
    scope: Literal["venue", "platform", "none"] = "venue"
    writes: bool = False
    secret: bool = False


def query(
    needs: str | None, *, description: str, scope: Literal["venue", "platform", "none"] = "venue", writes: bool = False
) -> Callable[[Any], Any]:
    """A root query field."""
    return _field(Rule(needs, scope, writes), description, Guard(needs))


def mutation(
    needs: str | None, *, payload: type[Payload], description: str, scope: Literal["venue", "platform"] = "venue"
) -> Callable[[Any], Any]:
    """A root mutation field that answers `payload`."""
    return _field(
        Rule(needs, scope, writes=True, secret=_secret(payload)),
        description,
        Guard(needs),
        AllOrNothing(payload, scope == "platform"),
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


def _field(rule: Rule, description: str, *extensions: FieldExtension) -> Callable[[Any], Any]:
    if rule.needs is not None and rule.needs not in PERMISSIONS:
        raise KeyError(f"{rule.needs} is not in tenants.permissions.PERMISSIONS")
    needs = f" Needs `{rule.needs}`." if rule.needs else ""

    def decorate(resolver: Any) -> Any:
        resolver.__annotations__["return"] |= None
        return strawberry.field(
            resolver=resolver, description=description + needs, extensions=list(extensions), metadata={"rule": rule}
        )

    return decorate


class Guard(FieldExtension):
    """Lets only those in who may."""

    def __init__(self, needs: str | None) -> None:
        self.needs = needs

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        """Refuse, or go on."""
        require(info.context.caller, self.needs)
        if info.path.key in info.context.answered:
            return None  # the gateway puts the answer of the first time in its place
        return await next_(source, info, **arguments)


class AllOrNothing(FieldExtension):
    """One mutation, one savepoint."""

    def __init__(self, payload: type[Payload], platform: bool) -> None:
        self.payload, self.platform = payload, platform

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        """Keep what the mutation wrote, or none of it."""
        info.context.load.forget()  # what was read for an earlier mutation may be out of date
        try:
            if self.platform:
                return await next_(source, info, **arguments)
            async with tenancy.savepoint():
                return await next_(source, info, **arguments)
        except Refusal as refusal:
            if refusal.code in ("UNAUTHENTICATED", "FORBIDDEN", "THROTTLED"):
                raise
            return self.payload(user_errors=[UserError.of(refusal)])
