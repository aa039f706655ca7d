"""Every periodic job, in one table."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from apscheduler.triggers.cron import CronTrigger


@dataclass(frozen=True, slots=True)
class Periodic:
    """A platform job and when it runs: minute, hour, day, month, weekday as in crontab, weekdays by name (mon-fri)."""

    name: str
    cron: str
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if any(c.isdigit() for c in self.cron.split()[-1]):  # APScheduler counts from Monday, crontab from Sunday
            raise ValueError(f"{self.name}: write weekdays by name")

    def next_after(self, moment: datetime) -> datetime:
        """When it is next due. A time the clocks skip in spring counts an hour later; one they repeat in autumn counts once,
        unless the job runs every hour anyway."""
        zone, hourly = ZoneInfo(self.time_zone), self.cron.split()[1].startswith("*")
        trigger = CronTrigger.from_crontab(self.cron, zone)
        due: datetime = moment.astimezone(zone)
        while True:
            due = trigger.get_next_fire_time(due, due)
            if hourly or not due.fold:
                return due


PERIODIC = (
    Periodic("purchases.expire", "*/10 * * * *"),
    Periodic("housekeeping.sign_in_attempts", "*/10 * * * *"),
    Periodic("housekeeping.password_resets", "7 * * * *"),
    Periodic("housekeeping.sessions", "27 * * * *"),
    Periodic("housekeeping.customer_tokens", "37 * * * *"),
    Periodic("housekeeping.customer_codes", "12 * * * *"),
    Periodic("housekeeping.finished_jobs", "17 2 * * *"),
    Periodic("housekeeping.idempotency_keys", "7 * * * *"),
    Periodic("housekeeping.files", "47 2 * * *"),
    Periodic("facts.refresh", "17 3 * * *"),
    Periodic("flags.evaluate", "47 3 * * *"),
)
