"""Customers of a venue. They belong to the venue, not to an organisation (Requirement D54)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from tortoise import fields

from tenants import standards, tenancy
from tenants.custom_fields.filters import OWN_FIELDS, CustomFieldCondition, own_fields
from tenants.errors import Refusal
from tenants.pages import CREATED, Listing, Sort
from tenants.people import email_key
from tenants.record import VenueRecord
from tenants.search import LAST, begins, search_key
from tenants.shape import Choice, Doc, Where, known_as
from tenants.sql import Sql, every, join, sql
from tenants.sql import name as column_name

GENDERS = {"WOMAN": "A woman.", "MAN": "A man.", "OTHER": "Neither, or rather not said."}
GENDER = Choice("Gender", GENDERS, "What a customer said of themselves.")
MOST_WORDS = 8
LONGEST_PHONE = 40


class Customer(VenueRecord):
    """A person or company that buys. `number` is short and per venue; the *_key columns are what a search compares."""

    external_id = fields.TextField(null=True)
    number = fields.BigIntField()
    first_name = fields.TextField(null=True)
    last_name = fields.TextField(null=True)
    company = fields.TextField(null=True)
    email = fields.TextField(null=True)
    phone = fields.TextField(null=True)
    birth_date = fields.DateField(null=True)
    gender = fields.TextField(null=True)
    street = fields.TextField(null=True)
    postcode = fields.TextField(null=True)
    city = fields.TextField(null=True)
    country = fields.TextField(null=True)
    language = fields.TextField(null=True)
    first_name_key = fields.TextField(null=True)
    last_name_key = fields.TextField(null=True)
    company_key = fields.TextField(null=True)
    email_key = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "customers"


_LAST_NAME, _FIRST_NAME, _COMPANY = (f"least(t.{c}_key, E'\\U0010FFFF')" for c in ("last_name", "first_name", "company"))


# Where a name may begin: at its first word, or at a later one (columns that PostgreSQL keeps, see the migration).
_FIRST_NAMES = ("t.first_name_key", "t.first_name_from_2", "t.first_name_from_3")
_LAST_NAMES = (_LAST_NAME, "t.last_name_from_2", "t.last_name_from_3")
_COMPANIES = ("t.company_key", "t.company_from_2", "t.company_from_3", "t.company_from_4")
SHORTEST_PHONE, SHORTEST_WHOLE_PHONE = 5, 7


def _search(text: str) -> Sql:
    """Words as a counter hears them: (part of) the first name, the last name, both in either order, a company, an e-mail
    address, the number, a telephone number. Each alternative is a range of an index whose comparison is leakproof, or the wall
    would forbid it."""
    words = (search_key(text.replace(",", " ").replace(LAST, " ")) or "").split()[:MOST_WORDS]
    if not words:
        return sql("true")
    name = " ".join(words)
    ways = [begins(place, name) for place in (*_LAST_NAMES, *_FIRST_NAMES, *_COMPANIES)]
    for i in range(1, len(words)):
        one, other = " ".join(words[:i]), " ".join(words[i:])
        ways.append(every([_any(_FIRST_NAMES, one), _any(_LAST_NAMES, other)]))
        ways.append(every([_any(_LAST_NAMES, one), _any(_FIRST_NAMES, other)]))
    if len(words) == 1:
        ways.append(begins("t.email_key", email_key(text)))
        if name.isascii() and name.isdecimal() and len(name) <= 18:
            ways.append(sql("t.number = {number}", number=int(name)))
    return join(" or ", ways + _phone(text))


def _phone(text: str) -> list[Sql]:
    """A telephone number or its end, with and without the country's code, on either side."""
    digits = re.sub(r"[\s()+./-]", "", text)
    ending = digits.lstrip("0")[::-1]
    if not (digits.isascii() and digits.isdecimal() and SHORTEST_PHONE <= len(ending) <= 18):
        return []
    shorter = [ending[:length] for length in range(SHORTEST_WHOLE_PHONE, len(ending))]
    stored = "t.phone_from_end"
    return [begins(stored, ending), *([sql(f"{stored} = any({{shorter}}::text[])", shorter=shorter)] if shorter else [])]


def _any(places: tuple[str, ...], beginning: str) -> Sql:
    return join(" or ", [begins(place, beginning) for place in places])


@dataclass(frozen=True)
class CustomerFilter:
    """Which customers; all that is given holds together."""

    search: Annotated[
        str | None,
        Where(_search, apart=True),
        Doc(
            "Only those found by these words: beginnings of the words of first name, last name or company, of an e-mail address, "
            "the number, or a telephone number or its last digits. Case and accents do not matter; "
            f"{MOST_WORDS} words count."
        ),
    ] = None
    number: Annotated[int | None, Where("t.number = {value}"), Doc("Only the one with this number.")] = None
    email: Annotated[
        str | None,
        Where(lambda address: sql("t.email_key = {key}", key=email_key(address))),
        Doc("Only those with this e-mail address, in any case."),
    ] = None
    postcode: Annotated[str | None, Where("t.postcode = {value}"), Doc("Only those with this postcode.")] = None
    country: Annotated[
        str | None, Where("t.country = upper({value})"), Doc("Only those in this country, ISO 3166-1 alpha-2.")
    ] = None
    created_from: Annotated[
        datetime | None, Where("t.created_at >= {value}"), Doc("Only those created here at this time or later.")
    ] = None
    created_before: Annotated[
        datetime | None, Where("t.created_at < {value}"), Doc("Only those created here earlier than this.")
    ] = None
    external_id: Annotated[str | None, known_as, Doc("Only the one with this external id.")] = None
    custom_fields: Annotated[
        list[CustomFieldCondition] | None,
        own_fields("CUSTOMER"),
        OWN_FIELDS,
    ] = None


_BY_NAME = Sort(
    "By last name, then first name; companies come after people, and the nameless last.",
    dict.fromkeys((_LAST_NAME, _FIRST_NAME, _COMPANY), "text"),
)
CUSTOMERS = Listing(
    Customer, {"LAST_NAME": _BY_NAME, "NUMBER": Sort("By number.", {"t.number": "bigint"}), "CREATED": CREATED}, CustomerFilter
)


async def update_own(customer_id: UUID, changes: dict[str, str | None]) -> Any:
    """Change a customer's `phone` or `language` as they wish; answers the customer. Raises TOO_LONG, INVALID_VALUE, NOT_FOUND."""
    phone, language = (changes.get(column) for column in ("phone", "language"))
    if phone and len(phone) > LONGEST_PHONE:
        raise Refusal("TOO_LONG", f"A telephone number has at most {LONGEST_PHONE} characters.", field=["phone"])
    if language:
        changes["language"] = standards.language(language, "language")
    set_ = [sql("{column} = {value}", column=column_name(column), value=value or None) for column, value in changes.items()]
    row = await tenancy.fetch_one(
        sql(
            "update customers t set {assignments} where t.tenant_id = {venue} and t.id = {id} returning t.*",
            assignments=join(", ", [*set_, sql("updated_at = now()")]),
            id=customer_id,
        ),
        Customer,
    )
    if row is None:
        raise Refusal("NOT_FOUND", "There is no such customer in this venue any more.")
    return row
