"""Figures for Prometheus, one registry per application."""

from collections.abc import Callable, Iterator, Mapping
from functools import cache

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from tenants import database

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """What is counted. `contract` is graphql or storefront, `operation` query, mutation or none."""

    def __init__(self, selections: Mapping[str, Mapping[str, int]] | None = None) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(_Selections(selections or {}))
        self.requests = Counter(
            "foyer_requests",
            "GraphQL requests: answered, answered with errors in it, refused, failed, or gone before the answer.",
            ["contract", "operation", "outcome"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "foyer_request_seconds", "How long they took.", ["contract", "operation"], buckets=SECONDS, registry=self.registry
        )
        self.documents = Counter(
            "foyer_document_cache",
            "Documents looked up in the cache: hit or miss.",
            ["contract", "outcome"],
            registry=self.registry,
        )
        in_use = Gauge(
            "foyer_database_connections_in_use", "Connections of the pool that serve a request.", registry=self.registry
        )
        in_use.set_function(lambda: database.usage()[0])
        most = Gauge("foyer_database_connections_most", "Connections the pool may open.", registry=self.registry)
        most.set_function(lambda: database.usage()[1])

        # Looking a series up takes longer than counting in it, and there are a few dozen.
        self._requests, self._seconds = cache(self.requests.labels), cache(self.seconds.labels)
        self.subscriptions = Gauge("foyer_subscriptions", "Subscriptions that are followed now.", registry=self.registry)

    def note(self, contract: str, operation: str, outcome: str, seconds: float) -> None:
        """Count a request that is over."""
        self._requests(contract, operation, outcome).inc()
        self._seconds(contract, operation).observe(seconds)

    def lookups(self, contract: str) -> Callable[[str], None]:
        """Where the document cache of a contract counts its hits and misses."""
        series = {outcome: self.documents.labels(contract, outcome) for outcome in ("hit", "miss")}
        return lambda outcome: series[outcome].inc()

    async def show(self, request: Request) -> Response:
        """GET /metrics."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)


class _Selections(Collector):
    """By contract, what resolvers/compiled has counted in this process."""

    def __init__(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        self.counts = counts

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Read when somebody asks."""
        found = CounterMetricFamily(
            "foyer_selections",
            "Objects and lists in answers: compiled, surprised (compiled, then done again by graphql-core), or core (by "
            "graphql-core alone); new counts operations asked for the first time.",
            labels=["contract", "outcome"],
        )
        for contract, outcomes in self.counts.items():
            for outcome, count in outcomes.items():
                found.add_metric([contract, outcome], count)
        yield found
