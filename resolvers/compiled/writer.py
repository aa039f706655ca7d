"""Writes the Python function that completes a selection: a dict of what is asked, in its order, or an exception."""

from collections.abc import Callable
from keyword import iskeyword
from typing import Any

from graphql import GraphQLField, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, get_nullable_type, is_leaf_type
from graphql.execution.collect_fields import CollectedFields, FieldDetails, FieldDetailsList
from strawberry.schema import schema_converter
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from resolvers.compiled import run
from resolvers.compiled.arguments import Arguments
from resolvers.compiled.leaves import VALUES, Surprise, as_it_is, surprise, writing
from tenants.database import Row

MOST_FIELDS = 2_000  # fragments within fragments can spell out more than anybody means
Collect = Callable[[GraphQLObjectType, FieldDetailsList], CollectedFields]


class LeftToCore(Exception):
    """Something is selected that is not compiled."""


class Writer:
    """Writes one function and those it calls. `arguments` are those of the fields that take some, in the order of
    Run.arguments."""

    def __init__(self, schema: GraphQLSchema, collect: Collect) -> None:
        self.arguments: list[Arguments] = []
        self._schema, self._collect, self._asked, self._functions = schema, collect, 0, 0
        self._text: list[str] = []
        self._names: dict[str, Any] = {
            "Row": Row,
            "VALUES": VALUES,
            "LATER": run.LATER,
            "known": run.known,
            "surprise": surprise,
            "Surprise": Surprise,
        }

    def function(self, shown: Any, details: FieldDetailsList) -> run.Complete:
        """The function that completes a value of a type. Raises LeftToCore."""
        name = self._completing(shown, details)
        exec("\n".join(self._text), self._names)  # noqa: S102  # names of fields are GraphQL's, all else is ours
        complete: run.Complete = self._names[name]
        return complete

    def _completing(self, shown: Any, details: FieldDetailsList, *, once: bool = False) -> str:
        """A function that completes a value; with `once` the same row is completed once for all places that show it."""
        name, expression = self._new(), self._value("v", shown, details)
        lines = [f"def {name}(v, run):", f"  return {expression}"]
        if once and isinstance(get_nullable_type(shown), GraphQLObjectType):
            lines = [
                f"def {name}(v, run):",
                "  if not isinstance(v, Row):",
                f"    return {expression}",
                f"  if (done := run.done.get(({name}, id(v)))) is None:",
                f"    done = run.done[{name}, id(v)] = ({expression}, v)",
                "  return done[0]",
            ]
        self._text.append("\n".join(lines))
        return name

    def _value(self, v: str, shown: Any, details: FieldDetailsList) -> str:
        """The expression that completes `v`. What is non-null and None raises in it."""
        if isinstance(shown, GraphQLNonNull):
            return self._present(v, shown.of_type, details)
        expression = self._present(v, shown, details)
        return f"(None if {v} is None else {expression})"

    def _present(self, v: str, shown: Any, details: FieldDetailsList) -> str:
        if isinstance(shown, GraphQLList):
            return f"[{self._value('x', shown.of_type, details)} for x in ({v} if type({v}) is list else surprise({v}))]"
        if isinstance(shown, GraphQLObjectType):
            return f"{self._object(shown, details)}({v}, run)"
        if not is_leaf_type(shown):
            raise LeftToCore  # which type it is depends on the value
        if certain := as_it_is(shown):
            return f"({v} if {certain.format(v=v)} else surprise({v}))"
        if getattr(shown, "coerce_output_value", None) is str:  # a text in any case
            return f"(str({v}) if type({v}) in VALUES else surprise({v}))"
        return f"{self._bound('write', writing(shown))}({v})"

    def _object(self, shown: GraphQLObjectType, details: FieldDetailsList) -> str:
        grouped, deferred, forbidden = self._collect(shown, details)
        self._asked += len(grouped)
        if deferred or forbidden or self._asked > MOST_FIELDS:
            raise LeftToCore
        is_it, kinds = self._bound("is_it", shown.is_type_of), self._bound("kinds", {})
        lines = [f"  if (row := {kinds}.get(type(s))) is None: row = known(s, {kinds}, {is_it}, run)"]
        if shown.is_type_of and not hasattr(shown.is_type_of, "by_class"):
            lines.append(f"  if not {is_it}(s, run.info._raw_info): raise Surprise")
        plain: dict[str, str] = {}
        parts, calls = [], []
        for key, asked in grouped.items():
            if asked[0].node.name.value == "__typename":
                parts.append(f"{key!r}: {shown.name!r}")
                continue
            field, definition = definition_of(shown, asked[0])
            if definition.extensions:
                raise LeftToCore
            if definition.base_resolver is None:
                v = plain.setdefault(definition.python_name, f"a{len(plain)}")
                parts.append(f"{key!r}: {self._value(v, field.type, asked)}")
            else:
                parts.append(f"{key!r}: None")
                calls.append(self._call(key, field, definition, asked))
        name = self._new()
        text = [f"def {name}(s, run):", *lines, *_read(plain), f"  answer = {{{', '.join(parts)}}}", *calls, "  return answer"]
        self._text.append("\n".join(text))
        return name

    def _call(self, key: str, field: GraphQLField, definition: StrawberryField, asked: FieldDetailsList) -> str:
        """The lines that ask a resolver. It is always called, so whatever it checks is checked."""
        resolver: Any = definition.base_resolver
        given = ["s"] if resolver.self_parameter else []
        given += [f"{p.name}=s" for p in (resolver.parent_parameter, resolver.root_parameter) if p]
        given += [f"{p.name}=run.info" for p in (resolver.info_parameter,) if p]
        if field.args or asked[0].node.arguments:
            given.append(f"**run.arguments[{len(self.arguments)}]")
            self.arguments.append(Arguments(self._schema, field, definition, asked[0]))
        call = f"{self._bound('resolve', resolver.wrapped_func)}({', '.join(given)})"
        complete = self._completing(field.type, asked, once=True)
        at_once = self._value("v", field.type, asked) if is_leaf_type(get_nullable_type(field.type)) else f"{complete}(v, run)"
        return (
            f"  v = {call}\n  if type(v) in LATER: run.wait(answer, {key!r}, v, {complete})\n  else: answer[{key!r}] = {at_once}"
        )

    def _new(self) -> str:
        self._functions += 1
        return f"f{self._functions}"

    def _bound(self, prefix: str, value: Any) -> str:
        name = f"{prefix}{len(self._names)}"
        self._names[name] = value
        return name


def definition_of(shown: GraphQLObjectType, asked: FieldDetails) -> tuple[GraphQLField, StrawberryField]:
    """The field and what strawberry knows of it. Raises LeftToCore where anything but extensions stands between it and its
    resolver, such as a permission class or a resolver that was put around it."""
    field = shown.fields.get(asked.node.name.value)
    definition = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF) if field else None
    code = getattr(field.resolve, "__code__", None) if field else None
    if (
        field is None
        or type(definition) is not StrawberryField
        or definition.default_resolver is not getattr
        or not definition.python_name.isidentifier()
        or iskeyword(definition.python_name)
        or asked.fragment_variable_values is not None
        or code is None
        or code.co_filename != schema_converter.__file__
    ):
        raise LeftToCore
    return field, definition


def _read(plain: dict[str, str]) -> list[str]:
    """The attributes into variables. A row's columns are read as such: three times faster, and the same."""
    if not plain:
        return []
    columns = [f"{v} = s.{name}" if hasattr(Row, name) or name == "record" else f"{v} = s[{name!r}]" for name, v in plain.items()]
    attributes = [f"{v} = s.{name}" for name, v in plain.items()]
    return ["  if row:", f"    {'; '.join(columns)}", "  else:", f"    {'; '.join(attributes)}"]
