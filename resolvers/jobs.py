"""Following background jobs."""

from typing import Any

import strawberry

from resolvers.fields import subscription
from resolvers.listings import found, listing, single
from schema import jobs as nouns
from schema.connections import argument
from schema.context import Info
from tenants import jobs


@strawberry.type
class JobQueries:
    """The venue's jobs."""

    jobs = listing(jobs.LISTING, nouns.Job, description="The venue's background jobs.")
    job = single(nouns.Job, description="A job by its id.")


@strawberry.type
class JobSubscriptions:
    """The venue's jobs, as they get on."""

    @subscription(
        "jobs:read",
        description="A job, now and whenever it gets on, until it has ended. Null, and over, when there is none of this id that "
        "you may see.",
    )
    async def job_progress(
        self,
        info: Info,
        id: argument(strawberry.ID, "The job's id."),  # type: ignore[valid-type]
    ) -> nouns.Job | None:
        """It as it is now."""
        job: Any = await found(info, nouns.Job, id)
        if job:
            info.context.watched[job.id] = job.finished_at is None
        return job
