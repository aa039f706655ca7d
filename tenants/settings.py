"""Settings, read once from the environment (FOYER_*) or from `.foyer/env`, which the development servers write."""

from functools import cache
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from tenants.errors import SettingsError

BUDGET = r"^[1-9]\d{0,8}/[1-9]\d{0,8}$"  # how many at a time, and how many come back each second


class Settings(BaseSettings):
    """Every setting of every program. The variable is the field's name in capitals with FOYER_ in front."""

    model_config = SettingsConfigDict(env_prefix="FOYER_", env_file=".foyer/env", extra="ignore", frozen=True)

    database_url: str = Field(pattern=r"^postgres(ql)?://", description="PostgreSQL as the weak application role.")
    database_owner_url: str | None = Field(
        None, pattern=r"^postgres(ql)?://", description="PostgreSQL as the migrating role; only `foyer migrate` needs it."
    )
    redis_url: str = Field(pattern=r"^(rediss?|unix)://", description="Valkey or Redis: the bell of the job queue.")
    environment: Literal["development", "production"] = "production"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    public_url: str | None = Field(None, pattern=r"^https?://", description="Where clients reach the gateway.")
    signing_secrets: str | None = Field(
        None,
        pattern=r"^[^\s,]{32,}(,[^\s,]{32,}){0,2}$",
        description="What links are signed with: up to three texts of 32 characters or more, the first for new ones.",
    )
    storage_url: str | None = Field(
        None,
        pattern=r"^s3(\+http)?://[^/@]+:[^/@]+@[^/@]+/[^/?]+(\?region=[\w-]+)?$",
        description="An S3-compatible store for files, `s3://key:secret@host/bucket?region=…`; else they are in PostgreSQL.",
    )
    database_pool: int = Field(10, ge=1, le=100, description="Connections per process.")
    database_timeout: float = Field(5.0, gt=0, le=120, description="Seconds to wait for a connection.")
    statement_timeout: float = Field(10.0, gt=0, le=600, description="Seconds one statement of a request may run.")
    trusted_proxies: int = Field(0, ge=0, le=5, description="Reverse proxies in front whose X-Forwarded-For is believed.")
    token_minutes: int = Field(60, ge=5, le=1440, description="Minutes an access token is good; then it is refreshed.")
    token_days: int = Field(14, ge=1, le=90, description="Days until a person must sign in again.")
    token_idle_hours: int = Field(12, ge=1, le=336, description="Hours without a request after which they must, too.")
    customer_token_minutes: int = Field(
        120, ge=5, le=1440, description="Minutes a customer stays signed in whom a shop signs in."
    )
    reservation_seconds: int = Field(600, ge=1, le=86_400, description="Seconds that reserved tickets are held for payment.")
    smtp_url: str | None = Field(
        None, pattern=r"^smtps?://[^/]+$", description="The mail server; without one mails are put into `.foyer/mail`."
    )
    console_url: str | None = Field(
        None, pattern=r"^https?://", description="Where the web console is: mails link there, else they hold a code."
    )
    mail_from: str = Field("Foyer <foyer@localhost>", pattern=r"^[^\r\n]+@[^\r\n]+$", description="The sender of mails.")
    job_lease: float = Field(10.0, ge=1, le=300, description="Seconds a worker may be silent before its job is taken over.")
    job_grace: float = Field(10.0, ge=0, le=3600, description="Seconds a worker that is told to stop lets its jobs finish.")
    job_threads: int = Field(4, ge=1, le=64, description="Jobs one worker process runs at a time.")
    budget_stranger: str = Field("1000/50", pattern=BUDGET, description="Points an address without credentials has.")
    budget_shopper: str = Field("10000/500", pattern=BUDGET, description="Points an address has with a venue's publishable key.")
    budget_person: str = Field("20000/1000", pattern=BUDGET, description="Points a person has.")
    budget_key: str = Field("20000/1000", pattern=BUDGET, description="Points a secret key has.")
    budget_venue: str = Field("100000/5000", pattern=BUDGET, description="Points all of a venue have together.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def development(self) -> bool:
        """True on a developer's machine: GraphiQL is served and introspection is open."""
        return self.environment == "development"

    @property
    def signing(self) -> list[str]:
        """The secrets that links are signed with, the one in use first; none when they are not set."""
        return self.signing_secrets.split(",") if self.signing_secrets else []


@cache
def settings() -> Settings:
    """The process's settings. Raises SettingsError with one sentence per wrong variable."""
    try:
        return Settings()  # type: ignore[call-arg]  # filled from the environment
    except ValidationError as wrong:
        raise SettingsError([_sentence(e["loc"], e["type"], e["msg"]) for e in wrong.errors()]) from None


def _sentence(place: tuple[int | str, ...], kind: str, message: str) -> str:
    name = f"FOYER_{str(place[0]).upper()}"
    about = Settings.model_fields[str(place[0])].description or ""
    if kind == "missing":
        return f"{name} is not set. {about} Run `make demo` for servers of your own, or point it at yours."
    return f"{name} is not usable: {message}. {about}".rstrip()
