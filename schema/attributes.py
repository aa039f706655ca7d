"""Attributes of customers, as the API shows them."""

import strawberry

from schema.errors import Payload
from schema.groups import NEEDS, Group
from schema.nodes import node, text
from tenants import attributes


@node(
    attributes.Attribute,
    needs=NEEDS,
    description="A word on customers that staff recognise at a glance by its colour. It may be kept alike with a pool.",
)
class Attribute(Group):
    """See the description."""

    colour: str | None = text("Its colour, such as `#c0392b`; null when it has none.")


@strawberry.type(description="An attribute that was written.")
class AttributePayload(Payload):
    """See the description."""

    attribute: Attribute | None = strawberry.field(default=None, description="The attribute as it is now.")
