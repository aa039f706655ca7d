"""How much one document may ask for. Each fragment is looked at once, so the work grows with the document's length and not with
what it expands to: 22 fragments that each name the next one twice are four million fields, and 66 steps here.
"""

from dataclasses import dataclass, field

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
)

from tenants.errors import Refusal

MOST_TOKENS, MOST_COMMENTS = 2000, 1000
DEEPEST = 15
MOST_ALIASES, MOST_FIELDS, MOST_MUTATIONS = 30, 1000, 10


@dataclass(frozen=True, slots=True)
class Size:
    """What an operation or fragment comes to when its fragments are written out."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    roots: int = 0


def check(document: DocumentNode) -> None:
    """Hold each operation to the limits. Raises QUERY_TOO_COMPLEX, naming the limit and what was found."""
    sizes = Sizes(document)
    for operation in document.definitions:
        if isinstance(operation, OperationDefinitionNode):
            size = sizes.of(operation.selection_set)
            mutations = size.roots if operation.operation is OperationType.MUTATION else 0
            _within(size.depth, DEEPEST, "is {} levels deep")
            _within(size.fields, MOST_FIELDS, "asks for {} fields")
            _within(size.aliases, MOST_ALIASES, "uses {} aliases")
            _within(mutations, MOST_MUTATIONS, "holds {} mutations")


def _within(found: int, most: int, sentence: str) -> None:
    if found > most:
        raise Refusal("QUERY_TOO_COMPLEX", f"The operation {sentence.format(found)}; at most {most} are allowed.")


@dataclass(slots=True)
class _Outline:
    """A selection set without its fragments: its own size, and the fragments named in it with the level they are named at."""

    size: Size
    spreads: list[tuple[str, int]] = field(default_factory=list)


class Sizes:
    """The sizes of one document's parts; `steps` counts the selections looked at. Unknown fragments, and those that close a
    circle, count nothing: the rules of validation refuse them."""

    def __init__(self, document: DocumentNode) -> None:
        self.steps = 0
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._known: dict[str, Size] = {}

    def of(self, selection_set: SelectionSetNode) -> Size:
        """The size of a selection set with all it names."""
        outline = self._outline(selection_set)
        self._learn(outline)
        return self._sum(outline)

    def _learn(self, outline: _Outline) -> None:
        """Size up the fragments an outline leads to, the innermost first. Without recursion: a chain may be long."""
        opened: dict[str, _Outline] = {}
        waiting = [name for name, _ in outline.spreads]
        while waiting:
            name = waiting[-1]
            if name in self._known or name not in self._fragments:
                waiting.pop()
            elif name in opened:
                self._known[name] = self._sum(opened[name])
                waiting.pop()
            else:
                opened[name] = self._outline(self._fragments[name].selection_set)
                waiting += [inner for inner, _ in opened[name].spreads if inner not in opened]

    def _outline(self, selection_set: SelectionSetNode) -> _Outline:
        depth = fields = aliases = roots = 0
        spreads = []
        waiting = [(selection_set, 1)]
        while waiting:
            selections, level = waiting.pop()
            for node in selections.selections:
                self.steps += 1
                if isinstance(node, FieldNode):
                    fields += 1
                    aliases += node.alias is not None
                    roots += level == 1
                    depth = max(depth, level)
                    if node.selection_set:
                        waiting.append((node.selection_set, level + 1))
                elif isinstance(node, InlineFragmentNode):
                    waiting.append((node.selection_set, level))
                elif isinstance(node, FragmentSpreadNode):
                    spreads.append((node.name.value, level))
        return _Outline(Size(depth, fields, aliases, roots), spreads)

    def _sum(self, outline: _Outline) -> Size:
        own = outline.size
        parts = [(self._known.get(name, Size()), level) for name, level in outline.spreads]
        return Size(
            depth=max([own.depth, *(part.depth + level - 1 for part, level in parts)]),
            fields=own.fields + sum(part.fields for part, _ in parts),
            aliases=own.aliases + sum(part.aliases for part, _ in parts),
            roots=own.roots + sum(part.roots for part, level in parts if level == 1),
        )
