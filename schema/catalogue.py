"""What a venue plays, as the API shows it."""

from datetime import date

from schema.nodes import Node, node, text
from tenants import catalogue


@node(catalogue.Season, needs="catalogue:read", description="A year's programme, such as 2026/27.")
class Season(Node):
    """See the description."""

    external_id: str | None = text("The id another system knows it by.")
    name: str = text("Its name.")
    starts_on: date | None = text("Its first day, in the venue's time zone.")
    ends_on: date | None = text("Its last day, in the venue's time zone.")
