"""Money: whole minor units inside, an exact decimal with its currency outside."""

from decimal import Decimal
from functools import lru_cache

import strawberry

from tenants.money import amount_of


@strawberry.type(description="An amount of money.")
class Money:
    """See the description."""

    amount: Decimal = strawberry.field(
        description='The exact amount with the currency\'s own number of decimals: "1257.75" NOK, "900" JPY.'
    )
    currency_code: str = strawberry.field(description="The currency, ISO 4217.")

    @classmethod
    @lru_cache(maxsize=10_000)  # a house has few prices, and shows them often
    def of(cls, minor: int, currency: str) -> "Money":
        """An amount in minor units as clients see it."""
        return cls(amount=amount_of(minor, currency), currency_code=currency)
