"""Reading what a venue plays, apart from the performances."""

import strawberry

from resolvers.listings import listing, single
from schema import catalogue as nouns
from tenants import catalogue


@strawberry.type
class CatalogueQueries:
    """Lists and objects of the catalogue."""

    organisations = listing(catalogue.ORGANISATIONS, nouns.Organisation, description="The venue's organisations.")
    organisation = single(nouns.Organisation, description="An organisation by its id.")
    promoters = listing(catalogue.PROMOTERS, nouns.Promoter, description="The venue's promoters.")
    promoter = single(nouns.Promoter, description="A promoter by its id.")
    seasons = listing(catalogue.SEASONS, nouns.Season, description="The venue's seasons.")
    season = single(nouns.Season, description="A season by its id.")
    categories = listing(catalogue.CATEGORIES, nouns.Category, description="The venue's categories.")
    category = single(nouns.Category, description="A category by its id.")
    tags = listing(catalogue.TAGS, nouns.Tag, description="The venue's tags.")
    tag = single(nouns.Tag, description="A tag by its id.")
    halls = listing(catalogue.HALLS, nouns.Hall, description="The venue's halls.")
    hall = single(nouns.Hall, description="A hall by its id.")
    productions = listing(catalogue.PRODUCTIONS, nouns.Production, description="The venue's productions.")
    production = single(nouns.Production, description="A production by its id.")
    ticket_types = listing(catalogue.TICKET_TYPES, nouns.TicketType, description="The venue's ticket types.")
    ticket_type = single(nouns.TicketType, description="A ticket type by its id.")
