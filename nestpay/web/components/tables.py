"""Rows of things: a table on wide screens, small cards on a phone."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from nestpay.web.components.actions import button
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card
from nestpay.web.i18n import t

Column = tuple[str, Callable[[Any], Any]] | tuple[str, Callable[[Any], Any], str]


def table(rows: rx.Var[list[Any]], columns: list[Column], *, label: str) -> rx.Component:
    """A table of `rows`; each column is its title, a function from a row to a cell, and optional extra classes."""
    heads = [
        rx.el.th(column[0], scope="col", class_name=f"px-5 py-3 text-left font-medium {_extra(column)}")
        for column in columns
    ]

    def line(row: Any) -> rx.Component:
        cells = [
            rx.el.td(
                column[1](row), class_name=f"md:px-5 md:py-3.5 {_extra(column)}", custom_attrs={"data-label": column[0]}
            )
            for column in columns
        ]
        return rx.el.tr(*cells, class_name="md:border-t md:border-line md:hover:bg-sunken")

    return rx.el.table(
        rx.el.caption(label, class_name="sr-only"),
        rx.el.thead(rx.el.tr(*heads), class_name="bg-sunken text-xs text-faint"),
        rx.el.tbody(rx.foreach(rows, line)),
        class_name="stack w-full text-sm tnum",
    )


def _extra(column: Column) -> str:
    return column[2] if len(column) > 2 else ""


def listing(
    loading: rx.Var[bool], rows: rx.Var[list[Any]], shown: rx.Component, waiting: rx.Component, nothing: rx.Component
) -> rx.Component:
    """A list in a card: a skeleton while it loads, `nothing` when it has no rows."""
    return card(
        rx.cond(loading, waiting, rx.cond(rows.length() > 0, shown, nothing)),
        class_name="overflow-hidden",
    )


def pager(previous: rx.Var[str], following: rx.Var[str], turn: Any) -> rx.Component:
    """Newer and older. `turn` is a handler that takes the cursor of the page to show."""
    return rx.cond(
        (previous != "") | (following != ""),
        rx.el.nav(
            button(
                icon("arrow-left"), t("pager.newer"), kind="secondary", disabled=previous == "", on_click=turn(previous)
            ),
            button(
                t("pager.older"),
                icon("arrow-right"),
                kind="secondary",
                disabled=following == "",
                on_click=turn(following),
            ),
            class_name="mt-5 flex justify-between",
            custom_attrs={"aria-label": t("pager.label")},
        ),
    )
