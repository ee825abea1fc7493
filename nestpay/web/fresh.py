"""Pages that show the catalogue are served as the catalogue is now, not as it was when they were built.

Each process remembers its pages as bytes and looks at the catalogue's version in the database at most once a second, so
an edit made anywhere is seen everywhere within about a second, without a script.
"""

import asyncio
import gzip
import hashlib
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog
from reflex.utils import prerequisites
from reflex_base import constants
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from nestpay.billing import catalog
from nestpay.web.i18n import LOCALES, locale_of, localized
from nestpay.web.pricing import blocks
from nestpay.web.register import pages

SECONDS_BETWEEN_LOOKS = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Page:
    """A page as it is served; `body` is None for one that shows nothing of the catalogue. `built` is its file's time."""

    version: int
    built: int
    body: bytes | None = None
    packed: bytes = b""
    etag: str = ""


class FreshPages:
    """An ASGI app that answers requests for such pages and hands all others on to `app`."""

    def __init__(self, app: ASGIApp, folder: Path | None = None, seconds: float = SECONDS_BETWEEN_LOOKS) -> None:
        """`folder` is where the built pages are, Reflex's own by default; `seconds` pass between looks at the database."""
        self._app, self._folder, self._seconds = app, folder, seconds
        self._made: dict[str, _Page] = {}
        self._version = 0
        self._looked_at = float("-inf")
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD"):
            path = scope["path"].rstrip("/") or "/"
            if path in _candidates() and (page := await self._page(path)) and page.body is not None:
                await _answer(page, scope)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _page(self, path: str) -> _Page | None:
        """The page with the cards of now, or None for one that was not built."""
        file = self._file(path)
        try:
            built = file.stat().st_mtime_ns
        except OSError:
            return None
        try:
            return await self._of_now(path, file, built)
        except Exception as error:  # noqa: BLE001  a page with old prices is better than none
            log.error("page.not_drawn_again", path=path, error=repr(error))
            return self._made.get(path)

    async def _of_now(self, path: str, file: Path, built: int) -> _Page:
        version = await self._version_of_now()
        known = self._made.get(path)
        if known is None or (known.version, known.built) != (version, built):
            known = self._made[path] = await asyncio.to_thread(_made, file, path, version, built)
        return known

    async def _version_of_now(self) -> int:
        async with self._turn:
            if time.monotonic() - self._looked_at > self._seconds:
                self._version = await asyncio.to_thread(catalog.version)
                self._looked_at = time.monotonic()
        return self._version

    def _file(self, path: str) -> Path:
        folder = self._folder or prerequisites.get_web_dir() / constants.Dirs.STATIC
        return folder / path.strip("/") / "index.html"


def _made(file: Path, path: str, version: int, built: int) -> _Page:
    html = file.read_text(encoding="utf-8")
    if not blocks.has_blocks(html):
        return _Page(version, built)
    body = blocks.with_new_blocks(html, locale_of(path)).encode()
    return _Page(version, built, body, gzip.compress(body), f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def _answer(page: _Page, scope: Scope) -> Response:
    asked = Headers(scope=scope)
    headers = {"etag": page.etag, "vary": "Accept-Encoding"}
    if page.etag in asked.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = page.body
    if "gzip" in asked.get("accept-encoding", ""):
        body, headers["content-encoding"] = page.packed, "gzip"
    return Response(body, headers=headers, media_type="text/html")


@cache
def _candidates() -> frozenset[str]:
    public = [path for path, entry in pages.items() if entry.audience == "public"]
    return frozenset(localized(path, locale) for path in public for locale in LOCALES)
