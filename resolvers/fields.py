"""Root fields. Each declares what it needs; a test fails when one does not.

A query that is refused is an error at its path. A mutation that is refused takes back what it wrote, leaves its siblings
alone and answers a payload whose `userErrors` say why.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension

from schema.errors import Payload, UserError
from tenants import tenancy
from tenants.errors import Refusal
from tenants.permissions import PERMISSIONS


@dataclass(frozen=True)
class Rule:
    """What a root field needs: a permission (None: anybody), and the scope it runs in.

    A venue's field runs in the scope the gateway opens; a `platform` field opens its own. `writes` is set for mutations and
    for queries that record something, which must not run read-only.
    """

    needs: str | None
    platform: bool = False
    writes: bool = False


def query(needs: str | None, *, description: str, platform: bool = False, writes: bool = False) -> Callable[[Any], Any]:
    """A root query field."""
    return _field(Rule(needs, platform, writes), description, Guard(needs))


def mutation(needs: str | None, *, payload: type[Payload], description: str, platform: bool = False) -> Callable[[Any], Any]:
    """A root mutation field that answers `payload`. It is nullable, so that its failure leaves its siblings' results."""
    return _field(Rule(needs, platform, writes=True), description, Guard(needs), AllOrNothing(payload, platform))


def rule_of(field: Any) -> Rule | None:
    """The rule of a root field of a printed or executable schema; None when it declares none."""
    definition = field.extensions.get("strawberry-definition")
    return definition.metadata.get("rule") if definition else None


def _field(rule: Rule, description: str, *extensions: FieldExtension) -> Callable[[Any], Any]:
    if rule.needs is not None and rule.needs not in PERMISSIONS:
        raise KeyError(f"{rule.needs} is not in tenants.permissions.PERMISSIONS")
    needs = f" Needs `{rule.needs}`." if rule.needs else ""

    def decorate(resolver: Any) -> Any:
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
        return await next_(source, info, **arguments)


def require(caller: Any, needs: str | None) -> None:
    """Raise UNAUTHENTICATED or FORBIDDEN unless the caller has the permission."""
    if needs is None or needs in caller.may:
        return
    if caller.kind == "ANONYMOUS":
        raise Refusal("UNAUTHENTICATED", "Sign in, or send a key, in the Authorization header.")
    raise Refusal("FORBIDDEN", f"You need the permission `{needs}` for this.")


class AllOrNothing(FieldExtension):
    """One mutation, one savepoint."""

    def __init__(self, payload: type[Payload], platform: bool) -> None:
        self.payload, self.platform = payload, platform

    async def resolve_async(self, next_: Any, source: Any, info: Any, **arguments: Any) -> Any:
        """Keep what the mutation wrote, or none of it."""
        try:
            if self.platform:
                return await next_(source, info, **arguments)
            async with tenancy.savepoint():
                return await next_(source, info, **arguments)
        except Refusal as refusal:
            if refusal.code in ("UNAUTHENTICATED", "FORBIDDEN", "THROTTLED"):
                raise
            return self.payload(user_errors=[UserError.of(refusal)])
