"""What nobody needs any more is swept away, a few thousand rows at a time so that nothing is locked for long."""

from uuid import UUID

from jobs.broker import job
from tenants import idempotency, tenancy
from tenants.files import forget_bytes
from tenants.images import records as images
from tenants.imports import records as imports
from tenants.sql import Sql, name, sql

AT_ONCE = 5000


@job("housekeeping.sign_in_attempts", platform=True)
async def sweep_sign_in_attempts() -> None:
    """Tries to sign in count for minutes; after an hour they are forgotten."""
    await _sweep(
        sql(
            """
            delete from sign_in_attempts where id in
              (select id from sign_in_attempts where attempted_at < now() - interval '1 hour' limit {most})
            """,
            most=AT_ONCE,
        )
    )


@job("housekeeping.password_resets", platform=True)
async def sweep_password_resets() -> None:
    """Wishes for a new password are forgotten after a day, invitations when their time is over."""
    await _sweep(
        sql(
            """
            delete from password_resets where id in
              (select id from password_resets where created_at < now() - interval '1 day'
                 and coalesce(expires_at, created_at) < now() limit {most})
            """,
            most=AT_ONCE,
        )
    )


@job("housekeeping.sessions", platform=True)
async def sweep_sessions() -> None:
    """Sessions go a month after their end, with their tokens; access tokens a day after theirs."""
    for table, days in (("sessions", 30), ("tokens", 1)):
        await _sweep(
            sql(
                """
                delete from {table} where id in
                  (select id from {table} where expires_at < now() - {days} * interval '1 day' limit {most})
                """,
                table=name(table),
                days=days,
                most=AT_ONCE,
            )
        )


@job("housekeeping.customer_tokens", platform=True)
async def sweep_customer_tokens() -> None:
    """Tokens of customers go a day after their end."""
    await _sweep(
        sql(
            """
            delete from customer_tokens where id in
              (select id from customer_tokens where least(expires_at, revoked_at) < now() - interval '1 day' limit {most})
            """,
            most=AT_ONCE,
        )
    )


@job("housekeeping.finished_jobs", platform=True)
async def sweep_finished_jobs() -> None:
    """Jobs stay readable for 30 days after their end."""
    await _sweep(
        sql(
            """
            delete from jobs where id in
              (select id from jobs where finished_at < now() - interval '30 days' limit {most})
            """,
            most=AT_ONCE,
        )
    )


@job("housekeeping.files", platform=True)
async def sweep_files_everywhere() -> None:
    """Have each venue swept in a job of its own: one transaction is one venue."""
    async with tenancy.platform(readonly=True):
        venues = await tenancy.fetch(sql("select id from venues order by id"))
    for venue in venues:
        async with tenancy.scope(venue.id):
            tenancy.later("housekeeping.files_of_venue")


@job("housekeeping.files_of_venue")
async def sweep_files(venue: UUID) -> None:
    """Uploads that did not arrive whole within a day go, and those that nothing was made of within a week, and what old imports
    hold about people."""
    async with tenancy.scope(venue):
        await tenancy.execute(
            sql(
                """
                delete from files f where f.tenant_id = {venue}
                  and f.created_at < now() - case when f.complete then interval '7 days' else interval '1 day' end
                  and not exists (select from imports i where i.tenant_id = {venue} and i.file_id = f.id)
                  and not exists (select from images m where m.tenant_id = {venue} and m.file_id = f.id)
                  and not exists (select from image_renditions r where r.tenant_id = {venue} and r.file_id = f.id)
                """
            )
        )
        await images.forget_unused()
        await imports.forget_old()
    await forget_bytes(venue)


@job("housekeeping.idempotency_keys", platform=True)
async def sweep_idempotency_keys() -> None:
    """What was answered under a key is forgotten after 24 hours, venue after venue."""
    async with tenancy.platform(readonly=True):
        venues = await tenancy.fetch(sql("select id from venues order by id"))
    for venue in venues:
        deleted = idempotency.AT_ONCE
        while deleted == idempotency.AT_ONCE:
            async with tenancy.scope(venue.id):
                deleted = await idempotency.forget_old()


async def _sweep(delete: Sql) -> None:
    """Delete in steps, each its own transaction, until a step finds less than a full load."""
    deleted = AT_ONCE
    while deleted == AT_ONCE:
        async with tenancy.platform():
            deleted = int((await tenancy.execute(delete)).split()[-1])
