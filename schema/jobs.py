"""Background jobs, as the API shows them."""

from datetime import datetime
from typing import Any

import strawberry

from schema.nodes import Node, node, text
from schema.shapes import enum_of
from tenants import jobs

JobState: Any = enum_of(jobs.STATE)


@strawberry.type(description="How far a job is.")
class JobProgress:
    """See the description."""

    done: int = text("Steps done: rows, mails, members.")
    total: int | None = text("Steps in all; null while that is not known.")


@strawberry.type(description="Why a job did not do what it was for.")
class JobError:
    """See the description."""

    code: str = text("The stable code.")
    message: str = text("A sentence that says what to do.")
    trace_id: str | None = text("Quote this when you ask for help.")


@node(
    jobs.Job,
    needs="jobs:read",
    description="Work that goes on in the background. Whoever works for organisations sees what was asked for within theirs.",
)
class Job(Node):
    """See the description."""

    name: str = text("What it does, such as `imports.apply`.")
    state: JobState = text("Where it stands.")
    attempts: int = text("How often it was started.")
    created_at: datetime = text("When it was asked for.")
    started_at: datetime | None = text("When it was last started.")
    finished_at: datetime | None = text("When it ended.")

    @strawberry.field(description="How far it is.")
    def progress(row: strawberry.Parent[Any]) -> JobProgress:  # noqa: N805
        """The row's own figures."""
        return JobProgress(done=row.progress_done, total=row.progress_total)

    @strawberry.field(description="Why it failed; null when it did not.")
    def error(row: strawberry.Parent[Any]) -> JobError | None:  # noqa: N805
        """The row's own words."""
        return JobError(code=row.error_code, message=row.error_message, trace_id=row.trace_id) if row.error_code else None
