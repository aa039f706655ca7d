"""Customers of a venue. They belong to the venue, not to an organisation (Requirement D54)."""

import unicodedata

from tortoise import fields

from tenants.record import VenueRecord

GENDERS = {"WOMAN": "A woman.", "MAN": "A man.", "OTHER": "Neither, or rather not said."}


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
    email_key = fields.TextField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)
    updated_at = fields.DatetimeField(auto_now=True)

    class Meta:
        table = "customers"


def search_key(text: str | None) -> str | None:
    """A name or address as a search compares it: one case, no accents (ø, å and ß stay letters of their own), one space."""
    if not text or not text.strip():
        return None
    parts = unicodedata.normalize("NFKD", " ".join(text.split()).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))
