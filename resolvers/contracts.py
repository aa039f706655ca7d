"""The two contracts: which root fields each has. schema/*.graphql are printed from here."""

from functools import cache
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter
from strawberry.types.arguments import StrawberryArgument

from resolvers import together
from resolvers.accounts import AccountMutations
from resolvers.attributes import AttributeMutations, AttributeQueries
from resolvers.audit import AuditQueries
from resolvers.benefits import BenefitMutations, BenefitQueries
from resolvers.budgets import BudgetQueries
from resolvers.campaign_links import CampaignLinkMutations, CampaignLinkQueries
from resolvers.campaign_offers import CampaignOfferQueries
from resolvers.catalogue import CatalogueQueries
from resolvers.changes import ChangeQueries, StorefrontChangeQueries
from resolvers.compiled.executor import executor
from resolvers.custom_fields import CustomFieldMutations, CustomFieldQueries
from resolvers.customer_codes import CustomerCodeMutations
from resolvers.customer_tokens import CustomerSignOutMutations, CustomerTokenMutations
from resolvers.customers import CustomerQueries
from resolvers.documents import DocumentMutations, DocumentQueries
from resolvers.eligibility import EligibilityQueries
from resolvers.flag_rules import FlagRuleMutations, FlagRuleQueries
from resolvers.flags import FlagMutations, FlagQueries
from resolvers.grants import GrantMutations, GrantQueries
from resolvers.images import ImageMutations, ImageQueries
from resolvers.imports import ImportMutations, ImportQueries
from resolvers.jobs import JobQueries, JobSubscriptions
from resolvers.keys import KeyMutations, KeyQueries
from resolvers.mappings import MappingMutations, MappingQueries
from resolvers.nodes import NodeQueries
from resolvers.offers import CustomerOfferQueries, OfferQueries
from resolvers.orders import OrderMutations, OrderQueries
from resolvers.passwords import PasswordMutations
from resolvers.people import PeopleMutations, PeopleQueries
from resolvers.performances import PerformanceQueries
from resolvers.pool_terms import PoolTermsMutations, PoolTermsQueries
from resolvers.pools import PoolMutations, PoolQueries
from resolvers.products import ProductQueries
from resolvers.purchases import PurchaseMutations, ShopperPurchaseMutations
from resolvers.sessions import SessionMutations, SessionQueries
from resolvers.shoppers import ShopperMutations, ShopperQueries
from resolvers.storefront import StorefrontQueries
from resolvers.support import SupportMutations, SupportQueries
from resolvers.syncs import SyncMutations, SyncQueries
from resolvers.uploads import UploadMutations
from resolvers.upserts import UpsertMutations
from resolvers.venues import StorefrontVenueQueries, VenueMutations, VenueQueries
from schema.directives import IDEMPOTENT, IN_CONTEXT, with_directives
from schema.scalars import SCALARS

QUERIES = (
    PeopleQueries,
    SessionQueries,
    VenueQueries,
    NodeQueries,
    CatalogueQueries,
    PerformanceQueries,
    ProductQueries,
    CustomerQueries,
    OrderQueries,
    EligibilityQueries,
    FlagQueries,
    CustomFieldQueries,
    FlagRuleQueries,
    CampaignLinkQueries,
    BenefitQueries,
    PoolQueries,
    PoolTermsQueries,
    AttributeQueries,
    SyncQueries,
    ImageQueries,
    ImportQueries,
    MappingQueries,
    JobQueries,
    KeyQueries,
    GrantQueries,
    SupportQueries,
    AuditQueries,
    ChangeQueries,
    BudgetQueries,
    DocumentQueries,
)
MUTATIONS = (
    PeopleMutations,
    SessionMutations,
    PasswordMutations,
    ImageMutations,
    VenueMutations,
    KeyMutations,
    AccountMutations,
    GrantMutations,
    CustomerTokenMutations,
    SupportMutations,
    PurchaseMutations,
    UpsertMutations,
    UploadMutations,
    OrderMutations,
    FlagMutations,
    FlagRuleMutations,
    CampaignLinkMutations,
    BenefitMutations,
    PoolMutations,
    PoolTermsMutations,
    AttributeMutations,
    SyncMutations,
    ImportMutations,
    MappingMutations,
    DocumentMutations,
    CustomFieldMutations,
)
SUBSCRIPTIONS = (JobSubscriptions,)
STOREFRONT_QUERIES = (
    StorefrontVenueQueries,
    NodeQueries,
    StorefrontQueries,
    OfferQueries,
    CustomerOfferQueries,
    CampaignOfferQueries,
    ShopperQueries,
    StorefrontChangeQueries,
    BudgetQueries,
)
STOREFRONT_MUTATIONS = (CustomerCodeMutations, ShopperMutations, ShopperPurchaseMutations, CustomerSignOutMutations)


def _root(name: str, parts: tuple[Any, ...], description: str) -> Any:
    return strawberry.type(type(name, parts, {}), description=description)


class _Names(NameConverter):
    """strawberry's own, but an argument's name is found once, not at every request."""

    @cache  # noqa: B019  # there are as many as the contracts have
    def from_argument(self, argument: StrawberryArgument) -> str:
        """In camel case."""
        return super().from_argument(argument)


together.install()
EXECUTORS = {name: executor() for name in ("graphql", "storefront")}
_CONFIG = StrawberryConfig(name_converter=_Names(), scalar_map=SCALARS)
graphql = strawberry.Schema(
    query=_root("Query", QUERIES, "What a venue's staff and partners read."),
    mutation=_root("Mutation", MUTATIONS, "What a venue's staff and partners do."),
    subscription=_root("Subscription", SUBSCRIPTIONS, "What a venue's staff and partners follow as it changes."),
    execution_context_class=EXECUTORS["graphql"],
    config=_CONFIG,
)
storefront = strawberry.Schema(
    query=_root("Query", STOREFRONT_QUERIES, "What a venue's shop reads."),
    mutation=_root("Mutation", STOREFRONT_MUTATIONS, "What a venue's customers do for themselves."),
    execution_context_class=EXECUTORS["storefront"],
    config=_CONFIG,
)
with_directives(graphql._schema, IDEMPOTENT)
with_directives(storefront._schema, IDEMPOTENT, IN_CONTEXT)
