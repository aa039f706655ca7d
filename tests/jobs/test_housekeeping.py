from uuid import UUID, uuid4

from jobs import customers, housekeeping
from tenants import people, sessions, tenancy
from tenants.sql import name, sql
from tests.builders import make_customer, make_customer_token, make_venue


async def test_tries_to_sign_in_are_forgotten_after_an_hour(monkeypatch):
    monkeypatch.setattr(housekeeping, "AT_ONCE", 2)
    bucket = uuid4().bytes * 2  # as long as a real one
    async with tenancy.platform():
        for minutes in (5, 59, 61, 90, 200):
            await tenancy.execute(
                sql(
                    """
                    insert into sign_in_attempts (id, bucket, attempted_at)
                    values ({id}, {bucket}, now() - {minutes} * interval '1 minute')
                    """,
                    id=uuid4(),
                    bucket=bucket,
                    minutes=minutes,
                )
            )

    await housekeeping.sweep_sign_in_attempts()

    async with tenancy.platform():
        left = sql(
            "select extract(minute from now() - attempted_at)::int as m from sign_in_attempts where bucket = {b}", b=bucket
        )
        assert sorted(r.m for r in await tenancy.fetch(left)) == [5, 59]


async def test_finished_jobs_are_forgotten_after_thirty_days():
    venue = (await make_venue()).id
    kept, gone = {}, {}
    for state, days, wanted in (
        ("DONE", 29, kept),
        ("DONE", 31, gone),
        ("FAILED", 31, gone),
        ("QUARANTINED", 29, kept),
        ("QUARANTINED", 31, gone),
        ("QUEUED", 31, kept),
    ):
        wanted[uuid4()] = (state, days)
    async with tenancy.platform():
        for job, (state, days) in (kept | gone).items():
            await tenancy.execute(
                sql(
                    """
                    insert into jobs (id, tenant_id, name, state, finished_at) values ({id}, {tenant}, 'some.job', {state},
                      case {state} when 'QUEUED' then null else now() - {days} * interval '1 day' end)
                    """,
                    id=job,
                    tenant=venue,
                    state=state,
                    days=days,
                )
            )

    await housekeeping.sweep_finished_jobs()

    async with tenancy.scope(venue):
        left = await tenancy.fetch(sql("select id from jobs where tenant_id = {venue}"))
    assert {j.id for j in left} == set(kept)


async def test_uploads_that_were_never_completed_go_after_a_day():
    ours, theirs = (await make_venue()).id, (await make_venue()).id
    fresh, complete, orphan = [await make_file(ours, hours, done) for hours, done in ((1, False), (99, True), (25, False))]
    foreign = await make_file(theirs, 25, False)

    await housekeeping.sweep_files(ours)

    assert await files(ours) == {fresh: 1, complete: 1}
    assert await files(theirs) == {foreign: 1}
    assert orphan not in await files(ours)


async def test_every_venue_is_swept_in_a_job_of_its_own():
    ours, theirs = (await make_venue()).id, (await make_venue()).id

    await housekeeping.sweep_files_everywhere()

    for venue in (ours, theirs):
        async with tenancy.scope(venue):
            noted = await tenancy.fetch(sql("select name from jobs where tenant_id = {venue}"))
        assert [j.name for j in noted] == ["housekeeping.files_of_venue"]


async def make_file(venue: UUID, hours: int, complete: bool) -> UUID:
    """An uploaded file of one piece."""
    file = uuid4()
    async with tenancy.scope(venue):
        await tenancy.execute(
            sql(
                """
                insert into files (tenant_id, id, name, complete, created_at)
                values ({venue}, {id}, 'sales.csv', {complete}, now() - {hours} * interval '1 hour')
                """,
                id=file,
                complete=complete,
                hours=hours,
            )
        )
        await tenancy.execute(
            sql("insert into file_chunks (tenant_id, file_id, position, bytes) values ({venue}, {id}, 0, 'a,b')", id=file)
        )
    return file


async def files(venue: UUID) -> dict[UUID, int]:
    """The venue's files, with how many pieces of each are left."""
    counting = sql(
        """
        select f.id, (select count(*) from file_chunks c where c.tenant_id = {venue} and c.file_id = f.id) as pieces
        from files f where f.tenant_id = {venue}
        """
    )
    async with tenancy.scope(venue):
        return {f.id: f.pieces for f in await tenancy.fetch(counting)}


async def test_sessions_go_a_month_after_their_end_with_their_tokens_and_access_tokens_after_a_day():
    kept, gone = [await make_session(days) for days in (29, 31)]
    async with tenancy.platform():
        fresh = (await sessions.start(kept[0])).access

    await housekeeping.sweep_sessions()

    async with tenancy.platform():
        left = {
            row.id
            for row in await tenancy.fetch(sql("select id from sessions where id = any({ids}::uuid[])", ids=[kept[1], gone[1]]))
        }
        used = "select count(*) from refresh_tokens where session_id = {id}"
        assert [await tenancy.fetch_value(sql(used, id=session)) for _, session in (kept, gone)] == [1, 0]
        old = "select count(*) from tokens where session_id = any({ids}::uuid[])"
        assert await tenancy.fetch_value(sql(old, ids=[kept[1], gone[1]])) == 0
    assert left == {kept[1]}
    assert await sessions.holder(fresh) != []


async def test_tokens_of_customers_go_a_day_after_their_end():
    venue = await make_venue()
    async with tenancy.scope(venue.id):
        customer = (await make_customer()).id
    ended = [(None, 0), ("expires_at", 23), ("expires_at", 25), ("revoked_at", 23), ("revoked_at", 25)]
    for column, hours in ended:
        token = await make_customer_token(venue, customer)
        change = "update customer_tokens set {column} = now() - {hours} * interval '1 hour' where secret_hash = {hash}"
        async with tenancy.platform():
            if column:
                values = {"column": name(column), "hours": hours, "hash": people.hash_secret(token)}
                await tenancy.execute(sql(change, **values))

    await housekeeping.sweep_customer_tokens()

    async with tenancy.scope(venue.id):
        left = "select (extract(epoch from now() - least(expires_at, revoked_at)) / 3600)::int as hours from customer_tokens"
        hours = await tenancy.fetch(sql(left + " where tenant_id = {venue} order by created_at, id"))
    assert [row.hours for row in hours] == [-1, 23, 23]


async def test_wishes_for_a_code_are_forgotten_after_an_hour_at_every_venue():
    ours, theirs = await make_venue(), await make_venue()
    made = """
        insert into customer_codes (tenant_id, id, email_key, created_at)
        values ({venue}, {id}, 'kari@example.org', now() - {minutes} * interval '1 minute')
        """
    for venue, minutes in ((ours, 59), (ours, 61), (theirs, 61)):
        async with tenancy.scope(venue.id):
            await tenancy.execute(sql(made, id=uuid4(), minutes=minutes))

    await customers.sweep_codes()

    left = []
    for venue in (ours, theirs):
        async with tenancy.scope(venue.id):
            left.append(await tenancy.fetch_value(sql("select count(*) from customer_codes where tenant_id = {venue}")))
    assert left == [1, 0]


async def test_wishes_for_a_new_password_are_forgotten_after_a_day():
    person, _ = await make_session(0)
    ids = {hours: uuid4() for hours in (23, 25)}
    async with tenancy.platform():
        for hours, reset in ids.items():
            made = """
                insert into password_resets (id, person_id, created_at)
                values ({id}, {person}, now() - {hours} * interval '1 hour')
                """
            await tenancy.execute(sql(made, id=reset, person=person, hours=hours))

    await housekeeping.sweep_password_resets()

    async with tenancy.platform():
        left = await tenancy.fetch(sql("select id from password_resets where person_id = {person}", person=person))
    assert [row.id for row in left] == [ids[23]]


async def make_session(days: int) -> tuple[UUID, UUID]:
    """A new person and their session, which ended so many days ago with all of its tokens."""
    async with tenancy.platform():
        person = (await people.create_person(f"{uuid4().hex}@example.org", "Kari Nordmann", None)).id
        await sessions.start(person)
        (session,) = await sessions.of(person)
        for table, column in (("sessions", "id"), ("tokens", "session_id")):
            ended = "update {table} set expires_at = now() - {days} * interval '1 day' where {column} = {id}"
            await tenancy.execute(sql(ended, table=name(table), column=name(column), days=days, id=session.id))
    return person, session.id
