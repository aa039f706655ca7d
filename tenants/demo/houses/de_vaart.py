"""Schouwburg De Vaart in Haarlem: a municipal theatre that buys in most of what it shows."""

from tenants.demo.houses import english
from tenants.demo.houses.house import FJORDTONER, Friends, Hall, House, Series, Show

SCHOUWBURG, CONCERTEN = "Schouwburg De Vaart", "Vaart Concerten"
GROTE, KLEINE = "Grote Zaal", "Kleine Zaal"
SPAARNE, LICHTHUIS = "Spaarne Theaterproducties", "Lichthuis Dans"

_SHOWS = (
    Show(
        "Gijsbrecht van Aemstel", "Vondels treurspel", "theatre", GROTE, 34, 18, 7, 0.58, "0", promoter=SPAARNE, tags=("Vondel",)
    ),
    Show(
        "Een midzomernachtsdroom", "Shakespeare", "theatre", GROTE, 36, 5, 10, 0.83, "1", promoter=SPAARNE, tags=("Shakespeare",)
    ),
    Show("Warenar", "Hoofts komedie over een vrek", "theatre", GROTE, 32, 5, 9, 0.61, "0", promoter=SPAARNE, tags=("Hooft",)),
    Show("Oom Wanja", "Toneel van Tsjechov", "theatre", GROTE, 34, 5, 9, 0.7, "2", promoter=SPAARNE, tags=("Tsjechov",)),
    Show("Op hoop van zegen", "Heijermans' spel van de zee", "theatre", GROTE, 35, 23, 12, 0.87, tags=("Heijermans",)),
    Show("Het Zwanenmeer", "Klassiek ballet", "ballet", GROTE, 44, 31, 4, 1.0, "01", promoter=LICHTHUIS, tags=("Ballet",)),
    Show("De Notenkraker", "Ballet voor het hele gezin", "ballet", GROTE, 42, 15, 8, 1.12, promoter=LICHTHUIS, tags=("Ballet",)),
    Show("Coppélia", "Ballet in drie bedrijven", "ballet", GROTE, 40, 31, 4, 0.84, "2", promoter=LICHTHUIS, tags=("Ballet",)),
    Show("Matthäus-Passion", "Bach, op de zondagen voor Pasen", "classical", GROTE, 39, 29, 2, 1.06, tags=("Bach",)),
    Show("Nieuwjaarsconcert", "Walsen en polka's", "classical", GROTE, 36, 19, 2, 0.96, tags=("Strauss",)),
    Show("Carmen", "Opera van Bizet", "classical", GROTE, 49, 35, 3, 0.9, "12", tags=("Bizet", "Opera")),
    Show("Alles komt goed, denk ik", "Cabaret", "comedy", GROTE, 29, 9, 6, 0.97, tags=("Cabaret",)),
    Show("Havsula", "Noords liedtrio op tournee", "folk", GROTE, 31, 13, 1, 0.72, promoter=FJORDTONER, tags=("Lied",)),
    Show("IJzernacht", "Drie bands uit het noorden", "rock", GROTE, 38, 29, 2, 0.92, promoter=FJORDTONER, tags=("Metal",)),
    Show("Een avond in de polder", "Meezingen met een band", "folk", GROTE, 27, 38, 4, 0.76, tags=("Nederlandstalig",)),
    Show("Het meisje met de zwavelstokjes", "Vanaf 6 jaar", "family", GROTE, 18, 16, 6, 1.03, tags=("Jeugd", "Kerst")),
    Show("De Gelaarsde Kat", "Familievoorstelling, 4+", "family", KLEINE, 15, 8, 12, 0.85, "02", tags=("Jeugd",)),
    Show("Wolkje en de wind", "Poppenspel voor peuters", "family", KLEINE, 13, 25, 12, 0.9, "1", tags=("Jeugd",)),
    Show("Vader op zolder", "Een nieuw stuk voor drie acteurs", "theatre", KLEINE, 24, 10, 9, 0.43, "01", tags=("Nieuw",)),
    Show("Nora", "Ibsen in de kleine zaal", "theatre", KLEINE, 26, 24, 10, 0.74, "2", tags=("Ibsen",)),
    Show("Het gele behang", "Monoloog", "theatre", KLEINE, 22, 27, 6, 0.49, "01"),
    Show("Lichaam en Licht", "Moderne dans", "ballet", KLEINE, 25, 21, 4, 0.45, promoter=LICHTHUIS, tags=("Dans",)),
    Show("Strijkkwartet op zondag", "Met koffie", "classical", KLEINE, 22, 4, 8, 0.7, every=4, hour=12, tags=("Kamermuziek",)),
    Show("Try-out!", "Cabaretiers met nieuw werk", "comedy", KLEINE, 16, 3, 14, 0.78, every=2, tags=("Cabaret",)),
    Show("Jazz aan de Vaart", "Trio met gasten", "jazz", KLEINE, 21, 4, 10, 0.64, every=3, promoter=FJORDTONER, tags=("Jazz",)),
)

DE_VAART = House(
    slug="de-vaart",
    name="Schouwburg De Vaart",
    time_zone="Europe/Amsterdam",
    currency="EUR",
    languages=("nl", "en"),
    place=(52.3812, 4.6368),
    country="NL",
    part=0.36,
    halls={
        GROTE: Hall(430, {"1e rang": (1.0, 0.5), "2e rang": (0.8, 0.35), "3e rang": (0.6, 0.15)}),
        KLEINE: Hall(120, {"": (1.0, 1.0)}),
    },
    tastes={
        "theatre": ("Toneel", SCHOUWBURG),
        "ballet": ("Dans", SCHOUWBURG),
        "family": ("Jeugd & familie", SCHOUWBURG),
        "comedy": ("Cabaret", SCHOUWBURG),
        "classical": ("Klassiek", CONCERTEN),
        "folk": ("Lied & folk", CONCERTEN),
        "jazz": ("Jazz", CONCERTEN),
        "rock": ("Pop & rock", CONCERTEN),
    },
    ticket_types={
        "adult": ("Normaal", 1.0),
        "senior": ("65+", 0.9),
        "student": ("CJP / student", 0.6),
        "child": ("Kind t/m 12", 0.6),
        "group": ("Schoolvoorstelling", 0.4),
    },
    vat={"": 9},
    fee=250,
    step=50,
    shows=_SHOWS,
    series=(
        Series(
            "Zaterdagserie", "Toneel en ballet in de Grote Zaal, telkens op zaterdag.", ("theatre", "ballet"), GROTE, weekday=5
        ),
        Series("Klassiek op zondag", "Concerten en opera in de Grote Zaal.", ("classical",), GROTE, weekday=6),
        Series("Kleine Zaalpas", "Vier avonden naar keuze.", ("theatre", "jazz", "comedy", "classical"), KLEINE, choose=4),
    ),
    friends=Friends("Vriend van De Vaart", "Een jaar lang voorrang, een kijkje achter de schermen en koffie.", 40),
    women=(
        "Maria Johanna Anna Elisabeth Cornelia Wilhelmina Hendrika Margriet Ria Truus Joke Marijke Ineke Els Tineke Marian "
        "Yvonne Monique Petra Ingrid Willemijn",
        "Sanne Lotte Fleur Eva Sophie Julia Emma Tess Anouk Femke Noor Iris Lieke Roos Esra Fatima Daphne Merel Maud Saar",
    ),
    men=(
        "Johannes Jan Cornelis Hendrik Willem Pieter Gerrit Kees Piet Henk Wim Frans Hans Theo Ruud Peter Rob Marcel Joop Dirk",
        "Daan Sem Lucas Thijs Bram Jeroen Bas Tim Niels Sander Mohamed Ruben Jesse Lars Stijn Joris Maarten Emre Floris Tijn",
    ),
    last_names=(
        "de Jong, Jansen, de Vries, van den Berg, van Dijk, Bakker, Janssen, Visser, Smit, Meijer, de Boer, Mulder, de Groot, "
        "Bos, Vos, Peters, Hendriks, van Leeuwen, Dekker, Brouwer, de Wit, Dijkstra, Smits, de Graaf, van der Meer, "
        "van der Linden, Kok, Jacobs, de Haan, Vermeulen, van den Heuvel, van der Veen, van den Broek, Schouten, Willems, "
        "van Vliet, Hoekstra, Koster, Prins, Blom, van 't Hof, ter Horst, Yilmaz, el Amrani, Huisman, Postma, Kuipers"
    ),
    streets=(
        "Kerkstraat, Schoolstraat, Molenstraat, Dorpsstraat, Julianalaan, Beatrixlaan, Vondelstraat, Rembrandtlaan, Stationsweg, "
        "Nieuwstraat, Lindenlaan, Wilhelminastraat, Emmalaan, Havenstraat, Marktstraat, Oranjelaan"
    ),
    schools="Basisschool {}, IKC {}",
    companies="{} Makelaars B.V., {} Accountants B.V., {} Bouw B.V., Bloembollen {} B.V.",
    english=english.DE_VAART,
)
