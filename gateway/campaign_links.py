"""Campaign links in: `GET /c/{token}` counts the click and sends the browser on to the venue's shop, which is told the token."""

import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from gateway import auth
from gateway.budgets import Budgets
from gateway.visits import visit_of
from tenants import campaign_clicks, campaign_tokens, letters
from tenants.errors import Throttled

PRICE = 1  # of the points that an address without credentials has
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # whoever has the address has the offer
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
_PAGE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"}
# Programs that look at a link before or instead of a person: crawlers, previews in chats, scanners of mail.
_NOBODY = re.compile(
    r"(?<!cu)bot\b|crawl|spider|preview|facebookexternalhit|whatsapp|slurp|mediapartners|googleimageproxy|vkshare|iframely|embedly|"
    r"barracuda|proofpoint|mimecast|headless|curl/|wget/|python-|go-http-client|okhttp|axios/|libwww",
    re.IGNORECASE,
)
_AHEAD = ("purpose", "sec-purpose", "x-purpose", "x-moz")  # what browsers say when they only fetch or show ahead


class Links:
    """Where campaign links are followed; each address has the points of a stranger for it."""

    def __init__(self, budgets: Budgets) -> None:
        self.budgets = budgets

    async def follow(self, request: Request) -> Response:
        """On to the shop, before the start of the offer and after its end too: the shop says so. 404 for what leads nowhere,
        without telling why."""
        visit = visit_of(request.scope)
        visit.contract, visit.outcome = "campaign_links", "refused"
        token: str = request.path_params["token"]
        if (told := campaign_tokens.read(token)) is None:
            return _page(request, 404, "link_gone")
        try:
            await self.budgets.take(auth.stranger(request), PRICE)
        except Throttled as throttled:
            return _page(request, 429, "too_many", {"Retry-After": str(throttled.retry_after)})
        shop = await campaign_clicks.follow(told, counts=_is_somebody(request))
        if shop is None:
            return _page(request, 404, "link_gone")
        visit.outcome = "answered"
        return RedirectResponse(_with(shop, token), 302, _HEADERS)


def _is_somebody(request: Request) -> bool:
    agent = request.headers.get("user-agent", "")
    ahead = any(word in request.headers.get(name, "").lower() for name in _AHEAD for word in ("prefetch", "preview", "prerender"))
    return request.method == "GET" and bool(agent) and not ahead and not _NOBODY.search(agent)


def _with(shop: str, token: str) -> str:
    """The shop's address with the token beside what its query says already."""
    parts = urlsplit(shop)
    query = f"{parts.query}&campaign={token}" if parts.query else f"campaign={token}"
    return parts._replace(query=query).geturl()


def _page(request: Request, status: int, kind: str, more: dict[str, str] | None = None) -> Response:
    """A sentence or two in the browser's language."""
    wishes = request.headers.get("accept-language", "").split(",")
    page = letters.write(kind, [wish.partition(";")[0].strip() for wish in wishes])
    return HTMLResponse(page.html, status, {**_HEADERS, **_PAGE, **(more or {})})
