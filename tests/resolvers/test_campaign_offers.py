"""The offer behind a campaign link, as the shop shows it to whoever followed the link."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tenants import assignments, campaign_tokens, tenancy
from tenants.assignments import Cause
from tenants.catalogue import Production
from tenants.discounts import Discount
from tenants.flags import Flag
from tenants.organisations import Organisation
from tenants.personal_links import PersonalLink
from tenants.products import Product
from tenants.venues import Venue
from tests.asking import Answer, ask, customer_at, gid, shopper_at
from tests.builders import make_customer, make_performance, make_venue
from tests.premiere import DAY, NOW, OFFERS, a_house, price
from tests.resolvers.campaigns import a_link

CAMPAIGN = """query ($token: String!) { campaign(token: $token) { name description startsAt endsAt
  performances { nodes { id } } productions { id } products { id } } }"""


async def shop(venue: Venue, row: Any, customer: Any = None, language: str | None = None, **given: Any) -> Any:
    """What the shop is told of the campaign whose link somebody followed."""
    caller = customer_at(venue, customer, **given) if customer else shopper_at(venue)
    answer: Answer = await ask(caller, CAMPAIGN, language=language, token=campaign_tokens.token_of(row))
    assert answer.errors == []
    return answer.data["campaign"]


async def test_c2_the_shop_shows_the_offer_with_what_it_is_for():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        work = await Production.create(name="Peer Gynt")
        ahead = {"production_id": work.id, "starts_at": now() + timedelta(days=9)}
        second, first = (
            await make_performance(**ahead),
            await make_performance(**{**ahead, "starts_at": now() + timedelta(days=8)}),
        )
        await make_performance(**{**ahead, "starts_at": now() - timedelta(days=1)})
        await make_performance(**ahead, status="DRAFT")
        alone = await make_performance(starts_at=now() + timedelta(days=30))
        await make_performance(starts_at=now() + timedelta(days=30))  # of no such link
        product, hidden = [await Product.create(name="Series", kind="SUBSCRIPTION", status=s) for s in ("ON_SALE", "DRAFT")]
    link = await a_link(
        venue,
        description="Come",
        performance_ids=[alone.id],
        production_ids=[work.id],
        product_ids=[product.id, hidden.id],
        ends_at=datetime(2020, 1, 1, tzinfo=UTC),
    )

    assert await shop(venue, link) == {
        "name": "Friends",
        "description": "Come",
        "startsAt": None,
        "endsAt": "2020-01-01T00:00:00Z",
        "performances": {"nodes": [{"id": gid(row)} for row in (first, second, alone)]},
        "productions": [{"id": gid(work)}],
        "products": [{"id": gid(product)}],
    }


async def test_c1_an_offer_is_bought_by_who_comes_by_its_link_or_has_its_flag_and_at_its_price():
    house = await a_house()
    link = await a_link(house.venue, performance_ids=[house.premiere.id], flag_ids=[house.flag.id], most_per_customer=2)
    later = await a_link(house.venue, name="Later", performance_ids=[house.premiere.id], starts_at=NOW + DAY)
    over = await a_link(
        house.venue, name="Over", performance_ids=[house.premiere.id], ends_at=NOW - DAY, flag_ids=[house.flag.id]
    )
    async with tenancy.scope(house.venue.id):
        for row, price_ in ((link, 9_900), (later, 8_900), (over, 7_900)):
            await Discount.create(campaign_link_id=row.id, ticket_type_id=house.friend.id, price=price_)
        hers = await PersonalLink.create(campaign_link_id=later.id, customer_id=house.kari.id)

    by_it = {"sellable": True, "maxQuantity": 2, "prices": [price("99.00", "225.00", 2)], "reasons": [], "benefits": []}
    assert await friend(house, house.ola, link) == {**by_it, "startsAt": early(house)}
    assert await friend(house, None, link) == {**by_it, "startsAt": early(house)}
    assert await friend(house, house.kari) == {**by_it, "startsAt": early(house)}
    assert await friend(house, house.ola) is None and await friend(house) is None
    told = await friend(house, house.ola, later)
    assert told and (told["sellable"], told["reasons"]) == (False, ["NOT_STARTED"])
    told = await friend(house, house.ola, over)
    assert told and (told["sellable"], told["reasons"]) == (False, ["CAMPAIGN_ENDED"])
    assert await friend(house, house.ola, hers) is None  # somebody else's

    own = {}
    for who in (house.kari, house.ola):
        answer = await ask(customer_at(house.venue, who), "{ myOffers { campaigns { name } } }")
        assert answer.errors == []
        own[who.first_name] = [each["name"] for each in answer.data["myOffers"]["campaigns"]]
    assert own == {"Kari": ["Friends", "Later"], "Ola": []}


async def test_i2_the_shop_reads_the_text_of_the_moment_in_its_language():
    venue = await make_venue()
    texts = {"name:en": "Friends in English", "description_before:en": "Soon"}
    both = {"description_before": "Snart", "description": "Kom", "texts": texts}
    later = await a_link(venue, **both, starts_at=now() + timedelta(hours=1))
    begun = await a_link(venue, **both, starts_at=now() - timedelta(hours=1))

    said = {}
    for name, link in (("later", later), ("begun", begun)):
        for language in ("no", "en"):
            shown = await shop(venue, link, language=language)
            said[name, language] = (shown["name"], shown["description"])
    assert said == {
        ("later", "no"): ("Friends", "Snart"),
        ("later", "en"): ("Friends in English", "Soon"),
        ("begun", "no"): ("Friends", "Kom"),
        ("begun", "en"): ("Friends in English", "Kom"),
    }


async def test_c1_l5_a_flagged_link_opens_to_customers_with_one_of_its_flags_as_long_as_they_have_it():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        vip, press = [await Flag.create(name=name, abbreviation=name[0]) for name in ("VIP", "Press")]
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
        await assignments.give("flag", vip.id, [kari.id], Cause("MANUAL"))
    link = await a_link(venue, access="FLAGGED", flag_ids=[press.id, vip.id])
    open_to_all = await a_link(venue, flag_ids=[vip.id])

    answers = [await shop(venue, link, who) for who in (kari, ola, None)]
    assert [a and a["name"] for a in answers] == ["Friends", None, None]
    assert [bool(await shop(venue, open_to_all, who)) for who in (kari, ola, None)] == [True, True, True]

    async with tenancy.scope(venue.id):
        await assignments.take("flag", vip.id, [kari.id], "REMOVED")
    assert await shop(venue, link, kari) is None


async def test_a_forwarded_personal_link_opens_to_its_customer_alone():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        kari, ola = await make_customer("Kari"), await make_customer("Ola")
    opened = {}
    for access in ("PERSONAL", "ANYONE"):
        link = await a_link(venue, access=access)
        async with tenancy.scope(venue.id):
            hers = await PersonalLink.create(campaign_link_id=link.id, customer_id=kari.id)
            await PersonalLink.create(campaign_link_id=link.id, customer_id=ola.id)
        for kind, row in (("hers", hers), ("its own", link)):
            opened[access, kind] = [bool(await shop(venue, row, who)) for who in (kari, ola, None)]
        async with tenancy.scope(venue.id):
            await PersonalLink.filter(id=hers.id).update(revoked_at=now())
        opened[access, "revoked"] = [bool(await shop(venue, row, kari)) for row in (hers, link)]
    assert opened == {
        ("PERSONAL", "hers"): [True, False, False],
        ("PERSONAL", "its own"): [True, True, False],
        ("PERSONAL", "revoked"): [False, False],
        ("ANYONE", "hers"): [True, False, False],
        ("ANYONE", "its own"): [True, True, True],
        ("ANYONE", "revoked"): [False, True],
    }


async def test_the_shop_learns_nothing_by_tokens_that_are_none_of_its_own():
    venue, other = await make_venue(), await make_venue()
    async with tenancy.scope(venue.id):
        theatre, cinema = [await Organisation.create(name=name) for name in ("Theatre", "Cinema")]
        kari = await make_customer()
    foreign, archived = await a_link(other), await a_link(venue, archived_at=now())
    of_theatre = await a_link(venue, organisation_ids=[theatre.id])

    assert [await shop(venue, row) for row in (foreign, archived)] == [None, None]
    within = {o.name: bool(await shop(venue, of_theatre, kari, organisations=[o])) for o in (theatre, cinema)}
    assert within == {"Theatre": True, "Cinema": False}
    for text in ("", "x", "é", campaign_tokens.token_of(of_theatre)[:-1]):
        answer = await ask(shopper_at(venue), CAMPAIGN, token=text)
        assert (answer.errors, answer.data) == ([], {"campaign": None})


async def friend(house: Any, who: Any = None, row: Any = None) -> Any:
    """How the ticket type for friends of the house is offered to somebody who came by a link, or by none; None: not at all."""
    token = campaign_tokens.token_of(row) if row else None
    caller = customer_at(house.venue, who) if who else shopper_at(house.venue)
    asked = OFFERS.replace("$product: ID)", "$product: ID, $campaign: String)")
    asked = asked.replace("$product)", "$product, campaign: $campaign)")
    answer = await ask(caller, asked, performance=gid(house.premiere), campaign=token)
    assert answer.errors == []
    offers = {each.pop("ticketType")["name"]: each for each in answer.data["offers"]}
    return offers.get("Friend")


def early(house: Any) -> str:
    return house.premiere.sale_starts_at.isoformat().replace("+00:00", "Z")  # type: ignore[no-any-return]


def now() -> datetime:
    return datetime.now(UTC)
