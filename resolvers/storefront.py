"""What a venue's shop reads. The scope is a public one: tenants/organisations.py leaves out what is not announced."""

import strawberry

from resolvers.listings import listing, single
from schema import storefront as nouns
from tenants.performances import PROGRAMME


@strawberry.type
class StorefrontQueries:
    """The programme."""

    performances = listing(PROGRAMME, nouns.Performance, description="The venue's programme.", filter_name="PerformanceFilter")
    performance = single(nouns.Performance, description="A performance by its id.")
