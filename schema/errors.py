"""What a mutation answers when a rule says no."""

import enum
from typing import Any

import strawberry

from tenants.errors import CODES, Refusal

_Codes: Any = enum.Enum(  # type: ignore[misc]
    "ErrorCode", {code: strawberry.enum_value(code, description=about) for code, about in CODES.items()}
)
ErrorCode: Any = strawberry.enum(
    _Codes,
    description="Every code an error may carry; a code never changes its meaning.",
)


@strawberry.type(description="Why something was not done.")
class UserError:
    """See the description."""

    field: list[str] = strawberry.field(description="The path of the argument it is about; empty when it is about none.")
    message: str = strawberry.field(description="A sentence that says what to do.")
    code: ErrorCode = strawberry.field(description="The stable code.")

    @classmethod
    def of(cls, refusal: Refusal) -> "UserError":
        """A refusal as clients see it."""
        return cls(field=list(refusal.field), message=refusal.message, code=ErrorCode[refusal.code])


@strawberry.type
class Payload:
    """The base of every mutation's answer; all other fields are null when there are user errors."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why nothing was done; empty when it was done."
    )
