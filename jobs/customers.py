"""Mails to customers, and what is forgotten of them."""

from uuid import UUID

from jobs.broker import job
from tenants import customer_codes, letters, mail, tenancy, venues


@job("customers.code", minutes=2)
async def send_code(venue: UUID, wish: UUID) -> None:
    """Mail the code. Started again after a failure it mails another, and the first is worth nothing."""
    if (prepared := await customer_codes.prepare(venue, wish)) is None:
        return
    customer, code = prepared
    async with tenancy.scope(venue, readonly=True):
        house = await venues.current()
    languages = [each for each in (customer.language, *house.languages) if each]
    letter = letters.write("sign_in_code", languages, house=house.name, code=f"{code[:4]} {code[4:]}")
    await mail.send(customer.email.strip(), *letter, sender=house.name, answers_to=house.contact_email)


@job("housekeeping.customer_codes", platform=True)
async def sweep_codes() -> None:
    """A code counts for minutes; after an hour the wish for it is forgotten, and the address with it, venue after venue."""
    async with tenancy.platform(readonly=True):
        houses = await venues.everywhere()
    for house in houses:
        async with tenancy.scope(house.id):
            await customer_codes.forget_old()
