"""Reading what a venue plays."""

import strawberry

from resolvers.listings import listing, single
from schema import catalogue as nouns
from tenants import catalogue


@strawberry.type
class CatalogueQueries:
    """Lists and objects of the catalogue."""

    seasons = listing(
        catalogue.catalogue_listing(catalogue.Season), nouns.Season, needs="catalogue:read", description="The venue's seasons."
    )
    season = single(catalogue.Season, nouns.Season, needs="catalogue:read", description="A season by its id.")
