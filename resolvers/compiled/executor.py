"""The executor: compiled functions where there are any, graphql-core for all else and whenever one is surprised."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, ClassVar

from graphql import GraphQLList, GraphQLObjectType, OperationType
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from resolvers.compiled.kept import Compiled, Kept
from resolvers.compiled.run import Run
from resolvers.compiled.whole import Whole
from resolvers.compiled.writer import LeftToCore, Writer

Again = Callable[[], Any]


def executor(*, at_once: bool = False) -> Any:
    """An executor class for one schema and no other: what it compiles is bound to that schema's types. With `at_once` an
    operation is compiled when it is first asked, not when it is asked again."""
    return type("CompiledExecutor", (CompiledExecutor,), {"kept": Kept(at_once=at_once)})


class CompiledExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes objects and lists with a function of their own. What surprises it is completed again by graphql-core, and so is
    all that follows in this operation: errors, their paths and what they null are graphql-core's."""

    kept: ClassVar[Kept]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain = not self.abort_signal and not (self.middleware_manager and self.middleware_manager.middlewares)
        self._plan = self.kept.plan(self) if plain else None
        if self._plan:
            self._relevant_sub_fields = self._plan.sub_fields

    def whole(self) -> Whole | None:
        """The operation as a whole, when it can be compiled: it has one root field, with nothing but ours around its resolver."""
        plan, kind = self._plan, self.operation.operation
        if plan and not plan.tried and kind is not OperationType.SUBSCRIPTION and (root := self.schema.get_root_type(kind)):
            plan.tried = True
            asked = collect_fields(self.schema, self.fragments, self.variable_values, root, self.operation, self.hide_suggestions)
            plan.root, deferred, forbidden = asked
            if len(plan.root) == 1 and not deferred and not forbidden:
                with suppress(LeftToCore):
                    (one,) = plan.root.items()
                    plan.whole = Whole(self, root, *one, Writer(self.schema, self.collect_subfields))
        return plan.whole if plan else None

    def execute_collected_root_fields(
        self, root_type: GraphQLObjectType, root_value: Any, grouped_field_set: GroupedFieldSet, *rest: Any
    ) -> Any:
        """The same with the plan's own lists of fields, by which the compiled functions are found."""
        if self._plan:
            grouped_field_set = self._plan.root = self._plan.root or grouped_field_set
        return super().execute_collected_root_fields(root_type, root_value, grouped_field_set, *rest)

    def complete_object_value(
        self, return_type: GraphQLObjectType, field_details_list: FieldDetailsList, info: Any, path: Any, result: Any, *rest: Any
    ) -> Any:
        """One object."""
        core = super().complete_object_value
        again = partial(core, return_type, field_details_list, info, path, result, *rest)
        return self._completed(return_type, field_details_list, False, result, again)

    def complete_iterable_value(
        self, item_type: Any, field_details_list: FieldDetailsList, info: Any, path: Any, items: Any, *rest: Any
    ) -> Any:
        """A list."""
        core = super().complete_iterable_value
        again = partial(core, item_type, field_details_list, info, path, items, *rest)
        return self._completed(item_type, field_details_list, True, items, again)

    def _completed(self, shown: Any, details: FieldDetailsList, several: bool, value: Any, again: Again) -> Any:
        if self._plan is None:
            return again()
        key = (id(details), id(shown), several)
        if key not in self._plan.compiled:
            self._plan.compiled[key] = self._compile(GraphQLList(shown) if several else shown, details)
        if (compiled := self._plan.compiled[key]) is None:
            self.kept.counts["core"] += 1
            return again()
        run = Run(self.context_value)
        try:
            run.arguments = [each.given(self.variable_values, self.hide_suggestions) for each in compiled.arguments]
            answer = compiled.complete(value, run)
        except Exception:
            return self._surprised(run, again)
        if run.holes:
            return self._filled(run, answer, again)
        self.kept.counts["compiled"] += 1
        return answer

    def _compile(self, shown: Any, details: FieldDetailsList) -> Compiled | None:
        writer = Writer(self.schema, self.collect_subfields)
        try:
            return Compiled(writer.function(shown, details), writer.arguments)
        except LeftToCore:
            return None

    async def _filled(self, run: Run, answer: Any, again: Again) -> Any:
        try:
            await run.fill()
        except Exception:
            surprised = self._surprised(run, again)
            return await surprised if self.is_awaitable(surprised) else surprised
        self.kept.counts["compiled"] += 1
        return answer

    def _surprised(self, run: Run, again: Again) -> Any:
        """graphql-core's answer, once what was begun has ended."""
        self._plan = None
        self.kept.counts["surprised"] += 1
        run.give_up()
        if not run.tasks:
            return again()

        async def settled() -> Any:
            await run.settle()
            found = again()
            return await found if self.is_awaitable(found) else found

        return settled()
