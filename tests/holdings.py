"""What a venue's tables hold, to be compared before and after."""

from uuid import UUID

from tenants import tenancy
from tenants.sql import name, sql
from tests.filled import TABLES, Filled


async def checksum(venue: UUID) -> dict[str, str]:
    """A figure per table over all of the venue's rows: equal before and after means that nothing was changed."""
    figures = {}
    async with tenancy.scope(venue, readonly=True):
        for table in TABLES:
            rows = sql("select t::text as row from {table} t where t.tenant_id = {venue}", table=name(table))
            figure = "select count(*) || md5(coalesce(string_agg(row, '|' order by row), '')) from ({rows}) r"
            figures[table] = await tenancy.fetch_value(sql(figure, rows=rows))
    return figures


async def own_rows(filled: Filled) -> dict[str, list[str]]:
    """The rows that fill() has made, as text by table: those that bear the mark or the id of one that does."""
    own = [str(i) for kind, i in filled.ids.items() if kind not in filled.shared]
    found = {}
    async with tenancy.scope(filled.venue.id, readonly=True):
        for table in TABLES:
            rows = sql("select t::text as row from {table} t where t.tenant_id = {venue} order by 1", table=name(table))
            texts = [row["row"] for row in await tenancy.fetch(rows)]
            found[table] = [text for text in texts if any(part in text for part in (filled.mark, *own))]
    return found
