"""What the caller has left, as the API shows it."""

from datetime import datetime

import strawberry

from schema.nodes import text


@strawberry.type(description="The points that you have, and how they come back.")
class RateLimit:
    """See the description."""

    cost: int = text("The points that this operation was charged before it ran; what it did not cost is given back after it.")
    limit: int = text("The most points you can have at a time, and so the most that one operation may cost.")
    remaining: int = text("The points left.")
    restore_rate: int = text("How many come back each second.")
    reset_at: datetime = text("When you have all of them again, if you ask for nothing until then.")
