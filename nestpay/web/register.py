"""Which pages there are and whom they are for: what the session has to know without knowing how a page looks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

from nestpay.billing.gates import Gate
from nestpay.web.i18n import plain_path

Audience = Literal["public", "customer", "admin"]
Frame = Callable[[rx.Component], rx.Component]


@dataclass(frozen=True)
class Page:
    """One page as its module wrote it, before it becomes a route per language."""

    path: str
    title_key: str
    draw: Callable[[], rx.Component]
    frame: Frame
    audience: Audience
    load: tuple[Any, ...]
    live: Any
    listed: bool


@dataclass(frozen=True)
class MenuEntry:
    """A way to a page of an extension, in the side bar of its audience."""

    path: str
    icon: str
    title_key: str
    audience: Audience


pages: dict[str, Page] = {}
gates: dict[str, Gate] = {}
"""By path: what opens a page that not everybody of its audience may use."""
menu: list[MenuEntry] = []
"""What extensions add to the side bars, in their order."""


def audience_of(path: str) -> Audience:
    """Who a path is for; a path that is no page is public."""
    entry = pages.get(plain_path(path))
    return entry.audience if entry else "public"


def live_handler_of(path: str) -> Any:
    """The handler to call when something of the user who looks at `path` has changed, or None."""
    entry = pages.get(plain_path(path))
    return entry.live if entry else None
