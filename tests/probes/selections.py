"""Selection sets made from a contract: everything an object shows, and what it leads to."""

from collections import Counter
from typing import Any

from graphql import get_named_type, is_interface_type, is_leaf_type, is_required_argument

FEW = 5  # rows of each list: lists in lists of lists are many
TWICE = 2  # a type may come twice on one way down: a performance's season's performances. Within itself it counts for two levels


def selection(schema: Any, kind: Any, levels: int, way: Counter[str] | None = None) -> str:
    """Everything a type shows down to so many levels of objects, as a GraphQL selection set."""
    if is_interface_type(kind):
        return "{ __typename id }"
    seen = (way or Counter()) + Counter([kind.name])
    shown = []
    for name, field in kind.fields.items():
        if needed := [argument for argument, about in field.args.items() if is_required_argument(about)]:
            raise LookupError(f"{kind.name}.{name} asks for {needed[0]}: say in tests/probes/selections.py what to give it")
        inner = get_named_type(field.type)
        if is_leaf_type(inner):
            shown.append(name)
        elif name == "edges":
            shown.append("edges { cursor node { id } }")
        elif seen[kind.name] == TWICE and is_small(inner):
            continue  # the same the second time, and there is a limit to how many fields one question may have
        elif seen[inner.name] < TWICE and (deeper := levels - 1 + is_wrapper(inner) - aside(kind, inner, way)) >= 0:
            page = f"(first: {FEW})" if "first" in field.args else ""
            shown.append(f"{name}{page} {selection(schema, inner, deeper, seen)}")
    return f"{{ {' '.join(shown or ['__typename'])} }}"


def is_small(kind: Any) -> bool:
    """Amounts, translations, values of own fields and the like."""
    return is_wrapper(kind) and not kind.name.endswith("Connection")


def aside(kind: Any, inner: Any, way: Counter[str] | None) -> int:
    """The levels that an object counts more: within its own kind, or on the way down as what a value or the like is of."""
    return int(inner is kind) + 2 * (way is not None and is_small(kind) and not is_wrapper(inner))


def is_wrapper(kind: Any) -> bool:
    """Connections, amounts and the like, which are no objects of their own."""
    return "id" not in kind.fields
