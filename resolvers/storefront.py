"""What a venue's shop reads. The scope is a public one: tenants/organisations.py leaves out what is not announced."""

import strawberry

from resolvers.listings import listing, single
from schema import storefront as nouns
from tenants import programme
from tenants.performances import PROGRAMME
from tenants.products import OFFERS


@strawberry.type
class StorefrontQueries:
    """The programme, and what it is looked through by."""

    performances = listing(PROGRAMME, nouns.Performance, description="The venue's programme.", filter_name="PerformanceFilter")
    performance = single(nouns.Performance, description="A performance by its id.")
    productions = listing(
        programme.WORKS,
        nouns.Production,
        description="The works it plays, has played or announces.",
        filter_name="ProductionFilter",
    )
    production = single(nouns.Production, description="A production by its id.")
    seasons = listing(programme.SEASONS, nouns.Season, description="The seasons with something announced in them.")
    season = single(nouns.Season, description="A season by its id.")
    categories = listing(programme.CATEGORIES, nouns.Category, description="The kinds of performances there are.")
    tags = listing(programme.TAGS, nouns.Tag, description="The words on its productions.")
    halls = listing(programme.HALLS, nouns.Hall, description="The halls it plays in.")
    products = listing(OFFERS, nouns.Product, description="Subscriptions and memberships.", filter_name="ProductFilter")
    product = single(nouns.Product, description="A subscription or membership by its id.")
