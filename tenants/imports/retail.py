"""A shop's real sales as another house's: UCI's Online Retail, half a million lines with refunds, corrections and gaps.

What is sold there is a product with one performance that has no date. A row that comes twice word for word counts once. A few
invoices name two times, of which the first is taken, and places that are no country are none.
"""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

from tenants.imports.mapping import FieldMapping, Mapping

SALES = "orders/online_retail.csv.gz"
COUNTRIES = dict(
    pair.split(":")
    for pair in (
        "United Kingdom:GB,Germany:DE,France:FR,EIRE:IE,Spain:ES,Netherlands:NL,Belgium:BE,Switzerland:CH,Portugal:PT,"
        "Australia:AU,Norway:NO,Italy:IT,Finland:FI,Cyprus:CY,Sweden:SE,Austria:AT,Denmark:DK,Japan:JP,Poland:PL,"
        "Israel:IL,USA:US,Hong Kong:HK,Singapore:SG,Iceland:IS,Canada:CA,Greece:GR,Malta:MT,United Arab Emirates:AE,"
        "RSA:ZA,Lebanon:LB,Lithuania:LT,Brazil:BR,Czech Republic:CZ,Bahrain:BH,Saudi Arabia:SA"
    ).split(",")
)

PRODUCT_MAPPING = Mapping(
    [
        FieldMapping("externalId", column="StockCode"),
        FieldMapping("production", column="StockCode"),
        FieldMapping("productionName", column="Description"),
    ],
    [],
)
LINE_MAPPING = Mapping(
    [
        FieldMapping("externalId", template="{InvoiceNo}/{InvoiceDate}/{StockCode}/{Description}/{Quantity}/{UnitPrice}"),
        FieldMapping("order", column="InvoiceNo"),
        FieldMapping("customer", column="customer"),
        FieldMapping("channel", value="ONLINE"),
        FieldMapping("orderedAt", column="ordered_at"),
        FieldMapping("performance", column="StockCode"),
        FieldMapping("quantity", column="Quantity"),
        FieldMapping("price", column="UnitPrice", number_format="POINT"),
        FieldMapping("placeCountry", column="country"),
    ],
    [],
)


def products(folder: Path) -> Iterator[bytes]:
    """Each stock code once, under the first description that it comes with."""
    named: dict[str, str] = {}
    for row in _rows(folder):
        named[row["StockCode"]] = named.get(row["StockCode"]) or row["Description"]
    yield b"StockCode,Description\n"
    for code, description in named.items():
        yield _line([code, description or code])


def lines(folder: Path) -> Iterator[bytes]:
    """The file with three more columns: the customer as a whole number, the first time of the invoice, and the country's code."""
    first: dict[str, str] = {}
    for row in _rows(folder):
        first[row["InvoiceNo"]] = min(first.get(row["InvoiceNo"], "9"), row["InvoiceDate"])
    for number, row in enumerate(_rows(folder)):
        if number == 0:
            yield _line([*row, "customer", "ordered_at", "country"])
        customer, country = row["CustomerID"].removesuffix(".0"), COUNTRIES.get(row["Country"], "")
        yield _line([*row.values(), customer, first[row["InvoiceNo"]], country])


def _rows(folder: Path) -> Iterator[dict[str, str]]:
    with gzip.open(folder / SALES, "rt", newline="") as text:
        yield from csv.DictReader(text)


def _line(cells: list[str]) -> bytes:
    return (",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in cells) + "\n").encode()
