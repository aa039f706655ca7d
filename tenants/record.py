"""The base classes of all records. A record maps a table for Tortoise; the table itself is written in migrations/."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

from tortoise import fields
from tortoise.manager import Manager
from tortoise.models import Model
from tortoise.queryset import QuerySet

from tenants import tenancy
from tenants.errors import NoScope, Refusal
from tenants.ids import new_id
from tenants.sql import Sql, name, sql

R = TypeVar("R", bound="VenueRecord")


class Record(Model):
    """What a table can be read by, whoever owns it. `owner` is the column that names the venue."""

    owner: ClassVar[str] = "tenant_id"

    class Meta:
        abstract = True

    @classmethod
    def table(cls) -> str:
        """The table's name."""
        return str(cls._meta.db_table)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The table's columns, in the record's order."""
        return tuple(cls._meta.fields_db_projection.values())

    @classmethod
    async def rows(cls, where: Sql, *, tail: Sql | None = None) -> list[Self]:
        """The rows that fulfil `where`, read-only and without the ORM's cost (a Row answers to the record's fields).
        The table's alias in the condition is `t`; `tail` is what follows it (order by, limit)."""
        return await tenancy.fetch(
            sql(
                "select t.* from {table} t where t.{owner} = {venue} and {where} {tail}",
                table=name(cls.table()),
                owner=sql(cls.owner),
                where=where,
                tail=tail or sql(""),
            ),
            cls,
        )


class PlatformRecord(Record):
    """A table that belongs to no venue. Each is on the written list in tests/tenants/catalogue.py."""

    id = fields.UUIDField(primary_key=True, default=new_id)

    class Meta:
        abstract = True


class _OfThisVenue(Manager):
    """Adds the venue to every query; raises NoScope without one."""

    def get_queryset(self) -> QuerySet[Any]:
        return QuerySet(self._model).filter(tenant_id=tenancy.venue_id())


class _ThisVenue(fields.UUIDField[UUID]):
    """The venue of a row: the open scope's, whether it is written, given anew or asked for. Raises NoScope for another."""

    def to_db_value(self, value: Any, instance: Any) -> str | None:
        """The id as it is sent."""
        if str(value) != str(tenancy.venue_id()):
            raise NoScope("The record belongs to another venue than the open scope.")
        return super().to_db_value(value, instance)


class VenueRecord(Record):
    """A table of a venue's rows. Tortoise's save, delete and refresh address a row by id alone; these name the venue too."""

    id = fields.UUIDField(primary_key=True, default=new_id)
    tenant_id = _ThisVenue(default=tenancy.venue_id)

    class Meta:
        abstract = True

    def __init_subclass__(cls) -> None:
        """Every record gets the manager here: Tortoise does not hand Meta.manager down to a record with a Meta of its own."""
        cls._meta.manager = _OfThisVenue()

    async def save(
        self,
        using_db: Any = None,
        update_fields: Iterable[str] | None = None,
        force_create: bool = False,
        force_update: bool = False,
    ) -> None:
        """Insert, or update the row of this id in this venue. Raises NOT_FOUND when there is none."""
        if self.tenant_id != tenancy.venue_id():
            raise NoScope("The record belongs to another venue than the open scope.")
        if not self._saved_in_db or force_create:
            await super().save(using_db, force_create=True)
            return
        changed = [f for f in update_fields or self._meta.fields_db_projection if f not in ("id", "tenant_id")]
        if not await type(self).filter(id=self.id).update(**{f: getattr(self, f) for f in changed}):
            raise not_found(type(self))

    async def delete(self, using_db: Any = None) -> None:
        """Delete the row of this id in this venue. Raises NOT_FOUND when there is none."""
        if not await type(self).filter(id=self.id).delete():
            raise not_found(type(self))

    async def refresh_from_db(self, fields: Iterable[str] | None = None, using_db: Any = None) -> None:
        """Read the row of this id in this venue again. Raises NOT_FOUND when there is none."""
        fresh = await type(self).filter(id=self.id).first()
        if fresh is None:
            raise not_found(type(self))
        for column in fields or self._meta.fields_db_projection:
            setattr(self, column, getattr(fresh, column))


def not_found(kind: type[VenueRecord]) -> Refusal:
    """The refusal for an id that is not in this venue: the same for another venue's and for a random one."""
    return Refusal("NOT_FOUND", f"There is no such {kind.__name__.lower()} in this venue.")
