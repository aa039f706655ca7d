"""What compiled functions are given: the request, the arguments of fields, and the list of what has to be waited for."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from contextvars import copy_context
from types import CoroutineType, coroutine
from typing import Any

import strawberry
from graphql import Undefined

from resolvers.compiled.leaves import Surprise
from tenants.database import Row

LATER = frozenset({CoroutineType, asyncio.Future, asyncio.Task})
Complete = Callable[[Any, "Run"], Any]


class Run:
    """One attempt at one value. `holes` are the places in the answer, by what they wait for, with what fills them in; `done` the
    rows that were completed already, by function, which other rows may lead to as well."""

    __slots__ = ("arguments", "done", "holes", "info", "tasks")

    def __init__(self, context: Any) -> None:
        self.info = strawberry.Info(_OnlyContext(context), None)  # type: ignore[arg-type]
        self.arguments: list[dict[str, Any]] = []
        self.done: dict[tuple[Complete, int], tuple[Any, Any]] = {}
        self.holes: dict[Any, list[tuple[dict[str, Any], str, Complete]]] = {}
        self.tasks: list[asyncio.Task[Any]] = []

    def wait(self, answer: dict[str, Any], key: str, coming: Any, complete: Complete) -> None:
        """Put what is coming into the answer: now when it is there already, or can be had without waiting.

        A coroutine takes its first step here and goes on as a task of its own if that was not all: most only ask a loader, which
        often has the row. It must therefore not ask which task it is, as asyncio.timeout() does."""
        if type(coming) is CoroutineType:
            context = copy_context()
            try:
                waiting = context.run(coming.send, None)
            except StopIteration as ended:
                answer[key] = complete(ended.value, self)
                return
            if waiting is not None:
                waiting._asyncio_future_blocking = False  # nobody waits for it yet; another coroutine may begin to
            coming = asyncio.get_running_loop().create_task(_resumed(coming, waiting), context=context)
            self.tasks.append(coming)
        elif coming.done():
            answer[key] = complete(coming.result(), self)
            return
        self.holes.setdefault(coming, []).append((answer, key, complete))

    async def fill(self) -> None:
        """Wait for all of it, and for what that asks for in turn. Nothing is left running, whatever is raised."""
        try:
            while self.holes:
                await next(iter(self.holes))
                for come in [each for each in self.holes if each.done()]:  # together, so that they ask loaders together
                    value = come.result()
                    for answer, key, complete in self.holes.pop(come):
                        answer[key] = complete(value, self)
        except Exception:
            await self.settle()
            raise
        except BaseException:  # whoever asked has gone
            for task in self.tasks:
                task.cancel()
            await self.settle()
            raise

    def give_up(self) -> None:
        """Have what is coming come unseen: an exception that nobody asks for is logged, and its words may quote rows."""
        for coming in self.holes:
            coming.add_done_callback(_seen)

    async def settle(self) -> None:
        """Wait until every task has ended, however."""
        if self.tasks:
            await asyncio.gather(*self.tasks, return_exceptions=True)


def _seen(come: asyncio.Future[Any]) -> None:
    if not come.cancelled():
        come.exception()


@coroutine
def _resumed(started: Coroutine[Any, Any, Any], waiting: Any) -> Generator[Any, Any, Any]:
    """The rest of a coroutine that has been stepped to its first wait."""
    if waiting is None:
        yield
    else:
        with suppress(Exception, asyncio.CancelledError):  # the coroutine finds that out for itself
            yield from waiting.__await__()
    return (yield from started.__await__())


class _OnlyContext:
    """All that resolvers below the root ask of graphql-core. Who asks for more, such as the path, is called by graphql-core."""

    __slots__ = ("context",)

    def __init__(self, context: Any) -> None:
        self.context = context

    def __getattr__(self, name: str) -> Any:
        raise Surprise


def known(source: Any, kinds: dict[type, bool], is_type_of: Any, run: Run) -> bool:
    """Whether it is a row, remembered for a class whose objects are neither awaitable nor errors; graphql-core would wait for the
    ones and raise the others. Raises Surprise for those, for what stands for nothing, and for rows of another type."""
    if source is None or source is Undefined or isinstance(source, Exception) or hasattr(source, "__await__"):
        raise Surprise
    by_class = hasattr(is_type_of, "by_class")
    if by_class and not is_type_of(source, run.info._raw_info):
        raise Surprise
    plain = not hasattr(type(source), "__getattr__") and (not by_class or hasattr(type(source), "record"))
    if (row := isinstance(source, Row)) or plain:
        kinds[type(source)] = row
    return row
