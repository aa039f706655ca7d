"""Both contracts as they lie printed in schema/, so that a change of the API is seen in a diff."""

from pathlib import Path

import schema
from resolvers import contracts as made

FOLDER = Path(schema.__file__).parent


def contracts() -> dict[Path, str]:
    """Each file and what must stand in it."""
    return {
        FOLDER / "schema.graphql": made.graphql.as_str() + "\n",
        FOLDER / "storefront.graphql": made.storefront.as_str() + "\n",
    }
