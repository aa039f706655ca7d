"""Flags, as the API shows them."""

from datetime import date
from typing import Annotated, Any

import strawberry

from schema.connections import connection
from schema.errors import Payload
from schema.groups import NEEDS, Group
from schema.nodes import node, text, told
from schema.shapes import enum_of, input_of
from tenants import benefits, flags
from tenants.couplings import COUPLINGS
from tenants.flag_rules.records import live_of

FlagDisplay: Any = enum_of(flags.DISPLAY)
Benefits = Annotated["Benefit", strawberry.lazy("schema.benefits")]  # type: ignore[name-defined]  # noqa: F821
Couplings = Annotated["Coupling", strawberry.lazy("schema.benefits")]  # type: ignore[name-defined]  # noqa: F821
Rules = Annotated["FlagRule", strawberry.lazy("schema.flag_rules")]  # type: ignore[name-defined]  # noqa: F821
FlagInput: Any = input_of(flags.FlagInput)


@node(
    flags.Flag,
    needs=NEEDS,
    description="What a house marks customers with: a VIP, a friend of the house, somebody to be careful with. Staff see it on "
    "the customer's card, in the way it says; the customer never does, but for the benefits that come with it.",
)
class Flag(Group):
    """See the description."""

    abbreviation: str = text("One to ten characters, shown where there is no icon or little room.")
    icon: str | None = text("The name of an icon of your console, or a short emoji; null: show the abbreviation.")
    colour: str | None = text("Its colour, such as `#c0392b`.")
    display: FlagDisplay = text("Where staff see it.")
    note: str | None = text("What a pop-up tells staff.")
    expires_on: date | None = text("The last day it holds for anybody, in the venue's time zone.")
    expires_after_days: int | None = text(
        "It holds to the end of the day so many days after it was given; with neither this nor a day it holds until it is taken."
    )
    benefits = told(benefits.of_flags, Benefits, "What it lets customers buy, as long as they have it.")
    couplings = connection(COUPLINGS, "flag_id", Couplings, "What its benefits work for, in the order it was coupled.")
    rules = told(live_of, Rules, "How customers get it by buying; with several, by any of them.")


@strawberry.type(description="A flag that was written.")
class FlagPayload(Payload):
    """See the description."""

    flag: Flag | None = strawberry.field(default=None, description="The flag as it is now.")
