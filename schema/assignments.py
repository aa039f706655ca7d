"""Who is in a flag, pool or attribute, and why, as the API shows it."""

from datetime import date, datetime
from typing import Any

import strawberry

from schema.attributes import Attribute
from schema.customers import Customer
from schema.errors import Payload
from schema.flag_rules import FlagRule
from schema.flags import Flag
from schema.groups import NEEDS
from schema.nodes import Node, children, linked, listed, node, text
from schema.orders import TicketLine
from schema.pools import Pool
from schema.shapes import enum_of
from tenants import assignments, attributes, customers, flags, members, orders, pools
from tenants.flag_rules import records as flag_rules
from tenants.ids import global_id

AssignmentSource: Any = enum_of(assignments.SOURCE)
AssignmentEndReason: Any = enum_of(assignments.END_REASON)


@node(
    assignments.AssignmentCause,
    needs=NEEDS,
    description="A reason for which a customer is in a group. An assignment that came about in several ways has several.",
)
class AssignmentCause(Node):
    """See the description."""

    source: AssignmentSource = text("What kind of reason it is.")
    lines = listed(
        orders.TicketLine,
        "line_ids",
        TicketLine,
        "Of a rule: what was bought that counted, of which the caller sees those of its organisations.",
        needs="sales:read",
    )
    rule = linked(flag_rules.FlagRule, "rule_id", FlagRule, "The rule, if it is one.")
    caused_at: datetime = text("When it came about.")
    caused_by: strawberry.ID | None = text("The id of the person or key that did it; null when it came about by itself.")
    expires_on: date | None = text("The last day on which it holds, in the venue's time zone; null: until it ends.")
    ended_at: datetime | None = text("When it ceased to hold; null while it holds.")


@node(
    assignments.Assignment,
    needs=NEEDS,
    description="That a customer is, or was, in a flag, pool or attribute. It stands until its last day is over or it is ended; "
    "who is put in again later has another one.",
)
class Assignment(Node):
    """See the description."""

    customer = linked(customers.Customer, "customer_id", Customer, "Who is in it.", needs="customers:read")
    flag = linked(flags.Flag, "flag_id", Flag, "The flag, if it is one.")
    pool = linked(pools.Pool, "pool_id", Pool, "The pool, if it is one.")
    attribute = linked(attributes.Attribute, "attribute_id", Attribute, "The attribute, if it is one.")
    source: AssignmentSource = text("How it first came about.")
    causes = children(assignments.AssignmentCause, "assignment_id", AssignmentCause, "All its reasons, the first one first.")
    assigned_at: datetime = text("When it was given.")
    assigned_by: strawberry.ID | None = text("The id of the person or key that gave it; null when it came about by itself.")
    expires_on: date | None = text("The last day on which it stands, in the venue's time zone; null: until it is ended.")
    ended_at: datetime | None = text("When it ended; null while it stands.")
    ended_by: strawberry.ID | None = text("The id of the person or key that ended it; null when it ended by itself.")
    end_reason: AssignmentEndReason | None = text("How it ended.")


@strawberry.type(description="Customers who were put in a group or taken out of it.")
class AssignmentsPayload(Payload):
    """See the description."""

    customer_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="The customers for whom it was a change: who had it already, or had it not, is left out."
    )
    assignments: list[Assignment] | None = strawberry.field(
        default=None,
        description="The assignments of all who were named, those who had it already too; when taken, those that ended.",
    )


def changed(core: members.Changed) -> AssignmentsPayload:
    """What was written, as clients see it."""
    ids = [strawberry.ID(global_id("Customer", customer)) for customer in core.customers]
    return AssignmentsPayload(customer_ids=ids, assignments=core.assignments)
