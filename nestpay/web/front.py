"""The way from an address to a built page: no needless redirect, lasting caches for hashed files, careful headers."""

import os
from functools import cache

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from nestpay.web.i18n import LOCALES, localized
from nestpay.web.register import pages

_LASTING = "public, max-age=31536000, immutable"
_A_DAY = "public, max-age=86400"
_ASK_AGAIN = "no-cache"


def front_door(app: ASGIApp) -> ASGIApp:
    """Wrap the whole server. Must be the last of the app's transformers."""

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        path = scope["path"]
        if path != "/" and not path.endswith("/") and path in _page_paths():
            # The built page is a folder; going there directly saves the visitor a redirect.
            scope = {**scope, "path": f"{path}/", "raw_path": os.fsencode(f"{path}/")}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), path)
            await send(message)

        await app(scope, receive, send_with_headers)

    return door


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
