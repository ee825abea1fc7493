"""The parts of a page that show the catalogue, as HTML between two marks: put in when the page is built, and put in
again whenever the catalogue has changed since."""

import re
from collections.abc import Callable

import reflex as rx

from nestpay.billing import catalog
from nestpay.billing.catalog import Catalogue
from nestpay.web.drawn import html_of, raw
from nestpay.web.i18n import building, current_locale

Draw = Callable[[Catalogue], rx.Component]

_MARKED = re.compile(r"<!--shelf:(\w+)-->.*?<!--/shelf-->", re.DOTALL)
_draws: dict[str, Draw] = {}


def draws(name: str) -> Callable[[Draw], Draw]:
    """Register the decorated function as what draws the block of this name."""

    def register(draw: Draw) -> Draw:
        _draws[name] = draw
        return draw

    return register


def place(name: str) -> rx.Component:
    """The place of a block in a page, filled with what the catalogue says now, in the language of the page."""
    locale = current_locale()
    return raw(_marked(name, catalog.public_catalogue(locale), locale))


def block(name: str, catalogue: Catalogue, locale: str) -> str:
    """One block as HTML."""
    with building(locale):
        return html_of(_draws[name](catalogue))


def has_blocks(html: str) -> bool:
    """Whether a page shows the catalogue."""
    return _MARKED.search(html) is not None


def with_new_blocks(html: str, locale: str) -> str:
    """A built page in `locale` with its blocks drawn again from the catalogue of now."""
    catalogue = catalog.public_catalogue(locale)
    names = [name for name in dict.fromkeys(_MARKED.findall(html)) if name in _draws]
    drawn = {name: _marked(name, catalogue, locale) for name in names}
    return _MARKED.sub(lambda found: drawn.get(found.group(1), found.group()), html)


def _marked(name: str, catalogue: Catalogue, locale: str) -> str:
    return f"<!--shelf:{name}-->{block(name, catalogue, locale)}<!--/shelf-->"
