"""What a row of each kind holds. GraphQL's inputs and the columns of an import are made from these dataclasses.

Other objects are named by their external ids. What is left out is not changed; what is Needed must be given for a new object.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from tenants.benefits import Benefit
from tenants.campaign_links import CampaignLink
from tenants.catalogue import Category, Hall, Production, Promoter, Season, Tag, TicketType
from tenants.customers import GENDER, Customer
from tenants.orders import CHANNEL, LINE_STATE, LINE_TYPE, ORDER_STATE
from tenants.organisations import Organisation
from tenants.performances import STATUS, Performance
from tenants.pools import Pool
from tenants.products import KIND, Product
from tenants.products import STATUS as PRODUCT_STATUS
from tenants.shape import MISSING, Doc, Longest, NameOf, Needed, Range, Ref
from tenants.texts import NameTranslationRow, ProductionTranslationRow, ProductTranslationRow
from tenants.upserts.custom import CustomFieldValueRow

MOST = 2_147_483_647
OwnValues = Annotated[
    list[CustomFieldValueRow], Doc("Values of the venue's own fields (`customFields`): what is not named stays, a null goes.")
]
_IN_LANGUAGES = Doc("Texts in other languages of the venue: what is not named stays, a text that is null goes.")
ExternalId = Annotated[str, Doc("The id by which the other system knows it; unique in the venue."), Longest(200)]
Version = Annotated[
    datetime | None,
    Doc("`updatedAt` as you read it: what was changed since is not overwritten, the row has the problem CHANGED_SINCE."),
]
Name = Annotated[str | None, Doc("Its name."), Longest(300), Needed()]


@dataclass(frozen=True)
class NamedRow:
    """Something with a name, as another system knows it."""

    external_id: ExternalId
    name: Name = MISSING
    version: Version = MISSING


@dataclass(frozen=True)
class TranslatedRow(NamedRow):
    """Something whose name customers read."""

    translations: Annotated[list[NameTranslationRow], _IN_LANGUAGES] = MISSING


@dataclass(frozen=True)
class OrganisationRow(NamedRow):
    """An organisation inside the venue."""


@dataclass(frozen=True)
class CategoryRow(TranslatedRow):
    """A kind of performance."""


@dataclass(frozen=True)
class TagRow(TranslatedRow):
    """A word on productions."""


@dataclass(frozen=True)
class PromoterRow(NamedRow):
    """Who puts performances on."""

    email: Annotated[str | None, Doc("Their e-mail address."), Longest(254)] = MISSING
    phone: Annotated[str | None, Doc("Their telephone number."), Longest(50)] = MISSING


@dataclass(frozen=True)
class SeasonRow(TranslatedRow):
    """A year's programme."""

    starts_on: Annotated[date | None, Doc("Its first day.")] = MISSING
    ends_on: Annotated[date | None, Doc("Its last day.")] = MISSING


@dataclass(frozen=True)
class HallRow(TranslatedRow):
    """A room."""

    capacity: Annotated[int | None, Doc("How many places it has."), Range(0, MOST)] = MISSING


@dataclass(frozen=True)
class TicketTypeRow(TranslatedRow):
    """Adult, student, subscriber …"""

    position: Annotated[int | None, Doc("Its place in lists, smallest first."), Range(-MOST, MOST)] = MISSING
    restricted: Annotated[
        bool | None, Doc("Whether it is sold only to whom a benefit or a campaign link lets in; the shop does not show it.")
    ] = MISSING


@dataclass(frozen=True)
class ProductionRow(NamedRow):
    """A work that is put on."""

    subtitle: Annotated[str | None, Doc("A second line to the name."), Longest(300)] = MISSING
    description: Annotated[str | None, Doc("What it is about."), Longest(20_000)] = MISSING
    tags: Annotated[list[str], Doc("External ids of tags; they are added to those it has."), Ref(Tag)] = MISSING
    translations: Annotated[list[ProductionTranslationRow], _IN_LANGUAGES] = MISSING


@dataclass(frozen=True)
class PerformanceRow:
    """A performance of a production."""

    external_id: ExternalId
    production: Annotated[str | None, Doc("The production's external id."), Ref(Production), Needed()] = MISSING
    production_name: Annotated[str | None, Doc("Its name, when the import creates it."), NameOf("production")] = MISSING
    season: Annotated[str | None, Doc("The season's external id."), Ref(Season)] = MISSING
    category: Annotated[str | None, Doc("The category's external id."), Ref(Category)] = MISSING
    hall: Annotated[str | None, Doc("The hall's external id."), Ref(Hall)] = MISSING
    hall_name: Annotated[str | None, Doc("Its name, when the import creates it."), NameOf("hall")] = MISSING
    promoter: Annotated[str | None, Doc("The promoter's external id."), Ref(Promoter)] = MISSING
    organisations: Annotated[list[str], Doc("External ids of organisations; none: whole venue."), Ref(Organisation)] = MISSING
    name: Annotated[str | None, Doc("A name of its own, when it is not the production's."), Longest(300)] = MISSING
    translations: Annotated[list[NameTranslationRow], _IN_LANGUAGES] = MISSING
    starts_at: Annotated[datetime | None, Doc("When it starts; in a file without an offset: in the venue's time zone.")] = MISSING
    starts_on: Annotated[date | None, Doc("The day it starts, in place of startsAt.")] = MISSING
    start_time: Annotated[str | None, Doc("The time on that day (19:30 or 7:30PM); none: not known.")] = MISSING
    sale_starts_at: Annotated[datetime | None, Doc("From when tickets are sold.")] = MISSING
    sale_ends_at: Annotated[datetime | None, Doc("Until when tickets are sold.")] = MISSING
    status: Annotated[str | None, Doc("Where it stands; ON_SALE when new and not given."), STATUS] = MISSING
    capacity: Annotated[int | None, Doc("How many tickets there are; none: not limited."), Range(0, MOST)] = MISSING
    max_per_order: Annotated[int | None, Doc("Most tickets in one order."), Range(1, MOST)] = MISSING
    max_per_customer: Annotated[int | None, Doc("Most tickets of one customer."), Range(1, MOST)] = MISSING
    custom_fields: OwnValues = MISSING
    version: Version = MISSING


@dataclass(frozen=True)
class PriceRow:
    """What a ticket of a type costs at a performance."""

    performance: Annotated[str, Doc("The performance's external id."), Ref(Performance)]
    ticket_type: Annotated[str, Doc("The ticket type's external id."), Ref(TicketType)]
    price_level: Annotated[str | None, Doc("The price level, where the hall has them."), Longest(100)] = MISSING
    amount: Annotated[Decimal | None, Doc("The price in the venue's currency, VAT included."), Needed(), Range(0, MOST)] = MISSING
    fee: Annotated[Decimal | None, Doc("The fee on top."), Range(0, MOST)] = MISSING


@dataclass(frozen=True)
class ProductRow(NamedRow):
    """A subscription (season ticket) or membership."""

    kind: Annotated[str | None, Doc("What it is."), KIND, Needed()] = MISSING
    description: Annotated[str | None, Doc("What it is about."), Longest(20_000)] = MISSING
    translations: Annotated[list[ProductTranslationRow], _IN_LANGUAGES] = MISSING
    season: Annotated[str | None, Doc("The external id of a subscription's season."), Ref(Season)] = MISSING
    performances: Annotated[
        list[str], Doc("External ids of what its holder may go to; they are added to those it has."), Ref(Performance)
    ] = MISSING
    organisations: Annotated[list[str], Doc("External ids of organisations; none: whole venue."), Ref(Organisation)] = MISSING
    choose: Annotated[int | None, Doc("How many of the performances the holder chooses; none: all."), Range(1, MOST)] = MISSING
    ends_on: Annotated[date | None, Doc("The day until which it holds.")] = MISSING
    months: Annotated[int | None, Doc("For how many months from the order it holds."), Range(1, 1200)] = MISSING
    status: Annotated[str | None, Doc("Where it stands; ON_SALE when new and not given."), PRODUCT_STATUS] = MISSING
    sale_starts_at: Annotated[datetime | None, Doc("From when it is sold.")] = MISSING
    sale_ends_at: Annotated[datetime | None, Doc("Until when it is sold.")] = MISSING


@dataclass(frozen=True)
class ProductPriceRow:
    """What a subscription or membership costs for a ticket type."""

    product: Annotated[str, Doc("The product's external id."), Ref(Product)]
    ticket_type: Annotated[str, Doc("The ticket type's external id."), Ref(TicketType)]
    price_level: Annotated[str | None, Doc("The price level, where there are some."), Longest(100)] = MISSING
    amount: Annotated[Decimal | None, Doc("The price in the venue's currency, VAT included."), Needed(), Range(0, MOST)] = MISSING
    fee: Annotated[Decimal | None, Doc("The fee on top."), Range(0, MOST)] = MISSING


@dataclass(frozen=True)
class CustomerRow:
    """A customer."""

    external_id: ExternalId
    first_name: Annotated[str | None, Doc("First name or names."), Longest(200)] = MISSING
    last_name: Annotated[str | None, Doc("Last name."), Longest(200)] = MISSING
    company: Annotated[str | None, Doc("Company, school or club."), Longest(300)] = MISSING
    email: Annotated[str | None, Doc("E-mail address; several customers may share one."), Longest(254)] = MISSING
    phone: Annotated[str | None, Doc("Telephone number."), Longest(50)] = MISSING
    birth_date: Annotated[date | None, Doc("Date of birth.")] = MISSING
    gender: Annotated[str | None, Doc("What they said of themselves."), GENDER] = MISSING
    street: Annotated[str | None, Doc("Street and number."), Longest(300)] = MISSING
    postcode: Annotated[str | None, Doc("Postcode, as written there."), Longest(20)] = MISSING
    city: Annotated[str | None, Doc("City."), Longest(200)] = MISSING
    country: Annotated[str | None, Doc("Country, ISO 3166-1 alpha-2.")] = MISSING
    language: Annotated[str | None, Doc("Language they are written to in, BCP 47."), Longest(20)] = MISSING
    custom_fields: OwnValues = MISSING
    version: Version = MISSING


@dataclass(frozen=True)
class TicketLineRow:
    """Tickets of one type and price to one performance, or subscriptions or memberships of one product, in one order."""

    external_id: ExternalId
    performance: Annotated[
        str | None, Doc("The performance's external id; a new line needs it or a product."), Ref(Performance)
    ] = MISSING
    product: Annotated[
        str | None, Doc("The external id of a subscription or membership, in place of a performance."), Ref(Product)
    ] = MISSING
    ticket_type: Annotated[str | None, Doc("The ticket type's external id."), Ref(TicketType)] = MISSING
    quantity: Annotated[int | None, Doc("How many tickets; 1 when not given. Negative: paid back."), Range(-100_000, 100_000)] = (
        MISSING
    )
    price: Annotated[Decimal | None, Doc("One ticket's price, VAT included."), Range(-MOST, MOST)] = MISSING
    amount: Annotated[Decimal | None, Doc("The line's price; quantity × price when not given."), Range(-MOST, MOST)] = MISSING
    price_level: Annotated[str | None, Doc("The price level, where the hall has them."), Longest(100)] = MISSING
    fee: Annotated[Decimal | None, Doc("The line's fees on top."), Range(-MOST, MOST)] = MISSING
    vat: Annotated[Decimal | None, Doc("The VAT within the line's amount."), Range(-MOST, MOST)] = MISSING
    type: Annotated[str | None, Doc("Whether it is a refund, where the signs do not say so."), LINE_TYPE] = MISSING
    line_state: Annotated[str | None, Doc("Where the tickets stand; VALID when new and not given."), LINE_STATE] = MISSING
    benefit: Annotated[
        str | None, Doc("The external id of the benefit they were bought by, against which they count."), Ref(Benefit)
    ] = MISSING
    pool: Annotated[str | None, Doc("The external id of the pool by whose terms they were bought."), Ref(Pool)] = MISSING
    campaign_link: Annotated[str | None, Doc("The external id of the campaign link they were bought by."), Ref(CampaignLink)] = (
        MISSING
    )
    version: Version = MISSING


@dataclass(frozen=True)
class OrderFields:
    """The order a line belongs to."""

    customer: Annotated[str | None, Doc("The buyer's external id; none for an anonymous sale."), Ref(Customer)] = MISSING
    channel: Annotated[str | None, Doc("How it was made."), CHANNEL, Needed()] = MISSING
    currency: Annotated[str | None, Doc("ISO 4217; the venue's when not given.")] = MISSING
    ordered_at: Annotated[datetime | None, Doc("When; in a file without an offset: in the venue's time zone."), Needed()] = (
        MISSING
    )
    order_state: Annotated[str | None, Doc("Where it stands; CONFIRMED when new and not given."), ORDER_STATE] = MISSING
    place_postcode: Annotated[str | None, Doc("The buyer's postcode on this order."), Longest(20)] = MISSING
    place_city: Annotated[str | None, Doc("The buyer's city on this order."), Longest(200)] = MISSING
    place_country: Annotated[str | None, Doc("The buyer's country, ISO 3166-1 alpha-2.")] = MISSING
    custom_fields: OwnValues = MISSING


@dataclass(frozen=True)
class MemberRow:
    """That a customer is in a group."""

    customer: Annotated[str | None, Doc("The customer's external id.")] = MISSING
    number: Annotated[int | None, Doc("The customer's number, in place of it.")] = MISSING
    email: Annotated[str | None, Doc("Their e-mail address, in place of both, where only one customer has it.")] = MISSING
    remove: Annotated[bool | None, Doc("Whether they are taken out instead; no when not given.")] = MISSING


@dataclass(frozen=True, kw_only=True)
class FlagAssignmentRow(MemberRow):
    """That a customer has a flag."""

    flag: Annotated[str, Doc("The flag's external id, or its name where no other one has it.")]


@dataclass(frozen=True, kw_only=True)
class PoolMemberRow(MemberRow):
    """That a customer is in a pool."""

    pool: Annotated[str, Doc("The pool's external id or number, or its name where no other one has it.")]


@dataclass(frozen=True, kw_only=True)
class AttributeAssignmentRow(MemberRow):
    """That a customer has an attribute."""

    attribute: Annotated[str, Doc("The attribute's external id, or its name where no other one has it.")]


@dataclass(frozen=True)
class SaleRow(OrderFields, TicketLineRow):
    """A line of sale with what is known of its order: the usual form of a file. Lines of one order may lie far apart."""

    order: Annotated[str | None, Doc("The order's external id; the line's own when not given."), Longest(200)] = MISSING


@dataclass(frozen=True, kw_only=True)
class OrderRow(OrderFields):
    """An order with its lines."""

    external_id: ExternalId
    lines: Annotated[list[TicketLineRow], Doc("Its lines: new ones are added, known ones changed, none taken away.")] = MISSING
