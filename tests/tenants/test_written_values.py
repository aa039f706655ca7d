"""Numbers and dates as six languages write them: read back as what they were, or said to be ambiguous; never something else."""

from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_date, format_time
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from tenants.upserts.shapes import CustomerRow, PerformanceRow, TicketLineRow
from tenants.values import Problem, Style, dates, fields_of, numbers

LOCALES = {
    "nb_NO": "COMMA",
    "sv_SE": "COMMA",
    "da_DK": "COMMA",
    "nl_NL": "COMMA",
    "de_DE": "COMMA",
    "de_CH": "POINT",
    "en_US": "POINT",
}
ORDERS = {"nb_NO": "DMY", "sv_SE": "YMD", "da_DK": "DMY", "nl_NL": "DMY", "de_DE": "DMY", "en_US": "MDY", "en_GB": "DMY"}
LINE, CUSTOMER, PERFORMANCE = fields_of(TicketLineRow), fields_of(CustomerRow), fields_of(PerformanceRow)
AMOUNT, QUANTITY, BORN, STARTS = LINE["amount"], LINE["quantity"], CUSTOMER["birth_date"], PERFORMANCE["starts_at"]


def style(**how):
    return Style(ZoneInfo("Europe/Oslo"), "NOK", **how)


def read(field, text, **how):
    try:
        value = field.read(text, style(**how))
    except Problem as problem:
        return problem.code
    return value.astimezone(ZoneInfo("Europe/Oslo")).replace(tzinfo=None) if isinstance(value, datetime) else value


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1,257.75", "1257.75"),
        ("1.257,75", "1257.75"),
        ("1 257,75", "1257.75"),
        ("1\u00a0257,75", "1257.75"),
        ("1\u202f257,75", "1257.75"),
        ("1\u2009257.75", "1257.75"),
        ("1'257.75", "1257.75"),
        ("1.257.750", "1257750"),
        ("0,125", "0.125"),
        (".5", "0.5"),
        ("(5.00)", "-5.00"),
        ("5-", "-5"),
        ("−5", "-5"),
        ("kr 100,-", "100"),
        ("kr 1.257,-", "1257.00"),
        ("100:-", "100"),
        ("-kr 12,50", "-12.50"),
        ("NOK 1 200", "1200"),
        ("12,50 kr.", "12.50"),
    ],
)
def test_an_amount_as_people_write_it(text, amount):
    assert read(AMOUNT, text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["25 %", "€ 12,50", "$5.00", "12 34", "1,25,7", "(5", "--5", "five", "1E5", "5 6", "12,5,", "0x10"]
)
def test_what_is_no_amount_of_this_house_is_refused(text):
    assert read(AMOUNT, text) == "INVALID_VALUE"


def test_a_text_that_can_be_two_numbers_is_asked_about():
    assert read(AMOUNT, "1,257") == "AMBIGUOUS_VALUE"
    assert read(AMOUNT, "1.257") == "AMBIGUOUS_VALUE"
    assert read(AMOUNT, "1,257", number_format="POINT") == 1257
    assert read(AMOUNT, "1,257", number_format="COMMA") == Decimal("1.257")
    assert read(AMOUNT, "1,257.75", number_format="COMMA") == "INVALID_VALUE"
    assert read(QUANTITY, "1.000", number_format="POINT") == 1
    assert read(QUANTITY, "2,50") == "INVALID_VALUE"


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("20261231", date(2026, 12, 31)),
        ("31.12.2026", date(2026, 12, 31)),
        ("31. 12. 2026", date(2026, 12, 31)),
        ("12/31/2026", date(2026, 12, 31)),
        ("31-12-26", date(2026, 12, 31)),
        ("85-12-31", date(1985, 12, 31)),
        ("31.12.85", date(1985, 12, 31)),
        ("46387", date(2026, 12, 31)),
        ("31. desember 2026", date(2026, 12, 31)),
        ("lørdag 31. desember 2026", date(2026, 12, 31)),
        ("den 31 december 2026", date(2026, 12, 31)),
        ("1 mrt. 2026", date(2026, 3, 1)),
        ("1. März 2026", date(2026, 3, 1)),
        ("2 juni 2026", date(2026, 6, 2)),
        ("31-Dec-26", date(2026, 12, 31)),
        ("December 31st, 2026", date(2026, 12, 31)),
        ("2026-12-31 00:00:00", date(2026, 12, 31)),
    ],
)
def test_a_day_as_people_write_it(text, day):
    assert read(BORN, text) == day


@pytest.mark.parametrize(
    "text", ["31.02.2026", "32.1.2026", "2026-13-01", "31/31/2026", "13.13.13", "today", "2026", "31.12.2026 19:30"]
)
def test_what_is_no_day_is_refused(text):
    assert read(BORN, text) == "INVALID_VALUE"


def test_a_text_that_can_be_two_days_is_asked_about():
    assert read(BORN, "03/04/2026") == "AMBIGUOUS_VALUE"
    assert read(BORN, "03/04/2026", date_order="DMY") == date(2026, 4, 3)
    assert read(BORN, "03/04/2026", date_order="MDY") == date(2026, 3, 4)
    assert read(BORN, "26-12-31", date_order="YMD") == date(2026, 12, 31)
    assert read(BORN, "12/31/2026", date_order="DMY") == "INVALID_VALUE"
    assert read(BORN, "05/05/2026") == date(2026, 5, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-31T18:30:00Z",
        "31.12.2026 kl. 19.30",
        "12/31/2026 7:30 PM",
        "31. desember 2026, 19:30",
        "31-12-26 19h30",
        "46387.8125",
    ],
)
def test_a_moment_as_people_write_it(text):
    assert read(STARTS, text) == datetime(2026, 12, 31, 19, 30)


@pytest.mark.parametrize(
    "text", ["19:30", "19.30", "kl. 19:30", "kl 19.30", "1930", "7:30 PM", "7.30 p.m.", "19:30:00", "19h30", "19:30 Uhr"]
)
def test_a_time_as_people_write_it(text):
    assert dates.clock(text) == time(19, 30)


@pytest.mark.parametrize("text", ["25:00", "19", "2460", "19:60", "13 pm", "evening", ""])
def test_what_is_no_time_is_none(text):
    assert dates.clock(text) is None


amounts = st.decimals(-10_000_000, 10_000_000, places=2, allow_nan=False, allow_infinity=False)


@given(amounts, st.sampled_from(sorted(LOCALES)))
def test_an_amount_comes_back_from_every_locale(amount, locale):
    plain = format_decimal(amount, format="#,##0.00", locale=locale)
    money = format_currency(amount, "NOK", locale=locale)
    for text in (plain, money):
        assert read(AMOUNT, text) == amount, text
        assert read(AMOUNT, text, number_format=LOCALES[locale]) == amount, text


@given(
    st.dates(date(1937, 1, 1), date(2036, 12, 31)),
    st.sampled_from(sorted(ORDERS)),
    st.sampled_from(["short", "medium", "long", "full"]),
)
def test_a_day_comes_back_from_every_locale_or_is_asked_about(day, locale, width):
    text = format_date(day, width, locale=locale)
    assert read(BORN, text, date_order=ORDERS[locale]) == day, text
    assert read(BORN, text) in (day, "AMBIGUOUS_VALUE"), text


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)), st.sampled_from(sorted(ORDERS)))
def test_a_time_comes_back_from_every_locale(at, locale):
    assert dates.clock(format_time(at, "short", locale=locale)) == at


@given(st.text(max_size=20))
def test_no_text_breaks_the_readers(text):
    for field in (AMOUNT, QUANTITY, BORN, STARTS):
        assert read(field, text) is not NotImplemented
    assert set(numbers.NUMBER_FORMATS) == {"POINT", "COMMA"}
