"""Storhuset in Oslo: a culture house with three halls and three organisations."""

from tenants.demo.houses import english
from tenants.demo.houses.house import FJORDTONER, Friends, Hall, House, Series, Show

TEATER, MUSIKK, KINO = "Storhuset Teater", "Storhuset Musikk", "Storhuset Kino"
STORE, LILLE, KLUBBEN = "Store sal", "Lille sal", "Klubben"
NORDLYS = "Nordlys Scenekunst"

_SHOWS = (
    Show("Peer Gynt", "Ibsens dramatiske dikt", "theatre", STORE, 495, 4, 26, 0.86, "0", tags=("Ibsen", "Grieg")),
    Show("Hedda Gabler", "Skuespill av Henrik Ibsen", "theatre", STORE, 475, 4, 22, 0.72, "1", tags=("Ibsen",)),
    Show("Stormen", "Shakespeares siste stykke", "theatre", STORE, 465, 3, 22, 0.63, "2", tags=("Shakespeare",)),
    Show("Et dukkehjem", "Skuespill av Henrik Ibsen", "theatre", STORE, 475, 22, 24, 0.81, "12", tags=("Ibsen",)),
    Show("Jeppe på bjerget", "Komedie av Ludvig Holberg", "theatre", STORE, 445, 22, 20, 0.66, "0", tags=("Holberg",)),
    Show("Svanesjøen", "Ballett i fire akter", "ballet", STORE, 595, 31, 6, 0.98, "02", promoter=NORDLYS, tags=("Ballett",)),
    Show("Giselle", "Romantisk ballett", "ballet", STORE, 565, 31, 6, 0.9, "1", promoter=NORDLYS, tags=("Ballett",)),
    Show("Nøtteknekkeren", "Julens ballett", "ballet", STORE, 545, 14, 12, 1.12, promoter=NORDLYS, tags=("Ballett", "Jul")),
    Show("Juleoratoriet", "Bach, kor og orkester", "classical", STORE, 445, 16, 3, 1.02, tags=("Bach", "Jul")),
    Show("Nyttårskonserten", "Wienermusikk og polka", "classical", STORE, 465, 19, 2, 0.94, tags=("Strauss",)),
    Show("La traviata", "Opera i konsertform", "classical", STORE, 525, 35, 4, 0.78, "12", tags=("Verdi", "Opera")),
    Show("Ærlig talt", "Stand-up med fire stemmer", "comedy", STORE, 395, 10, 5, 0.92, promoter=FJORDTONER),
    Show("Slåtter fra nord", "Hardingfele og dans", "folk", STORE, 345, 28, 3, 0.58, promoter=FJORDTONER, tags=("Folkemusikk",)),
    Show("Havsula", "Nordisk visetrio på turné", "folk", STORE, 375, 11, 2, 0.84, promoter=FJORDTONER, tags=("Viser",)),
    Show("Jernnatt", "Tre band, én natt", "rock", STORE, 495, 29, 2, 1.06, promoter=FJORDTONER, tags=("Metal",)),
    Show("Sommerrevyen", "Byen sett skrått ovenfra", "comedy", STORE, 425, 37, 12, 0.83, tags=("Revy",)),
    Show("Kvinnen ved fjorden", "Et nyskrevet kammerspill", "theatre", LILLE, 325, 12, 16, 0.44, "0", tags=("Nyskrevet",)),
    Show("Kirsebærhagen", "Tsjekhov på kammerscenen", "theatre", LILLE, 345, 12, 18, 0.69, "1", tags=("Tsjekhov",)),
    Show("Natt på Grünerløkka", "Monolog for to stemmer", "theatre", LILLE, 295, 6, 12, 0.38, "2", tags=("Nyskrevet",)),
    Show("Reven og måneskinnet", "Fra fire år", "family", LILLE, 215, 8, 20, 0.88, "02", tags=("Barn", "Nyskrevet")),
    Show("Askeladden", "Eventyr med musikk, fra fem år", "family", LILLE, 215, 24, 18, 0.79, "12", tags=("Barn",)),
    Show("Snødronningen", "H.C. Andersens eventyr", "family", LILLE, 245, 14, 18, 1.04, tags=("Barn", "Jul")),
    Show("Kroppsspråk", "Samtidsdans i tre deler", "ballet", LILLE, 345, 26, 6, 0.41, promoter=NORDLYS, tags=("Nyskrevet",)),
    Show("Vinterreise", "Schuberts sangsyklus", "classical", LILLE, 385, 21, 3, 0.74, tags=("Schubert",)),
    Show("Søndagsmatiné", "Strykekvartetter og kaffe", "classical", LILLE, 275, 3, 8, 0.62, every=4, hour=13),
    Show("Stumfilm med piano", "Levende musikk til lerretet", "film", LILLE, 185, 6, 6, 0.55, every=5, tags=("Stumfilm",)),
    Show("Blåtimen", "Jazz annenhver fredag", "jazz", KLUBBEN, 295, 2, 18, 0.72, every=2, promoter=FJORDTONER, tags=("Jazz",)),
    Show("Åpen mikrofon", "Nye stemmer, fem minutter hver", "comedy", KLUBBEN, 165, 4, 8, 0.66, every=4),
    Show("Støy i kjelleren", "Bandkveld", "rock", KLUBBEN, 225, 3, 9, 0.7, every=4, tags=("Rock",)),
)

STORHUSET = House(
    slug="storhuset",
    name="Storhuset",
    time_zone="Europe/Oslo",
    currency="NOK",
    languages=("no", "en"),
    place=(59.9139, 10.7522),
    country="NO",
    part=0.5,
    halls={
        STORE: Hall(480, {"A": (1.0, 0.35), "B": (0.8, 0.4), "C": (0.6, 0.25)}),
        LILLE: Hall(140, {"A": (1.0, 0.6), "B": (0.8, 0.4)}),
        KLUBBEN: Hall(90, {"": (1.0, 1.0)}),
    },
    tastes={
        "theatre": ("Teater", TEATER),
        "ballet": ("Dans", TEATER),
        "family": ("Familie", TEATER),
        "comedy": ("Humor", TEATER),
        "classical": ("Klassisk", MUSIKK),
        "folk": ("Viser og folkemusikk", MUSIKK),
        "jazz": ("Jazz", MUSIKK),
        "rock": ("Rock", MUSIKK),
        "film": ("Film", KINO),
    },
    ticket_types={
        "adult": ("Ordinær", 1.0),
        "senior": ("Honnør", 0.75),
        "student": ("Student", 0.5),
        "child": ("Barn", 0.4),
        "group": ("Skolegruppe", 0.3),
    },
    vat={"": 0, "film": 12},
    fee=2_500,
    step=500,
    shows=_SHOWS,
    series=(
        Series("Lørdagsserien", "Årets store forestillinger, en lørdag hver.", ("theatre", "ballet"), STORE, weekday=5),
        Series("Søndagskonsertene", "Kor, orkester og opera, søndager klokken 14.", ("classical",), STORE, weekday=6),
        Series("Klubbkortet", "Tre valgfrie kvelder i Klubben.", ("jazz", "rock", "comedy"), KLUBBEN, choose=3),
    ),
    friends=Friends("Storhusets venner", "Åpne prøver, et glass i foajeen og tolv måneders godt selskap.", 390),
    women=(
        "Anne Inger Kari Marit Liv Eva Berit Astrid Bjørg Hilde Anna Solveig Marianne Randi Nina Elisabeth Kristin Turid Gerd "
        "Unni Grethe Ellen Sissel Wenche Åse Gunhild",
        "Ida Silje Camilla Emma Nora Sofie Ingeborg Tuva Thea Ingrid Maria Julie Hanna Marte Vilde Frida Karoline Mathilde "
        "Amalie Oda Selma Aisha Zainab Elise",
    ),
    men=(
        "Jan Per Bjørn Ole Kjell Knut Arne Svein Hans Geir Tor Morten Terje Odd Erik John Trygve Rolf Helge Leif Øystein Dag "
        "Sverre Gunnar",
        "Thomas Lars Martin Andreas Jonas Henrik Øyvind Sindre Håkon Eirik Magnus Mathias Sigurd Oskar Jakob Emil Sander "
        "Kristian Ali Yusuf Tobias",
    ),
    last_names=(
        "Hansen, Johansen, Olsen, Larsen, Andersen, Pedersen, Nilsen, Kristiansen, Jensen, Karlsen, Johnsen, Pettersen, Eriksen, "
        "Berg, Haugen, Hagen, Johannessen, Andreassen, Jacobsen, Dahl, Jørgensen, Halvorsen, Lund, Bakken, Strand, Solberg, "
        "Moen, Sørensen, Ødegård, Bråten, Sæther, Myhre, Nygård, Rønning, Fossum, Aasen, Løken, Kvam, Tangen, Vik, Khan, Ali, "
        "Nguyen, Grønli, Skaar, Engebretsen"
    ),
    streets=(
        "Storgata, Kirkeveien, Skolegata, Parkveien, Nygata, Elvegata, Solbakken, Granveien, Bjørkeveien, Furuveien, Fjellveien, "
        "Skogveien, Industrigata, Jernbanegata, Møllegata, Rosenveien, Åsveien, Bekkefaret"
    ),
    schools="{} skole, {} barneskole, {} barnehage",
    companies="{} Regnskap AS, {} Eiendom AS, {} Rør AS, {} & Sønner AS, Advokatfirmaet {} AS",
    english=english.STORHUSET,
)
