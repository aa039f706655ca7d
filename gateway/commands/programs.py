"""The programs: each on its own, or all of them on one machine."""

from functools import partial

import click


@click.command()
@click.option("--workers", default=1, show_default=True, help="Processes that share the port.")
def serve(workers: int) -> None:
    """Run the gateway: GraphQL over HTTP."""
    import uvicorn

    from gateway.logs import logs
    from tenants.settings import settings

    uvicorn.run(
        "gateway.app:create_app",
        factory=True,
        host=settings().host,
        port=settings().port,
        workers=workers,
        log_config=logs(settings().log_level),
        access_log=False,  # gateway.visits writes a line of its own, without what stands in addresses
        proxy_headers=False,  # FOYER_TRUSTED_PROXIES decides, in gateway.auth
        server_header=False,
        timeout_graceful_shutdown=20,
        ws_max_size=256 * 1024,
        ws_max_queue=8,  # messages of a socket that wait
    )


@click.command()
def work() -> None:
    """Run a worker: the jobs, one after another."""
    from jobs import worker

    worker.main()


@click.command()
def schedule() -> None:
    """Run the scheduler: rings for what is due, now and then. One is enough, more do no harm."""
    from jobs import scheduler

    scheduler.main()


@click.command()
def dev() -> None:
    """Run everything on this machine, with servers of its own."""
    from gateway import development

    development.run()


@click.command()
@click.option(
    "--customers",
    type=click.IntRange(10_000, 5_000_000),
    help="Of all houses together, when they are made. Default and fewest: 10000.",
)
def demo(customers: int | None) -> None:
    """Run everything on this machine, with three invented houses in it."""
    from gateway import demonstration, development

    development.run(partial(demonstration.prepare, customers) if customers else demonstration.prepare)
