"""What the headings of a file are likely to mean: a mapping to begin with, from words in six languages."""

import re
import unicodedata
from collections.abc import Mapping as Dict
from collections.abc import Sequence

from tenants.custom_fields.records import names
from tenants.imports.mapping import FieldMapping, Mapping
from tenants.upserts.custom import OwnField
from tenants.upserts.rows import Kind
from tenants.values import fields_of

# Beside the fields' own names. A word that means several fields stands with the one it is first looked for in.
WORDS = {
    "external_id": "id nr no number nummer eksternid externid",
    "customer": (
        "kunde kund klant customerid kundenr kundenummer kundnr kundnummer klantnr klantnummer kjoper "
        "kober kopare koper kaufer buyer"
    ),
    "order": (
        "ordre bestilling bestallning bestelling bestellung auftrag orderid orderno ordernumber ordrenr "
        "ordrenummer ordernr ordernummer bestillingsnr bestelnummer bestellnummer auftragsnummer invoice "
        "invoiceno faktura fakturanr factuurnummer"
    ),
    "first_name": "fornavn forename firstname givenname fornamn voornaam vorname",
    "last_name": (
        "etternavn surname lastname familyname efternamn efternavn achternaam nachname familienname name navn namn naam"
    ),
    "company": ("firma foretak bedrift virksomhed foretag bedrijf unternehmen organisation organisasjon companyname"),
    "email": "epost epostadresse mail emailaddress epostadress mailadresse emailadres emailadresse",
    "phone": (
        "telefon mobil mobile telephone tlf tlfnr telefonnr telefonnummer telefoon telefoonnummer "
        "mobiltelefon phonenumber mobilnr"
    ),
    "birth_date": ("fodselsdato fodt fodelsedatum fodd fodselsdag geboortedatum geburtsdatum dateofbirth birthday born dob"),
    "gender": "kjonn kon geslacht geschlecht sex",
    "street": (
        "adresse gate gateadresse vei adress gatuadress gatan straat straatnaam adres strasse address streetaddress address1"
    ),
    "postcode": "postnr postnummer postkode zip zipcode postalcode plz postleitzahl",
    "city": "by sted poststed stad ort postort plaats woonplaats stadt town",
    "country": "land countrycode landkode landekode landskod landcode",
    "language": "sprak sprog taal sprache",
    "ordered_at": (
        "ordredato kjopt kjopsdato solgt bestilt orderdate orderdatum invoicedate kopdatum kobsdato "
        "besteldatum bestelldatum kaufdatum purchasedate dato datum date"
    ),
    "channel": "kanal salgskanal saleschannel kanaal verkoopkanaal verkaufskanal",
    "performance": (
        "forestilling arrangement forestillingsid event eventid show forestallning evenemang "
        "voorstelling vorstellung veranstaltung stockcode"
    ),
    "ticket_type": (
        "billettype billettkategori billettyp biljettyp billettslag kaartsoort kaarttype ticketart kartenart tickettype"
    ),
    "price_level": "priskategori prisniva prijsklasse rang preisgruppe preiskategorie pricecategory",
    "quantity": "antall antal aantal anzahl menge qty tickets billetter biljetter kaarten karten",
    "price": "pris stykkpris enhetspris styckpris prijs stukprijs preis einzelpreis unitprice",
    "amount": "belop sum total totalt belopp belob bedrag totaal betrag summe gesamt linetotal",
    "fee": "gebyr avgift toeslag gebuhr servicefee",
    "vat": "mva moms btw mwst ust tax",
    "name": "navn namn naam bezeichnung title tittel titel",
    "capacity": "kapasitet plasser kapacitet platser pladser capaciteit zitplaatsen kapazitat platze seats",
    "production": "produksjon stykke produktion stuk produktie stuck productionid",
    "production_name": "tittel titel title forestillingstittel",
    "season": "sesong sasong saeson seizoen spielzeit saison",
    "category": "kategori genre categorie kategorie",
    "hall": "sal scene saal zaal buhne venue lokale",
    "promoter": "arrangor produsent organisator veranstalter",
    "flag": "flagg kundeflagg flagga kundflagga klantlabel kundenlabel customertag",
    "pool": "pulje kundepulje kundpool klantenpool kundenpool poolid poolnr",
    "attribute": "attributt egenskap attribut egenskab kenmerk merkmal",
    "remove": "fjern slett tabort slet verwijderen entfernen",
    "starts_on": "dato datum date spilledato",
    "start_time": "klokkeslett kl tid tidspunkt klockslag tijd aanvang uhrzeit zeit time",
}
OF_KIND = {
    "customers": (
        "kundenr kundenummer kundeid customerid customerno customernumber kundnr kundnummer klantnr "
        "klantnummer klantid kundennummer kundennr kundenid"
    ),
    "sales": ("linje linjenr line lineid lineno rad radnr regel regelnr zeile billettid billettnr ticketid ticketno biljettnr"),
    "performances": "forestillingsid forestillingsnr eventid voorstellingsid vorstellungsnr performanceid",
}
_LETTERS = str.maketrans({"ø": "o", "å": "a", "æ": "a", "ß": "ss"})


def propose(kind: Kind, heading: Sequence[str], own: Dict[str, OwnField] | None = None) -> Mapping:
    """A mapping for a file with this heading: each field the first column whose heading is one of its words, each column once."""
    fields, taken, chosen = [*fields_of(kind.shape), *(own or {})], set[str](), list[FieldMapping]()
    ways = [
        ({_plain(name)} | ({_plain(kind.name.removesuffix("s") + "id")} if name == "external_id" else set())) for name in fields
    ]
    known_as = {name: {_plain(text) for text in (field.own.key, *names(field.own))} for name, field in (own or {}).items()}
    words = [
        known_as.get(n, set())
        | set((OF_KIND.get(kind.name, "") if n == "external_id" else "").split())
        | set(WORDS.get(n, "").split())
        for n in fields
    ]
    for known in (ways, words):  # a field's own name before what it may also be called
        for name, called in zip(fields, known, strict=True):
            if any(one.field == name for one in chosen):
                continue
            if column := next((c for c in heading if c not in taken and heading.count(c) == 1 and _plain(c) in called), None):
                taken.add(column)
                chosen.append(FieldMapping(name, column))
    return Mapping(_with_time(kind, heading, taken, chosen), [])


def _with_time(kind: Kind, heading: Sequence[str], taken: set[str], chosen: list[FieldMapping]) -> list[FieldMapping]:
    """A day and a time in columns of their own are one moment."""
    clock = next((c for c in heading if c not in taken and _plain(c) in WORDS["start_time"].split()), None)
    if kind.name != "sales" or clock is None:
        return chosen
    return [
        FieldMapping(one.field, template=f"{{{one.column}}} {{{clock}}}") if one.field == "ordered_at" else one for one in chosen
    ]


def _plain(heading: str) -> str:
    """A heading without accents, spaces and signs."""
    text = unicodedata.normalize("NFKD", heading.lower().translate(_LETTERS))
    return re.sub(r"[^a-z0-9]", "", text)
