"""What becomes of a row of each kind: which tables it touches, and how its values turn into columns.

A kind is one object in KINDS; the bulk upsert of the API and the file import are both derived from it.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from tenants import attributes, catalogue, customers, flags, orders, organisations, performances, pools, products
from tenants.people import email_key
from tenants.search import search_key
from tenants.upserts import members, shapes
from tenants.upserts.rows import Columns, House, Kind, Row, Stage
from tenants.values import Problem, fields_of, local_time


def _plain(row: Row, house: House) -> Columns:
    """Every value under its own name."""
    return dict(row.values)


def _season(row: Row, house: House) -> Columns:
    _in_order(row.values, "starts_on", "ends_on", "The season ends before it starts.")
    return dict(row.values)


def _ticket_type(row: Row, house: House) -> Columns:
    otherwise = {"position": 0, "restricted": False}
    return {k: otherwise.get(k) if v is None else v for k, v in row.values.items()}


def _in_order(values: Mapping[str, Any], start: str, end: str, sentence: str) -> None:
    if values.get(start) and values.get(end) and values[start] > values[end]:
        raise Problem(end, "INVALID_VALUE", sentence)


def _named(name: str, record: Any, shape: Any, columns: Callable[[Row, House], Columns] = _plain) -> Kind:
    return Kind(name, shape, (Stage(record, columns, needed={"name": "name"}),))


def _production(row: Row, house: House) -> Columns:
    return {k: v for k, v in row.values.items() if k != "tags"}


_PERFORMANCE_REFS = ("production", "season", "category", "hall", "promoter")


def _performance(row: Row, house: House) -> Columns:
    columns: Columns = {}
    for name, value in row.values.items():
        if name in _PERFORMANCE_REFS:
            columns[f"{name}_id"] = row.ids.get(name)
        elif name == "organisations":
            columns["organisation_ids"] = row.ids.get(name) or []
        elif name not in ("production_name", "hall_name", "starts_on", "start_time") and (name != "status" or value):
            columns[name] = value
    if row.values.get("starts_on"):
        clock = row.values.get("start_time")
        at = local_time("start_time", clock) if clock else time(0)
        columns["starts_at"] = datetime.combine(row.values["starts_on"], at, house.zone).astimezone(UTC)
        columns["time_known"] = bool(clock)
    elif "starts_at" in columns:
        columns["time_known"] = True
    _in_order(columns, "sale_starts_at", "sale_ends_at", "The sale ends before it starts.")
    return columns


def _product(row: Row, house: House) -> Columns:
    columns: Columns = {}
    for name, value in row.values.items():
        if name == "season":
            columns["season_id"] = row.ids.get(name)
        elif name == "organisations":
            columns["organisation_ids"] = row.ids.get(name) or []
        elif name != "performances" and (name not in ("kind", "status") or value):
            columns[name] = value
    _in_order(columns, "sale_starts_at", "sale_ends_at", "The sale ends before it starts.")
    return columns


def _price(row: Row, house: House) -> Columns:
    columns: Columns = {f"{name}_id": row_id for name, row_id in row.ids.items()}
    columns["price_level"] = row.values.get("price_level") or ""
    for name in ("amount", "fee"):
        if (value := row.values.get(name)) is not None:
            columns[name] = house.money(value)
    return columns


def _priced(name: str, of: str, record: Any, shape: Any) -> Kind:
    key = {f"{of}_id": "uuid", "ticket_type_id": "uuid", "price_level": "text"}
    stage = Stage(
        record,
        _price,
        key=key,
        key_of=lambda values: (values[of], values["ticket_type"], values.get("price_level") or ""),
        needed={"amount": "amount"},
    )
    return Kind(name, shape, (stage,))


def _customer(row: Row, house: House) -> Columns:
    columns = dict(row.values)
    for name in ("first_name", "last_name", "company"):
        if name in columns:
            columns[f"{name}_key"] = search_key(columns[name])
    if "email" in columns:
        columns["email_key"] = email_key(columns["email"]) if columns["email"] else None
    _country(columns, "country")
    return columns


_ORDER_COLUMNS = {
    "channel": "channel",
    "ordered_at": "ordered_at",
    "order_state": "state",
    "place_postcode": "place_postcode",
    "place_city": "place_city",
    "place_country": "place_country",
}


def _order(row: Row, house: House) -> Columns:
    values = row.values
    columns: Columns = {"external_id": values.get("order") or values["external_id"]}
    for name, column in _ORDER_COLUMNS.items():
        if name in values and (values[name] is not None or name.startswith("place")):
            columns[column] = values[name]
    if "customer" in values:
        columns["customer_id"] = row.ids.get("customer")
    currency = (values.get("currency") or house.currency).upper()
    if currency != house.currency:
        raise Problem("currency", "INVALID_VALUE", f"The venue sells in {house.currency}, not in {currency}.")
    columns["currency"] = currency
    _country(columns, "place_country")
    return columns


def _line(row: Row, house: House) -> Columns:
    values = row.values
    columns: Columns = {"external_id": values["external_id"]}
    if values.get("performance") and values.get("product"):
        raise Problem("product", "INVALID_VALUE", "A line sells tickets to a performance or a product, not both.")
    if "performance" in values or "product" in values:
        columns["performance_id"], columns["product_id"] = row.ids.get("performance"), row.ids.get("product")
    for name in ("ticket_type", "benefit", "pool", "campaign_link"):
        if name in values:
            columns[f"{name}_id"] = row.ids.get(name)
    if "price_level" in values:
        columns["price_level"] = values["price_level"]
    if values.get("line_state"):
        columns["state"] = values["line_state"]
    for name in ("fee", "vat"):
        if values.get(name) is not None:
            columns[name] = house.money(values[name])
    _amounts(values, house, columns)
    return columns


def _amounts(values: Mapping[str, Any], house: House, columns: Columns) -> None:
    """Quantity, one ticket's price and the line's amount: any two say the third, and they are written together. In a refund
    quantity and amount are negative, the price is not."""
    quantity, price, amount = values.get("quantity"), values.get("price"), values.get("amount")
    if quantity is None and price is None and amount is None:
        return
    quantity = 1 if quantity is None else quantity
    if quantity == 0:
        raise Problem("quantity", "INVALID_VALUE", "A line has at least one ticket.")
    if amount is None:
        if price is None:
            raise Problem("price", "REQUIRED", "A line with a quantity needs its price or its amount too.")
        amount = price * abs(quantity) if price < 0 else price * quantity
    said = values.get("type")
    if quantity < 0 < amount and said is None:
        raise Problem(
            "amount", "INVALID_VALUE", "Tickets are paid back and money comes in: say in `type` which of them is meant."
        )
    if said == "REFUND" or (said is None and min(quantity, amount) < 0):
        quantity, amount = -abs(quantity), -abs(amount)
    elif said == "SALE":
        quantity, amount = abs(quantity), abs(amount)
    columns["quantity"], columns["amount"] = quantity, house.money(amount)
    each = abs(price) if price is not None else amount / quantity
    columns["price"] = house.money(each.quantize(Decimal("1e-9"), ROUND_HALF_UP))


def _country(columns: Columns, name: str) -> None:
    value = columns.get(name)
    if value is not None and not (len(value) == 2 and value.isascii() and value.isalpha()):
        raise Problem(name, "INVALID_VALUE", f"{value!r} is not a country code such as NO.")
    if value:
        columns[name] = value.upper()


_ORDERS = Stage(
    orders.Order,
    _order,
    key_of=lambda values: (values.get("order") or values["external_id"],),
    fields=fields_of(shapes.OrderFields),
    needed={"channel": "channel", "ordered_at": "ordered_at"},
    own="ORDER",
)
_LINES = Stage(
    orders.TicketLine,
    _line,
    needed={"performance_id or product_id": "performance", "quantity": "quantity", "amount": "price"},
    parent="order_id",
)

# What an import may make by name alone, when a row refers to it and it is missing.
MADE_BY_NAME = frozenset(
    {
        catalogue.Promoter,
        catalogue.Season,
        catalogue.Category,
        catalogue.Tag,
        catalogue.Hall,
        catalogue.Production,
        catalogue.TicketType,
        customers.Customer,
    }
)

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _named("organisations", organisations.Organisation, shapes.OrganisationRow),
        _named("promoters", catalogue.Promoter, shapes.PromoterRow),
        _named("seasons", catalogue.Season, shapes.SeasonRow, _season),
        _named("categories", catalogue.Category, shapes.CategoryRow),
        _named("tags", catalogue.Tag, shapes.TagRow),
        _named("halls", catalogue.Hall, shapes.HallRow),
        _named("ticket_types", catalogue.TicketType, shapes.TicketTypeRow, _ticket_type),
        Kind(
            "productions",
            shapes.ProductionRow,
            (Stage(catalogue.Production, _production, needed={"name": "name"}),),
            links={"tags": ("production_tags", "production_id", "tag_id")},
        ),
        Kind(
            "performances",
            shapes.PerformanceRow,
            (Stage(performances.Performance, _performance, needed={"production_id": "production"}, own="PERFORMANCE"),),
        ),
        _priced("prices", "performance", performances.Price, shapes.PriceRow),
        Kind(
            "products",
            shapes.ProductRow,
            (Stage(products.Product, _product, needed={"name": "name", "kind": "kind"}),),
            links={"performances": ("product_performances", "product_id", "performance_id")},
        ),
        _priced("product_prices", "product", products.ProductPrice, shapes.ProductPriceRow),
        Kind("customers", shapes.CustomerRow, (Stage(customers.Customer, _customer, own="CUSTOMER"),)),
        Kind("sales", shapes.SaleRow, (_ORDERS, _LINES)),
        Kind("flag_assignments", shapes.FlagAssignmentRow, (), write=partial(members.write, "flag", flags.Flag)),
        Kind("pool_members", shapes.PoolMemberRow, (), write=partial(members.write, "pool", pools.Pool)),
        Kind(
            "attribute_assignments",
            shapes.AttributeAssignmentRow,
            (),
            write=partial(members.write, "attribute", attributes.Attribute),
        ),
    )
}
