"""What a house's own headings are likely to mean."""

import pytest

from tenants.imports.headings import propose
from tenants.upserts.kinds import KINDS

FILES = {
    "nb": ("customers", "Kundenr;Fornavn;Etternavn;E-post;Mobil;Fødselsdato;Adresse;Postnr;Poststed;Land"),
    "sv": ("customers", "Kundnr;Förnamn;Efternamn;E-postadress;Telefon;Födelsedatum;Gatuadress;Postnummer;Ort;Land"),
    "da": ("customers", "Kundenummer;Fornavn;Efternavn;E-mail;Tlf.;Fødselsdato;Adresse;Postnr.;By;Land"),
    "nl": ("customers", "Klantnr;Voornaam;Achternaam;E-mailadres;Telefoon;Geboortedatum;Straat;Postcode;Woonplaats;Land"),
    "de": ("customers", "Kundennummer;Vorname;Nachname;E-Mail-Adresse;Telefon;Geburtsdatum;Straße;PLZ;Ort;Land"),
    "en": ("customers", "Customer ID;First name;Surname;Email address;Phone number;Date of birth;Street;Zip code;Town;Country"),
}
BUYER = ["external_id", "first_name", "last_name", "email", "phone", "birth_date", "street", "postcode", "city", "country"]


@pytest.mark.parametrize("language", FILES)
def test_a_list_of_customers_is_understood_in_six_languages(language):
    kind, headings = FILES[language]
    told = {one.column: one.field for one in propose(KINDS[kind], headings.split(";")).fields}
    wanted = dict(zip(headings.split(";"), BUYER, strict=True))
    assert told == wanted


def test_a_report_of_sales_has_its_day_and_time_put_together():
    heading = "Linjenr;Ordrenr;Kundenr;Ordredato;Kl.;Arrangement;Billettype;Antall;Pris;Beløp;Merknad".split(";")
    told = {one.field: one.column or one.template for one in propose(KINDS["sales"], heading).fields}
    assert told == {
        "external_id": "Linjenr", "order": "Ordrenr", "customer": "Kundenr", "ordered_at": "{Ordredato} {Kl.}",
        "performance": "Arrangement", "ticket_type": "Billettype", "quantity": "Antall", "price": "Pris", "amount": "Beløp",
    }  # fmt: skip


def test_a_heading_that_stands_twice_or_means_nothing_is_left_alone():
    told = propose(KINDS["halls"], ["id", "Navn", "Navn", "Rom"]).fields
    assert [(one.field, one.column) for one in told] == [("external_id", "id")]
