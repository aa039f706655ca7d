"""Lilla Scenen in Göteborg: a small theatre with a cellar below it."""

from tenants.demo.houses import english
from tenants.demo.houses.house import FJORDTONER, Friends, Hall, House, Series, Show

SCENEN, KALLARSCENEN = "Lilla Scenen", "Källarscenen"
SALONGEN, KALLAREN = "Salongen", "Källaren"
KRINGRESANDE = "Kringresande Teaterbolaget"

_SHOWS = (
    Show("Fröken Julie", "Sorgespel av August Strindberg", "theatre", SALONGEN, 340, 4, 20, 0.81, "0", tags=("Strindberg",)),
    Show("Ett drömspel", "Strindberg i nio rum", "theatre", SALONGEN, 360, 4, 18, 0.68, "1", tags=("Strindberg",)),
    Show("Måsen", "Tjechov vid en västkustsjö", "theatre", SALONGEN, 350, 4, 20, 0.73, "2", tags=("Tjechov",)),
    Show("Tartuffe", "Molières komedi på ny vers", "theatre", SALONGEN, 340, 22, 18, 0.78, "01", tags=("Molière",)),
    Show("Den siste färjan", "Nyskriven pjäs om ett varv", "theatre", SALONGEN, 320, 22, 14, 0.46, "2", tags=("Nyskrivet",)),
    Show("Askungen", "Familjebalett efter sagan", "ballet", SALONGEN, 290, 31, 6, 0.86, promoter=KRINGRESANDE, tags=("Balett",)),
    Show("Trollet under bron", "Från tre år", "family", SALONGEN, 160, 9, 14, 0.83, "02", tags=("Barn",)),
    Show("Mästerkatten", "Sagospel med dockor, från fyra år", "family", SALONGEN, 160, 26, 14, 0.8, "1", tags=("Barn",)),
    Show("Tomtens verkstad", "Julföreställning från tre år", "family", SALONGEN, 185, 14, 14, 1.08, tags=("Barn", "Jul")),
    Show("Luciakonsert", "Kör och levande ljus", "classical", SALONGEN, 260, 15, 2, 1.1, tags=("Jul",)),
    Show("Bellmans bord", "Epistlar till mat och dryck", "folk", SALONGEN, 395, 34, 5, 0.9, tags=("Bellman",)),
    Show("Skärgårdens visor", "Visor från Bohuslän", "folk", SALONGEN, 280, 12, 4, 0.69, promoter=FJORDTONER, tags=("Visor",)),
    Show("Havsula", "Nordisk vistrio på turné", "folk", SALONGEN, 320, 12, 1, 0.97, promoter=FJORDTONER, tags=("Visor",)),
    Show("Järnverk", "Hård rock i liten sal", "rock", KALLAREN, 260, 29, 3, 0.95, promoter=FJORDTONER, tags=("Metal",)),
    Show("Källarjazz", "Husbandet och en gäst", "jazz", KALLAREN, 220, 2, 14, 0.76, every=2, tags=("Jazz",)),
    Show("Fem minuter skratt", "Ståuppklubb", "comedy", KALLAREN, 190, 3, 9, 0.82, every=4),
    Show("Brev till en syster", "Monolog", "theatre", KALLAREN, 240, 8, 10, 0.4, "02", tags=("Nyskrivet",)),
    Show("Anteckningar från ett källarhål", "Efter Dostojevskij", "theatre", KALLAREN, 250, 12, 10, 0.52, "12"),
)

LILLA_SCENEN = House(
    slug="lilla-scenen",
    name="Lilla Scenen",
    time_zone="Europe/Stockholm",
    currency="SEK",
    languages=("sv", "en"),
    place=(57.7089, 11.9746),
    country="SE",
    part=0.14,
    halls={SALONGEN: Hall(190, {"A": (1.0, 0.7), "B": (0.75, 0.3)}), KALLAREN: Hall(60, {"": (1.0, 1.0)})},
    tastes={
        "theatre": ("Teater", SCENEN),
        "ballet": ("Dans", SCENEN),
        "family": ("Familj", SCENEN),
        "classical": ("Konsert", SCENEN),
        "folk": ("Visor", SCENEN),
        "comedy": ("Humor", KALLARSCENEN),
        "jazz": ("Jazz", KALLARSCENEN),
        "rock": ("Rock", KALLARSCENEN),
    },
    ticket_types={
        "adult": ("Ordinarie", 1.0),
        "senior": ("Pensionär", 0.8),
        "student": ("Student", 0.6),
        "child": ("Barn", 0.5),
        "group": ("Skola", 0.35),
    },
    vat={"": 6},
    fee=1_500,
    step=500,
    shows=_SHOWS,
    series=(
        Series("Lördagsserien", "Salongens stora kvällar, en lördag var.", ("theatre", "ballet", "folk"), SALONGEN, weekday=5),
        Series("Källarkortet", "Tre valfria kvällar i Källaren.", ("jazz", "comedy", "theatre"), KALLAREN, choose=3),
    ),
    friends=Friends("Lilla Scenens vänner", "Vänförening med öppna repetitioner och två vänkvällar om året.", 250),
    women=(
        "Anna Eva Maria Karin Kristina Lena Kerstin Ingrid Birgitta Marie Margareta Gunilla Ulla Inger Åsa Märta Monica Agneta "
        "Annika Barbro",
        "Sara Emma Elin Malin Linnéa Hanna Johanna Amanda Ebba Alva Saga Wilma Moa Tilda Ellen Maja Fatima Klara Elsa Astrid",
    ),
    men=(
        "Lars Anders Per Karl Jan Bo Göran Hans Lennart Bengt Sven Nils Håkan Björn Kjell Ulf Stig Åke Leif Christer",
        "Mikael Johan Erik Peter Thomas Oskar Viktor Gustav Simon Elias Hugo Axel Ludvig Filip Albin Anton Mohammed Isak Love",
    ),
    last_names=(
        "Andersson, Johansson, Karlsson, Nilsson, Eriksson, Larsson, Olsson, Persson, Svensson, Gustafsson, Lindström, Öberg, "
        "Pettersson, Jonsson, Jansson, Hansson, Bengtsson, Lindberg, Axelsson, Bergström, Lundgren, Ström, Hellström, Åkesson, "
        "Sjöberg, Wallin, Engström, Nyberg, Ekdahl, Hassan, Lilja, Björk, Hagström, Berntsson"
    ),
    streets=(
        "Storgatan, Skolgatan, Kyrkogatan, Parkvägen, Ängsvägen, Bergsgatan, Björkvägen, Strandvägen, Vasagatan, Järnvägsgatan, "
        "Kungsgatan, Ekvägen, Lindvägen, Trädgårdsgatan"
    ),
    schools="Förskolan {}, Friskolan {}",
    companies="{} Redovisning AB, {} Bygg AB, {}s Åkeri AB",
    english=english.LILLA_SCENEN,
)
