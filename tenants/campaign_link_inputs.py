"""Making and changing campaign links."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from tenants import discount_inputs, forms, references, texts
from tenants.campaign_links import ACCESS, CampaignLink
from tenants.catalogue import Production
from tenants.discount_inputs import DiscountInput
from tenants.errors import Refusal
from tenants.flags import Flag
from tenants.performances import Performance
from tenants.products import Product
from tenants.shape import MISSING, Doc, Longest, Needed, Of, Range
from tenants.texts import CampaignLinkTranslationRow
from tenants.upserts.rows import house
from tenants.upserts.translations import written

MOST_TICKETS = 2_147_483_647


@dataclass(frozen=True)
class CampaignLinkInput:
    """A campaign link; what is left out of a change stays as it is. It is for at least one performance, production or product."""

    name: Annotated[
        str, Doc("Its name, as customers and reports show it, in the venue's main language."), Longest(300), Needed()
    ] = MISSING
    description_before: Annotated[str | None, Doc("What customers read until it starts."), Longest(20_000)] = MISSING
    description: Annotated[str | None, Doc("What they read from then on."), Longest(20_000)] = MISSING
    translations: Annotated[
        list[CampaignLinkTranslationRow],
        Doc("Texts in other languages of the venue: what is not named stays, a text that is null goes."),
    ] = MISSING
    performance_ids: Annotated[list[UUID], Of("Performance"), Doc("The performances it is for.")] = MISSING
    production_ids: Annotated[
        list[UUID], Of("Production"), Doc("The productions it is for: all their performances, later ones too.")
    ] = MISSING
    product_ids: Annotated[list[UUID], Of("Product"), Doc("The subscriptions and memberships it is for.")] = MISSING
    prices: Annotated[
        list[DiscountInput],
        Doc(
            "The ticket types it sells, restricted ones too, and at what price. All of them: those not named are no longer sold."
        ),
        Needed(),
    ] = MISSING
    flag_ids: Annotated[
        list[UUID],
        Of("Flag"),
        Doc("Customers with one of these flags have it without the address, in the shop's list of offers."),
    ] = MISSING
    access: Annotated[str, ACCESS, Doc("To whom it is open; ANYONE when new and not given.")] = MISSING
    starts_at: Annotated[
        datetime | None, Doc("From when it sells, before the ordinary sale too; null: from the start of that.")
    ] = MISSING
    ends_at: Annotated[datetime | None, Doc("Until when it sells; null: to the end of the sale.")] = MISSING
    most: Annotated[int | None, Doc("How many tickets it sells in all; null: no limit of its own."), Range(1, MOST_TICKETS)] = (
        MISSING
    )
    most_per_customer: Annotated[
        int | None, Doc("How many it sells to one customer; null: no limit of its own."), Range(1, MOST_TICKETS)
    ] = MISSING
    organisation_ids: Annotated[list[UUID], Of("Organisation"), Doc("Whose staff see it; none: the whole venue's.")] = MISSING
    external_id: Annotated[str | None, Doc("The id by which another system knows it; unique in the venue."), Longest(200)] = (
        MISSING
    )


async def create(wanted: CampaignLinkInput) -> Any:
    """A new campaign link. Raises REQUIRED, TOO_LONG, INVALID_VALUE, NOT_UNIQUE, UNKNOWN_REFERENCE, CONFLICTING_ROWS."""
    columns = await _columns(wanted, {}, new=True)
    _sound({"performance_ids": [], "production_ids": [], "product_ids": [], "flag_ids": [], **columns})
    made = await forms.create(CampaignLink, columns)
    await discount_inputs.put("campaign_link_id", made.id, wanted.prices, "prices")
    return made


async def update(link_id: UUID, wanted: CampaignLinkInput) -> Any:
    """Change a campaign link; its address stays. Raises NOT_FOUND, FORBIDDEN, and what create() raises."""
    was = await forms.held(CampaignLink, link_id)
    columns = await _columns(wanted, texts.stored(was.texts))
    _sound({**was, **columns})
    now = await forms.update(CampaignLink, link_id, columns)
    if wanted.prices is not MISSING:
        await discount_inputs.put("campaign_link_id", link_id, wanted.prices, "prices")
    return now


async def archive(link_id: UUID) -> Any:
    """Take a campaign link out of use: its addresses, personal ones too, lead nowhere. Raises NOT_FOUND, FORBIDDEN."""
    return await forms.archive(CampaignLink, link_id)


_REFERENCES = {"performance_ids": Performance, "production_ids": Production, "product_ids": Product, "flag_ids": Flag}


async def _columns(wanted: CampaignLinkInput, said: dict[str, str], *, new: bool = False) -> dict[str, Any]:
    """`said` are the texts in other languages so far."""
    columns = await forms.columns_of(wanted, new=new)
    if translations := columns.pop("translations", None):
        columns["texts"] = json.dumps(written(translations, said, await house()), sort_keys=True)
    if columns.pop("prices", None) == []:
        raise Refusal("REQUIRED", "Name at least one ticket type that it sells.", field=["prices"])
    for column, record in _REFERENCES.items():
        if column in columns:
            columns[column] = await references.known(record, columns[column], forms.camel(column))
    return columns


def _sound(columns: dict[str, Any]) -> None:
    if not any(columns[column] for column in ("performance_ids", "production_ids", "product_ids")):
        raise Refusal("REQUIRED", "Name what it is for: performances, productions or products.", field=["performanceIds"])
    if columns.get("access") == "FLAGGED" and not columns["flag_ids"]:
        raise Refusal("REQUIRED", "Name the flags whose customers it is open to.", field=["flagIds"])
    starts_at, ends_at = columns.get("starts_at"), columns.get("ends_at")
    if starts_at and ends_at and ends_at <= starts_at:
        raise Refusal("INVALID_VALUE", "It ends before it starts.", field=["endsAt"])
