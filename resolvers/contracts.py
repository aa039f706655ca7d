"""The two contracts: which root fields each has. schema/*.graphql are printed from here."""

from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.catalogue import CatalogueQueries
from resolvers.customers import CustomerQueries
from resolvers.nodes import NodeQueries
from resolvers.orders import OrderQueries
from resolvers.performances import PerformanceQueries
from resolvers.storefront import StorefrontQueries
from schema.scalars import SCALARS

QUERIES = (NodeQueries, CatalogueQueries, PerformanceQueries, CustomerQueries, OrderQueries)
STOREFRONT_QUERIES = (NodeQueries, StorefrontQueries)


def _root(name: str, parts: tuple[Any, ...], description: str) -> Any:
    return strawberry.type(type(name, parts, {}), description=description)


_CONFIG = StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS)
graphql = strawberry.Schema(query=_root("Query", QUERIES, "What a venue's staff and partners read."), config=_CONFIG)
storefront = strawberry.Schema(query=_root("Query", STOREFRONT_QUERIES, "What a venue's shop reads."), config=_CONFIG)
