"""Moments in a page: written in UTC by the server, and told in the reader's own time zone where scripts run."""

from typing import Any, Literal

import reflex as rx

SCRIPT = "nestpay-times.js"


def when(text: Any, at: Any, kind: Literal["moment", "day"] = "moment") -> rx.Component:
    """`text` says a moment in UTC, `at` is the same as ISO 8601, or "" for none; a `day` is told without its hour."""
    return rx.el.time(text, date_time=at, custom_attrs={"data-told": kind})


def teller() -> rx.Component:
    """The script that tells them, once a page. React puts it into the head, however often it is drawn."""
    return rx.el.script(src=f"/{SCRIPT}", custom_attrs={"async": True})
