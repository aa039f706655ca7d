"""Marks on the fields of the core's dataclasses, from which the API, its descriptions and the import columns are derived."""

from dataclasses import dataclass

from typing_extensions import Doc

__all__ = ["Choice", "Doc", "Of"]


@dataclass(frozen=True)
class Of:
    """The kind of object a UUID points at, such as `Of("Hall")`."""

    kind: str


class Choice:
    """A fixed set of words with their meanings; an enum in the API. The options are one of the core's dicts."""

    def __init__(self, name: str, options: dict[str, str], description: str) -> None:
        self.name, self.options, self.description = name, options, description
