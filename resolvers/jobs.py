"""Following background jobs."""

import strawberry

from resolvers.listings import listing, single
from schema import jobs as nouns
from tenants import jobs


@strawberry.type
class JobQueries:
    """The venue's jobs."""

    jobs = listing(jobs.LISTING, nouns.Job, description="The venue's background jobs.")
    job = single(nouns.Job, description="A job by its id.")
