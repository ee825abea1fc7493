"""Where credits came from and where they went, line by line."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.components.actions import text_link, way_out
from nestpay.web.components.icons import icon
from nestpay.web.components.tables import pager
from nestpay.web.dashboard.credits.parts import balances, tabs
from nestpay.web.dashboard.credits.state import CreditsState
from nestpay.web.dashboard.tables import credits_table
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS


@page(
    "/dashboard/credit-history",
    "meta.history",
    frame=frames.customer,
    audience="customer",
    load=(CreditsState.load,),
    live=CreditsState.again,
)
def credit_history() -> rx.Component:
    state = CreditsState
    export = way_out(icon("download"), t("history.export"), href="/api/credits/history.csv", file="credit-history.csv")
    return rx.el.div(
        frames.page_head(t("history.title"), t("history.text"), export),
        tabs(),
        balances(),
        credits_table(state.rows, state.loading, _opener, _lineage),
        pager(state.newer, state.older, state.turn),
    )


def _opener(row: Any) -> rx.Component:
    is_open = CreditsState.opened == row.id
    return rx.el.button(
        icon("chevron-down", rx.cond(is_open, "size-3.5 rotate-180", "size-3.5")),
        type="button",
        on_click=CreditsState.open_line(row.id),
        class_name=f"ml-1.5 inline-grid size-6 place-items-center rounded align-middle text-faint hover:text-ink {FOCUS}",
        custom_attrs={"aria-expanded": is_open, "aria-label": t("history.open")},
    )


def _lineage(row: Any) -> rx.Component:
    """Which lots the line touched."""
    state = CreditsState
    parts = rx.foreach(
        state.touched,
        lambda part: rx.el.li(
            rx.el.span(part.amount, class_name="font-medium text-ink tnum"),
            " ",
            text_link(part.source, href=localized("/dashboard/credits") + "#lot-" + part.lot_id),
        ),
    )
    return rx.cond(state.opened == row.id, rx.el.ul(parts, class_name="rise mt-1 grid gap-1 text-xs"))
