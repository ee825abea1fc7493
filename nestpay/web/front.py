"""The way from an address to a built page: old and foreign addresses lead on, hashed files last, headers are careful."""

import os
from functools import cache
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nestpay.settings import LOOPBACK_HOSTS, get_settings
from nestpay.web.i18n import LOCALES, locale_of, localized, plain_path
from nestpay.web.register import pages

_LASTING = "public, max-age=31536000, immutable"
_A_DAY = "public, max-age=86400"
_ASK_AGAIN = "no-cache"

# The five documents' own addresses, each with the pages that answer it here: the first one that there is.
ALIASES: dict[str, tuple[str, ...]] = {
    "/accept-seat": ("/seats/accept",),
    "/dashboard/orders": ("/dashboard/admin/orders", "/dashboard/my-orders"),
    "/dashboard/prices": ("/dashboard/admin/plans", get_settings().pricing_path),
    "/pricing": (get_settings().pricing_path,),
    "/subscription": ("/dashboard/subscription",),
}


def front_door(app: ASGIApp) -> ASGIApp:
    """Wrap the whole server. Must be the last of the app's transformers."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        path = scope["path"]
        there = leads_to(scope) if scope["method"] in ("GET", "HEAD") else None
        if there is not None:
            # 307 and no caching: an address may get a page of its own one day.
            await RedirectResponse(there, 307, {"Cache-Control": "no-store"})(scope, receive, send)
            return
        if path != "/" and not path.endswith("/") and path in _page_paths():
            # The built page is a folder; going there directly saves the visitor a redirect.
            scope = {**scope, "path": f"{path}/", "raw_path": os.fsencode(f"{path}/")}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), path)
            await send(message)

        await app(scope, receive, send_with_headers)

    return door


def own_pages_door(app: ASGIApp) -> ASGIApp:
    """The same for our pages only, whatever other pages and addresses there are beside them."""
    careful = front_door(app)

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and (scope["path"].rstrip("/") or "/") in _page_paths()
        await (careful if is_ours else app)(scope, receive, send)

    return door


def leads_to(scope: Scope) -> str | None:
    """Where a request for a page really wants to go, with its query; None when it is right where it is."""
    path, query = scope["path"].rstrip("/") or "/", scope["query_string"].decode("latin-1")
    wanted = _alias(path) or _after_payment(path, query)
    is_page = wanted is not None or path in _page_paths()
    site = _right_site(Headers(scope=scope).get("host", "")) if is_page else ""
    if wanted is None and not site:
        return None
    wanted = wanted or path
    return f"{site}{wanted}" + (f"?{query}" if query and "?" not in wanted else "")


def _alias(path: str) -> str | None:
    plain = plain_path(path)
    if plain in pages or plain not in ALIASES:
        return None
    found = next((page for page in ALIASES[plain] if page in pages), "/")
    return localized(found, locale_of(path))


def _after_payment(path: str, query: str) -> str | None:
    """ScaleRocket's `/dashboard?success=true` and `?canceled=true`, as a payment page would lead back to them."""
    if plain_path(path) != "/dashboard" or not query:
        return None
    given, locale = parse_qs(query), locale_of(path)
    if given.get("canceled") == ["true"]:
        return f"{localized(get_settings().pricing_path, locale)}?canceled=1"
    if given.get("success") != ["true"]:
        return None
    return localized("/payment/success" if "session_id" in given else "/dashboard/my-orders", locale)


def _right_site(host: str) -> str:
    """In the sandbox, `SITE_URL` for a visitor who came by another name of this machine: websockets take that origin only."""
    settings = get_settings()
    if settings.mode != "sandbox" or host == urlsplit(settings.site_url).netloc:
        return ""
    return settings.site_url if _name(host) in LOOPBACK_HOSTS else ""


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


@cache
def _page_paths() -> frozenset[str]:
    return frozenset(localized(path, locale) for path in pages for locale in LOCALES)


def _add_headers(headers: MutableHeaders, path: str) -> None:
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    headers.setdefault("Content-Security-Policy", "frame-ancestors 'none'; base-uri 'self'; object-src 'none'")
    if path.startswith("/assets/"):
        headers.setdefault("Cache-Control", _LASTING)
    elif path.startswith("/fonts/"):
        headers.setdefault("Cache-Control", _A_DAY)
    elif headers.get("content-type", "").startswith("text/html"):
        headers.setdefault("Cache-Control", _ASK_AGAIN)
