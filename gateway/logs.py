"""How the gateway's processes log: one line per event on standard error, like the worker's."""

from typing import Any


def logs(level: str) -> dict[str, Any]:
    """What logging.config.dictConfig takes; uvicorn hands it to each of its processes."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"format": "%(asctime)s %(levelname)-7s %(name)s  %(message)s"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {"tortoise": {"level": "WARNING"}},  # its debug lines hold the values of statements
        "root": {"handlers": ["stderr"], "level": level.upper()},
    }
