"""The figures of both runs side by side."""

from collections.abc import Iterator

from tests.soak.run import Outcome

COUNTS = ("attempts", "reserved", "committed", "released", "walked away", "hung up", "sent twice at once", "sold at the end")


def table(runs: dict[str, Outcome]) -> str:
    """Lines of text."""
    rows = [("", *runs), *_rows([*runs.values()])]
    widths = [max(len(row[n]) for row in rows) for n in range(len(rows[0]))]
    return "\n".join("  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows)


def _rows(runs: list[Outcome]) -> Iterator[tuple[str, ...]]:
    for name in COUNTS:
        yield name, *(str(run.history.counts[name]) for run in runs)
    for title, counters in (
        ("refused", [run.history.refused for run in runs]),
        ("sent again", [run.history.retried for run in runs]),
        ("meanwhile", [run.trouble for run in runs]),
    ):
        for name in sorted({name for counter in counters for name in counter}):
            yield f"{title}: {name}", *(str(counter[name]) for counter in counters)
    for name in runs[0].sold:
        yield f"sold of {name}", *("{1} of {0}, {2} beyond".format(*run.sold[name]) for run in runs)
    yield "oversold", *(str(run.oversold) for run in runs)
    yield "undersold", *(str(run.undersold) for run in runs)
    for name in runs[0].exceptions:
        yield f"exceptions: {name}", *(str(run.exceptions[name]) for run in runs)
    yield "seconds", *(f"{run.seconds:.0f}" for run in runs)
