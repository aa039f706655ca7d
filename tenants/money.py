"""Money is whole minor units inside; how many make one depends on the currency (ISO 4217)."""

from decimal import Decimal

_NONE = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
_THREE = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def decimals(currency: str) -> int:
    """The digits after the point."""
    return 0 if currency in _NONE else 3 if currency in _THREE else 2


def amount_of(minor: int, currency: str) -> Decimal:
    """The amount in the currency itself: 129900 NOK is 1299.00."""
    return Decimal(minor).scaleb(-decimals(currency))
