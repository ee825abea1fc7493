"""The register of pages: one call makes a page in three languages, with its frame, its guard and its live updates."""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import reflex as rx
from reflex.event import EventSpec

from nestpay.settings import get_settings
from nestpay.web import host, slots
from nestpay.web.i18n import HTML_LANG, LOCALES, building, localized, t
from nestpay.web.register import Audience, Frame, Page, pages
from nestpay.web.session import LANGUAGE_SETTLED, Session

_path: ContextVar[str] = ContextVar("path of the page being built", default="/")


def page(
    path: str,
    title_key: str,
    *,
    frame: Frame,
    audience: Audience = "public",
    load: tuple[Any, ...] = (),
    live: Any = None,
    listed: bool | None = None,
) -> Callable[[Callable[[], rx.Component]], Callable[[], rx.Component]]:
    """Register the decorated function as the page at `path`, `/zh{path}` and `/fr{path}`.

    `title_key` (and `title_key` with `_about` for the description) name its texts; `frame` draws what is around it;
    `load` are handlers called when it opens, after the header's; `live` is called when something of the user changed;
    `listed` puts it into the sitemap (default: public pages). The audience keeps others from seeing an empty page; the
    data are guarded by the handlers themselves.
    """

    def register(draw: Callable[[], rx.Component]) -> Callable[[], rx.Component]:
        shown = audience == "public" if listed is None else listed
        pages[path] = Page(path, title_key, draw, frame, audience, load, live, shown)
        return draw

    return register


def add_pages(add: Callable[..., None]) -> None:
    """Give every registered page to Reflex, once per language. Raises ValueError for a filled slot that is on no page."""
    slots.refuse_unknown(_name_of(entry) for entry in pages.values())
    for entry in pages.values():
        for locale in LOCALES:
            _add(add, entry, locale)


def _name_of(entry: Page) -> str:
    return entry.title_key.removeprefix("meta.")


def here() -> str:
    """The path of the page being built, without its language."""
    return _path.get()


def _add(add: Callable[..., None], entry: Page, locale: str) -> None:
    def draw() -> rx.Component:
        token = _path.set(entry.path)
        try:
            with building(locale):
                return entry.frame(slots.around(_name_of(entry), entry.draw()))
        finally:
            _path.reset(token)

    # Reflex files what a page shares under its function's module, and every page loads that file whole: with a name of
    # its own for each page and language, a visitor only loads what is on the page.
    draw.__module__ = f"{__name__}.{locale}.{entry.title_key}"

    with building(locale):
        add(
            draw,
            route=localized(entry.path),
            title=host.titled(t(f"{entry.title_key}.title")),
            description=t(f"{entry.title_key}.about"),
            image="favicon.ico" if host.current() else "/favicon.svg",
            on_load=[Session.enter, *entry.load, Session.watch],
            meta=_alternates(entry.path) if entry.listed else [{"name": "robots", "content": "noindex"}],
            context={} if entry.listed else {"sitemap": None},
        )


def _alternates(path: str) -> list[Any]:
    """Tell search engines that the same page speaks other languages."""
    site = get_settings().site_url
    return [
        rx.el.link(rel="alternate", href_lang=HTML_LANG[locale], href=f"{site}{localized(path, locale)}")
        for locale in LOCALES
    ]


def in_language(locale: str) -> EventSpec:
    """Open this very page, with its query, in another language, and do not suggest languages any more."""
    there = localized(here(), locale)
    return rx.call_script(
        f"localStorage.setItem('{LANGUAGE_SETTLED}', '1'); window.location.assign('{there}' + location.search + location.hash)"
    )
