"""Reading subscriptions and memberships."""

import strawberry

from resolvers.listings import listing, single
from schema import products as nouns
from tenants.products import PRODUCTS


@strawberry.type
class ProductQueries:
    """Lists and objects."""

    products = listing(PRODUCTS, nouns.Product, description="The subscriptions and memberships you see.")
    product = single(nouns.Product, description="A subscription or membership by its id.")
    product_price = single(nouns.ProductPrice, description="What a product costs, by its id; a product lists its prices.")
