"""Where credits came from and where they went, line by line."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.components.actions import link_button, text_link
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
    export = link_button(
        icon("download"),
        t("history.export"),
        href="/api/credits/history.csv",
        kind="secondary",
        custom_attrs={"download": "credit-history.csv"},
    )
    return rx.el.div(
        frames.page_head(t("history.title"), t("history.text"), export),
        tabs(),
        balances(),
        credits_table(state.rows, state.loading, _lineage),
        pager(state.newer, state.older, state.turn),
    )


def _lineage(row: Any) -> rx.Component:
    """Which lots the line touched, shown when asked for."""
    state = CreditsState
    is_open = state.opened == row.id
    return rx.el.div(
        rx.el.button(
            rx.cond(is_open, t("history.close"), t("history.open")),
            icon("chevron-down", "size-3"),
            type="button",
            on_click=state.open_line(row.id),
            class_name=f"inline-flex min-h-6 items-center gap-1 rounded text-xs text-faint hover:text-ink {FOCUS}",
            custom_attrs={"aria-expanded": is_open},
        ),
        rx.cond(
            is_open,
            rx.el.ul(
                rx.foreach(
                    state.touched,
                    lambda part: rx.el.li(
                        rx.el.span(part.amount, class_name="font-medium text-ink tnum"),
                        " ",
                        text_link(part.source, href=localized("/dashboard/credits") + "#lot-" + part.lot_id),
                    ),
                ),
                class_name="rise mt-1 grid gap-1 text-xs",
            ),
        ),
    )
