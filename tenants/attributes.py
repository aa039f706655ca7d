"""Attributes of customers (Requirements A1-A5), recognisable at a glance by name and colour."""

from tortoise import fields

from tenants.flags import GroupRecord


class Attribute(GroupRecord):
    """An attribute."""

    colour = fields.TextField(null=True)

    class Meta:
        table = "attributes"
