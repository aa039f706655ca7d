"""Both contracts and the catalogue of error codes as they lie printed in git, so that a change of the API is seen in a diff."""

from pathlib import Path

import schema
from gateway import changes
from gateway.errors import OF_DOCUMENTS, STATUS
from resolvers import contracts as made
from tenants.errors import CODES

FOLDER = Path(schema.__file__).parent
ERRORS = """# Error codes

Printed from `tenants/errors.py` by `make contracts`. A code never changes its meaning; [api.md](api.md) says where errors stand
in an answer. The status is that of a request refused as a whole; in an answer that has data, and in `userErrors`, it is 200.

| code | what it means | status |
| --- | --- | --- |
"""


FILES = {"graphql": FOLDER / "schema.graphql", "storefront": FOLDER / "storefront.graphql"}


def contracts() -> dict[Path, str]:
    """Each file and what must stand in it."""
    return {
        FILES["graphql"]: made.graphql.as_str() + "\n",
        FILES["storefront"]: made.storefront.as_str() + "\n",
        FOLDER.parent / "docs" / "errors.md": ERRORS + "".join(map(_line, CODES)),
    }


def untold() -> list[changes.Change]:
    """The changes of both contracts since they landed last that schema/changes.jsonl does not tell."""
    texts = contracts()
    return [line for contract, file in FILES.items() for line in changes.unlisted(contract, file, texts[file])]


def _line(code: str) -> str:
    status = "400; 200 with `application/json`" if code in OF_DOCUMENTS else STATUS.get(code, 400)
    return f"| `{code}` | {CODES[code]} | {status} |\n"
