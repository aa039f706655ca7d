"""Reading customers."""

import strawberry

from resolvers.listings import listing, single
from schema import customers as nouns
from tenants.customers import CUSTOMERS


@strawberry.type
class CustomerQueries:
    """Lists and objects."""

    customers = listing(CUSTOMERS, nouns.Customer, description="The venue's customers.")
    customer = single(nouns.Customer, description="A customer by its id.")
