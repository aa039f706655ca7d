"""What an invented house is made of."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import NAMESPACE_DNS, UUID, uuid5

from tenants.geonames import places
from tenants.postcodes import Postcode

POSTCODES = Path(__file__).parent / "postcodes.csv"
FJORDTONER = "Fjordtoner Konsertbyrå"  # the promoter who plays all the houses


@dataclass(frozen=True, eq=False)
class Show:
    """A production and its run. `week` counts from the first week of a season, `years` are the seasons it is played in, each
    third (0, 1, 2), `pull` is the part of the hall it fills on a usual evening; with `every`, so many weeks lie between two."""

    title: str
    subtitle: str
    taste: str
    hall: str
    price: int
    week: int
    run: int
    pull: float = 0.7
    years: str = "012"
    every: int = 0
    promoter: str | None = None
    tags: tuple[str, ...] = ()
    hour: int | None = None


@dataclass(frozen=True, eq=False)
class Series:
    """Evenings of a season sold together: in that hall the first of each production on the weekday (Monday is 0), or as many of
    all as are to `choose`."""

    name: str
    text: str
    tastes: tuple[str, ...]
    hall: str
    weekday: int | None = None
    choose: int | None = None


@dataclass(frozen=True, eq=False)
class Friends:
    """The circle of those who support the house, and what a year of it costs."""

    name: str
    text: str
    price: int


@dataclass(frozen=True)
class Hall:
    """Its seats, and its price levels: name -> part of the full price, part of the seats."""

    seats: int
    levels: dict[str, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class House:
    """A venue, its programme and the stuff its customers are made of. Money is in minor units, but for the prices
    of a show and of the friends."""

    slug: str
    name: str
    time_zone: str
    currency: str
    languages: tuple[str, ...]
    place: tuple[float, float]
    country: str
    part: float  # of all customers
    halls: dict[str, Hall]
    tastes: dict[str, tuple[str, str]]  # taste -> category, organisation
    ticket_types: dict[str, tuple[str, float]]  # for whom -> name, part of the full price
    vat: dict[str, int]  # taste -> per cent; "" is any other
    fee: int
    step: int  # what prices are rounded to
    shows: tuple[Show, ...]
    series: tuple[Series, ...]
    friends: Friends
    women: tuple[str, str]  # names of those born before 1975 and later, with spaces between
    men: tuple[str, str]
    last_names: str  # with commas between, the frequent ones first
    streets: str
    schools: str  # forms of their names, with commas between, for a street or a town
    companies: str  # likewise, for a last name
    english: dict[str, str]  # what its texts say in English, by the texts

    @cached_property
    def id(self) -> UUID:
        """The venue's id: the same in every installation."""
        return uuid5(NAMESPACE_DNS, f"{self.slug}.example")

    @cached_property
    def places(self) -> list[Postcode]:
        """Where its customers live, the frequent ones first."""
        return [place for place in places(POSTCODES) if place.country == self.country]

    def row_id(self, *parts: object) -> UUID:
        """The id of the thing so named in this house: the same in every installation."""
        return uuid5(self.id, "/".join(map(str, parts)))

    def type_id(self, whom: str) -> UUID:
        """The ticket type for them."""
        return self.row_id("ticket_types", self.ticket_types[whom][0])

    def price(self, what: Show | Friends, part: float) -> int:
        """What that part of the full price costs, in minor units."""
        return round(what.price * 100 * part / self.step) * self.step

    def vat_of(self, show: Show) -> int:
        """Per cent."""
        return self.vat.get(show.taste, self.vat[""])
