"""The invented houses: what they play, and of what names and places their customers are made. All of it is made up."""

from dataclasses import dataclass
from uuid import NAMESPACE_DNS, UUID, uuid5


@dataclass(frozen=True)
class Show:
    """A production and its run: `first` and `every` count days from the day of the demo; prices are in whole crowns."""

    title: str
    subtitle: str
    category: str
    tags: tuple[str, ...]
    organisation: str
    promoter: str | None
    hall: str
    price: int
    first: int
    performances: int
    every: int
    hour: int = 19
    vat: int = 0


@dataclass(frozen=True)
class House:
    """A venue, its programme and the stuff its customers are made of."""

    slug: str
    name: str
    time_zone: str
    currency: str
    languages: tuple[str, ...]
    place: tuple[float, float]
    country: str
    halls: dict[str, int]
    ticket_types: dict[str, float]  # name -> part of the full price
    shows: tuple[Show, ...]
    customers: int
    orders: int
    women: str  # names, with spaces between; so are the next three
    men: str
    last_names: str
    streets: str
    places: dict[str, tuple[str, ...]]  # town -> postcodes
    english: dict[str, str]  # what its texts say in English, by the texts

    @property
    def id(self) -> UUID:
        """The venue's id: the same in every installation."""
        return uuid5(NAMESPACE_DNS, f"{self.slug}.example")

    def row_id(self, *parts: object) -> UUID:
        """The id of the thing so named in this house: the same in every installation."""
        return uuid5(self.id, "/".join(map(str, parts)))


TEATER, MUSIKK = "Storhuset Teater", "Storhuset Musikk"
STORE, LILLE = "Store sal", "Lille sal"
NORDLYS, FJORDTONER = "Nordlys Scenekunst", "Fjordtoner Konsertbyrå"

STORHUSET = House(
    slug="storhuset",
    name="Storhuset",
    time_zone="Europe/Oslo",
    currency="NOK",
    languages=("no", "en"),
    place=(59.9139, 10.7522),
    country="NO",
    halls={STORE: 620, LILLE: 180},
    ticket_types={"Ordinær": 1.0, "Honnør": 0.75, "Student": 0.5, "Barn": 0.4},
    shows=(
        Show("Peer Gynt", "Ibsens dramatiske dikt", "Teater", ("Ibsen", "Grieg"), TEATER, None, STORE, 495, -210, 18, 2),
        Show("Et dukkehjem", "Skuespill av Henrik Ibsen", "Teater", ("Ibsen",), TEATER, None, STORE, 465, -60, 20, 3),
        Show("Stormen", "Shakespeares siste stykke", "Teater", ("Shakespeare",), TEATER, None, STORE, 465, -8, 22, 2),
        Show("Kvinnen ved fjorden", "Et nyskrevet kammerspill", "Teater", ("Nyskrevet",), TEATER, None, LILLE, 325, -120, 14, 3),
        Show(
            "Reven og måneskinnet", "Fra fire år", "Familie", ("Barn", "Nyskrevet"), TEATER, None, LILLE, 215, -30, 16, 4, hour=12
        ),
        Show("Svanesjøen", "Ballett i fire akter", "Dans", ("Ballett",), TEATER, NORDLYS, STORE, 595, -150, 8, 1),
        Show("Kroppsspråk", "Samtidsdans i tre deler", "Dans", ("Nyskrevet",), TEATER, NORDLYS, LILLE, 345, 14, 8, 2),
        Show("Vinterreise", "Schuberts sangsyklus", "Konsert", ("Schubert",), MUSIKK, None, LILLE, 385, -40, 4, 7),
        Show("Blåtimen", "Jazz annenhver fredag", "Konsert", ("Jazz",), MUSIKK, FJORDTONER, LILLE, 295, -170, 20, 14, hour=21),
        Show("Slåtter fra nord", "Hardingfele og dans", "Konsert", ("Folkemusikk",), MUSIKK, FJORDTONER, STORE, 345, 30, 5, 3),
        Show(
            "Stumfilm med piano",
            "Levende musikk til lerretet",
            "Film",
            ("Stumfilm",),
            MUSIKK,
            None,
            LILLE,
            185,
            -95,
            5,
            7,
            vat=12,
        ),
        Show("Ærlig talt", "Stand-up med fire stemmer", "Humor", (), MUSIKK, FJORDTONER, STORE, 395, -20, 10, 5, hour=20),
    ),
    customers=2_000,
    orders=6_000,
    women=(
        "Anne Inger Kari Marit Ingrid Liv Eva Berit Astrid Bjørg Hilde Anna Solveig Marianne Randi Ida Nina Maria Elisabeth "
        "Kristin Silje Camilla Emma Nora Sofie Ingeborg Åse Gunhild Tuva Thea"
    ),
    men=(
        "Jan Per Bjørn Ole Lars Kjell Knut Arne Svein Thomas Hans Geir Tor Morten Terje Odd Erik Martin Andreas John Jonas "
        "Henrik Øyvind Sindre Håkon Eirik Magnus Mathias Sigurd Trygve"
    ),
    last_names=(
        "Hansen Johansen Olsen Larsen Andersen Pedersen Nilsen Kristiansen Jensen Karlsen Johnsen Pettersen Eriksen Berg Haugen "
        "Hagen Johannessen Andreassen Jacobsen Dahl Jørgensen Halvorsen Lund Bakken Strand Solberg Moen Sørensen Ødegård Bråten"
    ),
    streets="Storgata Kirkeveien Skolegata Bjerkeveien Fjordgata Parkveien Åsveien Nygata Elvegata Solbakken",
    places={
        "Oslo": ("0154", "0187", "0255", "0354", "0458", "0553", "0655", "0758", "0854", "0957", "1053", "1151", "1254"),
        "Lysaker": ("1366",),
        "Ski": ("1400",),
        "Lillestrøm": ("2004",),
        "Drammen": ("3015",),
        "Moss": ("1532",),
        "Bergen": ("5003",),
        "Trondheim": ("7011",),
    },
    english={
        "Et dukkehjem": "A Doll's House",
        "Stormen": "The Tempest",
        "Kvinnen ved fjorden": "The Woman by the Fjord",
        "Reven og måneskinnet": "The Fox and the Moonlight",
        "Svanesjøen": "Swan Lake",
        "Kroppsspråk": "Body Language",
        "Vinterreise": "Winter Journey",
        "Blåtimen": "The Blue Hour",
        "Slåtter fra nord": "Fiddle Tunes of the North",
        "Stumfilm med piano": "Silent Film with Piano",
        "Ærlig talt": "Honestly",
        "Ibsens dramatiske dikt": "Ibsen's dramatic poem",
        "Skuespill av Henrik Ibsen": "A play by Henrik Ibsen",
        "Shakespeares siste stykke": "Shakespeare's last play",
        "Et nyskrevet kammerspill": "A new chamber play",
        "Fra fire år": "From four years",
        "Ballett i fire akter": "Ballet in four acts",
        "Samtidsdans i tre deler": "Contemporary dance in three parts",
        "Schuberts sangsyklus": "Schubert's song cycle",
        "Jazz annenhver fredag": "Jazz every other Friday",
        "Hardingfele og dans": "Hardanger fiddle and dance",
        "Levende musikk til lerretet": "Live music to the screen",
        "Stand-up med fire stemmer": "Stand-up with four voices",
        "Store sal": "Main Stage",
        "Lille sal": "Small Stage",
        "Teater": "Theatre",
        "Familie": "Family",
        "Dans": "Dance",
        "Konsert": "Concert",
        "Humor": "Comedy",
        "Nyskrevet": "New writing",
        "Barn": "Children",
        "Ballett": "Ballet",
        "Folkemusikk": "Folk music",
        "Stumfilm": "Silent film",
        "Ordinær": "Adult",
        "Honnør": "Senior",
    },
)

LILLA_SCENEN = House(
    slug="lilla-scenen",
    name="Lilla Scenen",
    time_zone="Europe/Stockholm",
    currency="SEK",
    languages=("sv", "en"),
    place=(57.7089, 11.9746),
    country="SE",
    halls={"Salongen": 140},
    ticket_types={"Ordinarie": 1.0, "Pensionär": 0.8, "Student": 0.6},
    shows=(
        Show(
            "Fröken Julie",
            "Sorgespel av Strindberg",
            "Teater",
            ("Strindberg",),
            "Lilla Scenen",
            None,
            "Salongen",
            340,
            -40,
            14,
            3,
            vat=6,
        ),
        Show(
            "Skärgårdens visor", "Konsert", "Konsert", ("Visor",), "Lilla Scenen", FJORDTONER, "Salongen", 280, -20, 6, 7, vat=6
        ),
        Show(
            "Trollet under bron",
            "Från tre år",
            "Familj",
            ("Barn",),
            "Lilla Scenen",
            None,
            "Salongen",
            160,
            5,
            8,
            2,
            hour=14,
            vat=6,
        ),
    ),
    customers=250,
    orders=600,
    women="Anna Eva Maria Karin Sara Kristina Lena Emma Kerstin Ingrid Elin Malin Åsa Märta Linnéa",
    men="Lars Mikael Anders Johan Erik Per Karl Peter Jan Thomas Björn Göran Håkan Oskar Viktor",
    last_names="Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson Lindström Öberg",
    streets="Storgatan Skolgatan Kyrkogatan Parkvägen Ängsvägen Bergsgatan",
    places={"Göteborg": ("411 03", "411 18", "412 51", "414 51", "416 55"), "Mölndal": ("431 30",), "Kungälv": ("442 30",)},
    english={
        "Fröken Julie": "Miss Julie",
        "Skärgårdens visor": "Songs of the Archipelago",
        "Trollet under bron": "The Troll under the Bridge",
        "Sorgespel av Strindberg": "A tragedy by Strindberg",
        "Från tre år": "From three years",
        "Salongen": "The Salon",
        "Teater": "Theatre",
        "Konsert": "Concert",
        "Familj": "Family",
        "Visor": "Ballads",
        "Barn": "Children",
        "Ordinarie": "Adult",
        "Pensionär": "Senior",
    },
)

HOUSES = (STORHUSET, LILLA_SCENEN)
