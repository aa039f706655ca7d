"""Reading performances and prices."""

import strawberry

from resolvers.listings import listing, single
from schema import performances as nouns
from tenants.performances import PERFORMANCES


@strawberry.type
class PerformanceQueries:
    """Lists and objects."""

    performances = listing(PERFORMANCES, nouns.Performance, description="The performances you see.")
    performance = single(nouns.Performance, description="A performance by its id.")
    price = single(nouns.Price, description="A price by its id; a performance lists its prices.")
