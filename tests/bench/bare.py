"""The same gateway without its manners, for the bench alone: nothing is charged, documents are not looked up by hash or id."""

from starlette.applications import Starlette

from gateway.app import create_app as whole


def create_app() -> Starlette:
    """The gateway with its handlers as they were before budgets and persisted documents."""
    app = whole()
    for route in app.routes:
        if handler := getattr(getattr(route, "endpoint", None), "handler", None):
            handler.budgets = handler.persisted = None
    return app
