"""Rules by which customers get a flag, as the API shows them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import strawberry

from schema.catalogue import NEEDS as CATALOGUE
from schema.catalogue import Production
from schema.context import Info
from schema.customers import Customer
from schema.errors import Payload
from schema.flags import Flag
from schema.groups import NEEDS
from schema.nodes import Node, linked, listed, node, text
from schema.performances import Performance
from schema.products import Product
from schema.shapes import enum_of
from tenants import catalogue, customers, flags, performances, products
from tenants.flag_rules import records
from tenants.money import amount_of

FlagRuleMeasure: Any = enum_of(records.MEASURE)


@node(
    records.FlagRule,
    needs=NEEDS,
    description="How customers get a flag by buying: so much of what is chosen, at any time or within a period. What is paid "
    "back does not count. The rule is looked at with every order, and for everybody each night. A flag of organisations counts "
    "their sales and the whole venue's.",
)
class FlagRule(Node):
    """See the description."""

    flag = linked(flags.Flag, "flag_id", Flag, "The flag that it gives.", required=True)
    performances = listed(
        performances.Performance, "performance_ids", Performance, "Tickets to these performances count.", needs=CATALOGUE
    )
    productions = listed(
        catalogue.Production, "production_ids", Production, "Tickets to any performance of these count.", needs=CATALOGUE
    )
    products = listed(
        products.Product,
        "product_ids",
        Product,
        "These subscriptions and memberships count. Where nothing else is chosen, the flag ends with the last of them that the "
        "customer holds. Where nothing at all is chosen, everything counts.",
        needs=CATALOGUE,
    )
    measure: FlagRuleMeasure = text("What is counted.")
    from_on: date | None = text("The first day that counts, in the venue's time zone.")
    until_on: date | None = text("The last day that counts.")
    last_days: int | None = text("Today and so many days before it count.")
    revoke_on_refund: bool = text(
        "Whether the flag goes when the rule is not fulfilled any more: by a refund, or because its period has moved on. Else "
        "customers keep it, whatever they give back."
    )
    archived_at: datetime | None = text("Since when it is out of use; null while it is in use.")
    created_at: datetime = text("When it was created here.")
    updated_at: datetime = text("When it was last changed here.")

    @strawberry.field(description="How many at least, or, for AMOUNT, how much in the venue's currency.")
    def minimum(rule: strawberry.Parent[Any], info: Info) -> Decimal:  # noqa: N805
        """Kept in minor units."""
        assert info.context.caller.at
        return amount_of(rule.minimum, info.context.caller.at.currency) if rule.measure == "AMOUNT" else Decimal(rule.minimum)


@strawberry.type(description="A rule that was written.")
class FlagRulePayload(Payload):
    """See the description."""

    flag_rule: FlagRule | None = strawberry.field(default=None, description="The rule as it is now.")
    job_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The job that looks at all customers anew, for `jobProgress`; null when nothing differs. Until it is done, "
        "some may not have the flag yet, or have it still.",
    )


@strawberry.type(description="Customers whom a rule would concern.")
class FlagRuleEffect:
    """See the description."""

    count: int = text("How many.")
    customers = listed(
        customers.Customer, "sample", Customer, "Some of them, those who were created first.", needs="customers:read"
    )


@strawberry.type(description="What a rule would do if it were written now. Nothing is written.")
class FlagRuleDryRun:
    """See the description."""

    would_add: FlagRuleEffect = text("Who would get the flag.")
    would_keep: FlagRuleEffect = text("Who has the flag and would keep it, because they fulfil the rule or for other reasons.")
    would_remove: FlagRuleEffect = text("Who would lose the flag, because they have it only by the rule as it is now.")
