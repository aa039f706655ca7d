"""GraphiQL for development, from files of our own: it works without the internet and sends nothing there."""

import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parent / "static"
_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:"
_PAGE = """<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Foyer {name}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/static/graphiql/graphiql.min.css">
    <link rel="stylesheet" href="/static/page.css">
  </head>
  <body>
    <div id="graphiql">Loading …</div>
    <script src="/static/graphiql/react.production.min.js"></script>
    <script src="/static/graphiql/react-dom.production.min.js"></script>
    <script src="/static/graphiql/graphiql.min.js"></script>
    <script src="/static/page.js"></script>
  </body>
</html>
"""


def wanted(request: Request) -> bool:
    """Whether a person with a browser opens the address; what it asks then stands in the editor."""
    accepts_html = re.search(r"\btext/html\b", request.headers.get("accept", ""))
    return request.method == "GET" and bool(accepts_html)


def page(name: str) -> Response:
    """GraphiQL, asking the address it was opened at. Tokens and keys go into its Headers tab."""
    return HTMLResponse(_PAGE.format(name=name), headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"})


def files() -> Mount:
    """The route of the page's files."""
    return Mount("/static", StaticFiles(directory=FOLDER))
