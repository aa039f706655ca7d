"""One job from claim to settlement. What happens in between is the job's own; it runs in scopes it opens itself."""

import asyncio
import logging
import secrets
import time
from uuid import UUID

from jobs.broker import DECLARED
from tenants import jobs, leases, tenancy
from tenants.errors import Refusal, Unavailable
from tenants.jobs import Claim, LostLease
from tenants.settings import settings

log = logging.getLogger("jobs")
_at_work: set[asyncio.Task[None]] = set()
_stopping = False


async def perform(venue: UUID | None, job_id: UUID, *, alone: bool) -> None:
    """Claim the job, run it, settle it; do nothing when somebody else has it. Logs what went wrong and never raises:
    a job that could not be settled is found again when its lease ends."""
    try:
        async with tenancy.platform():
            claim = await leases.claim(job_id, venue, list(DECLARED), alone=alone)
        if claim:
            await _run(claim)
    except Unavailable as error:
        log.warning("job %s is taken up again later: %s", job_id, error)
    except Exception:
        log.exception("job %s is taken up again when its lease ends", job_id)


def hand_back() -> None:
    """On the event loop: stop what is running. The jobs are due again at once, for another worker."""
    global _stopping
    _stopping = True
    for work in _at_work:
        work.cancel()


async def _run(claim: Claim) -> None:
    started = time.monotonic()
    about = f"{claim.name}  venue {claim.venue or '-'}  job {claim.id}"
    log.info("%s  start %d", about, claim.attempt)
    work = asyncio.create_task(_work(claim))
    keeper = asyncio.create_task(_keep_lease(claim, work))
    _at_work.add(work)
    await asyncio.wait([work])
    _at_work.discard(work)
    keeper.cancel()
    outcome = await _settle(claim, asyncio.CancelledError() if work.cancelled() else work.exception())
    log.info("%s  %s after %.2f s", about, outcome, time.monotonic() - started)


async def _work(claim: Claim) -> None:
    declared = DECLARED[claim.name]
    with jobs.at_work(claim):
        async with asyncio.timeout(declared.minutes * 60):
            await declared(claim.venue, claim.arguments)


async def _keep_lease(claim: Claim, work: asyncio.Task[None]) -> None:
    while True:
        await asyncio.sleep(settings().job_lease / 3)
        try:
            async with tenancy.platform():
                await leases.renew(claim)
        except LostLease:
            work.cancel()
            return
        except Exception as error:
            log.warning("%s  lease not renewed: %s", claim.name, type(error).__name__)


async def _settle(claim: Claim, error: BaseException | None) -> str:
    """Write down how it ended; answers the word for the log."""
    trace = secrets.token_hex(8)
    try:
        async with tenancy.platform():
            match error:
                case None:
                    await leases.finish(claim)
                    return "done"
                case asyncio.CancelledError() if _stopping:
                    await leases.give_back(claim)
                    return "given back"
                case Refusal():
                    await leases.fail(claim, error.code, error.message)
                    return f"refused ({error.code})"
                case Unavailable():
                    state = await leases.retry(claim, "SERVICE_UNAVAILABLE", str(error), trace)
                case _:
                    # A LostLease too: if the job is no longer ours, this raises it once more.
                    message = f"Something broke on our side; quote trace id {trace}."
                    state = await leases.retry(claim, "INTERNAL_SERVER_ERROR", message, trace)
    except LostLease:
        return "lost to another worker"
    log.error("trace %s: %s broke", trace, claim.name, exc_info=error)
    return f"broken, now {state}"
