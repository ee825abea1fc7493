"""Room for extensions on our pages: above and below the content of each, drawn when the page is built."""

from collections.abc import Callable, Iterable

import reflex as rx

Draw = Callable[[], rx.Component]
PLACES = ("above", "below")

_filled: dict[str, list[Draw]] = {}


def fill(name: str, draw: Draw) -> None:
    """Draw something in a slot such as `overview.below`, after what is there already."""
    _filled.setdefault(name, []).append(draw)


def around(page_name: str, content: rx.Component) -> rx.Component:
    """A page's content with what extensions put above and below it."""
    above, below = (_filled.get(f"{page_name}.{place}") for place in PLACES)
    if not (above or below):
        return content
    return rx.fragment(
        rx.el.div(*(draw() for draw in above), class_name="mb-8 grid gap-6") if above else None,
        content,
        rx.el.div(*(draw() for draw in below), class_name="mt-10 grid gap-6") if below else None,
    )


def refuse_unknown(page_names: Iterable[str]) -> None:
    """Raise ValueError when a filled slot is on no page, so that a misspelled name is found at the start."""
    known = sorted(f"{name}.{place}" for name in page_names for place in PLACES)
    for name in _filled:
        if name not in known:
            raise ValueError(f"There is no slot {name!r}. There are: {', '.join(known)}.")
