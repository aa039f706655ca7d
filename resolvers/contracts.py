"""The two contracts: which root fields each has. schema/*.graphql are printed from here."""

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types

from resolvers.catalogue import CatalogueQueries
from resolvers.nodes import NodeQueries

_CONFIG = StrawberryConfig(auto_camel_case=True)

graphql = strawberry.Schema(query=merge_types("Query", (NodeQueries, CatalogueQueries)), config=_CONFIG)
