"""Looks a file over before it is read: how each column writes its numbers and dates, as far as the mapping does not say."""

from dataclasses import replace
from pathlib import Path

from tenants.imports.dialects import Dialect, detect, headed, rows
from tenants.imports.mapping import Mapping, Source, compiled
from tenants.upserts.rows import House, Kind
from tenants.values import Cell, Problem, Style

_REMEMBERED = 50_000  # texts per column


def survey(path: Path, kind: Kind, mapping: Mapping, house: House, *, most: int | None = None) -> Dialect:
    """How the file is written, its columns too: every number and date is looked at, or those of the first `most` rows.

    Raises what detect() and compiled() raise.
    """
    dialect = detect(path, mapping)
    with rows(path, dialect) as coming:
        heading = headed(coming, dialect)
        chosen = compiled(mapping, kind, heading, house)
        evidence = [_Evidence(s, house, frozenset(mapping.empty)) for s in chosen if _is_told(s)]
        looked_at = [(one.source.at, one.seen, one) for one in evidence]
        width = len(heading)
        for number, cells in coming if looked_at else ():
            if most is not None and number > most:
                break
            if isinstance(cells, list) and len(cells) >= width:
                for at, seen, one in looked_at:
                    if at < 0 or cells[at] not in seen:
                        one.look(cells, number)
    return replace(dialect, columns=_columns(chosen, evidence))


def _is_told(source: Source) -> bool:
    """Whether the file must tell how a field is written: it matters, and the mapping does not say."""
    return (source.field.is_date and not source.date_order) or (source.field.is_number and not source.number_format)


class _Evidence:
    """What the texts of one field leave possible: the formats in which all of them make sense."""

    def __init__(self, source: Source, house: House, empty: frozenset[str]) -> None:
        self.field, self.source, self._empty = source.field, source, empty
        self._style = Style(house.zone)
        self.seen: set[Cell] = {"", *empty}
        self.possible: frozenset[str] | None = None
        self.matters = False

    def look(self, cells: list[Cell], number: int) -> None:
        """Take a row into account."""
        fill = self.source.fill
        cell = cells[self.source.at] if fill is None else fill(cells, number)
        if cell in self.seen or not isinstance(cell, str):
            return
        if len(self.seen) > _REMEMBERED:
            self.seen.clear()
            self.seen.update(("", *self._empty))
        self.seen.add(cell)
        try:
            found = self.field.ways(cell, self._style)
        except Problem:
            return
        if found and (len(set(found.values())) > 1 or len(found) == 1):
            self.matters = True
            self.possible = frozenset(found) if self.possible is None else self.possible & frozenset(found)


def _columns(sources: list[Source], looked_at: list[_Evidence]) -> dict[str, dict[str, str]]:
    """By field, how it is written: as the mapping says, as its own texts tell, or as all others of the file do."""
    columns: dict[str, dict[str, str]] = {}
    for source in sources:
        said = {"number_format": source.number_format, "date_order": source.date_order}
        wanted = "date_order" if source.field.is_date else "number_format" if source.field.is_number else ""
        if way := said.get(wanted):
            columns[source.field.name] = {wanted: way}
    for name, those in (
        ("date_order", [e for e in looked_at if e.field.is_date and e.matters]),
        ("number_format", [e for e in looked_at if e.field.is_number and e.matters]),
    ):
        told = {e.field.name: next(iter(e.possible)) for e in those if e.possible and len(e.possible) == 1}
        agreed = set(told.values())
        for each in those:
            way = told.get(each.field.name) or (
                next(iter(agreed)) if len(agreed) == 1 and each.possible and agreed & each.possible else None
            )
            if way is None and each.possible == frozenset(("DMY", "YMD")):
                way = "DMY"
            if way:
                columns[each.field.name] = {name: way}
    return columns
