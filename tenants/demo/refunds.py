"""Tickets that somebody brought back to an invented house, as tills book it: in an order of fewer than no tickets, which says
what it takes back. It is written as upserts.refunds would find it."""

from datetime import datetime
from typing import Any

from tenants.demo import curve
from tenants.demo.buyers import dated_id
from tenants.demo.houses import House
from tenants.demo.rows import LINE_COLUMNS, ORDER_COLUMNS, Row


def booked(house: House, number: int, order: Row, lines: list[Row], part: int, at: datetime) -> list[tuple[Row, list[Row]]]:
    """An order after `part` of its first line's tickets were brought back, or all of its tickets where that is 0; and the order
    that takes them back."""
    minute = curve.minutes(at)
    back = dated_id(minute, f"{house.slug}/refunds", number)
    returns = [
        _given_back(dict(zip(LINE_COLUMNS, line, strict=True)), part)
        | {"id": dated_id(minute, f"{house.slug}/refund lines", number * 4 + position), "order_id": back}
        | {"settled": not part, "created_at": at, "updated_at": at}
        for position, line in enumerate(lines[:1] if part else lines)
    ]
    refund = _changed(ORDER_COLUMNS, order, {"id": back, "ordered_at": at, "created_at": at, "updated_at": at})
    taken = [tuple(line.values()) for line in returns]
    if part:
        return [(order, lines), (refund, taken)]
    gone = {"state": "REFUNDED", "updated_at": at}
    return [
        (_changed(ORDER_COLUMNS, order, gone), [_changed(LINE_COLUMNS, line, gone | {"settled": True}) for line in lines]),
        (_changed(ORDER_COLUMNS, refund, gone), [_changed(LINE_COLUMNS, line, gone) for line in taken]),
    ]


def _given_back(line: dict[str, Any], part: int) -> dict[str, Any]:
    """The house keeps its fee."""
    tickets = part or line["quantity"]
    vat = round(line["vat"] * tickets / line["quantity"])
    return line | {"refund_of": line["id"], "quantity": -tickets, "amount": -line["price"] * tickets, "fee": 0, "vat": -vat}


def _changed(columns: list[str], row: Row, changes: dict[str, Any]) -> Row:
    return tuple((dict(zip(columns, row, strict=True)) | changes).values())
