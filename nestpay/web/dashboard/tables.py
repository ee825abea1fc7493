"""The two tables of the dashboard, which the overview shows in short."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web.components.actions import link_button, text_link
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, empty, skeleton_rows
from nestpay.web.components.tables import listing, table
from nestpay.web.components.times import when
from nestpay.web.dashboard.rows import CreditLine, OrderLine
from nestpay.web.i18n import localized, t

Drawing = Callable[[Any], rx.Component]

_RIGHT = "md:text-right"


def orders_table(rows: rx.Var[list[OrderLine]], loading: rx.Var[bool]) -> rx.Component:
    """Orders with amount, status and their invoice."""
    shown = table(
        rows,
        [
            (t("orders.number"), lambda row: rx.el.span(row.number, class_name="font-medium text-ink")),
            (t("orders.date"), lambda row: when(row.date, row.at, "day"), "whitespace-nowrap"),
            (t("orders.what"), _order_text),
            (t("orders.status"), lambda row: badge(row.status, tone=row.tone)),
            (t("orders.credits"), lambda row: row.credits, _RIGHT),
            (t("orders.amount"), lambda row: rx.el.span(row.amount, class_name="font-medium text-ink"), _RIGHT),
            (t("orders.document"), _document, _RIGHT),
        ],
        label=t("orders.title"),
    )
    nothing = empty("receipt", t("orders.empty.title"), t("orders.empty.text"), _to_plans())
    return listing(loading, rows, shown, skeleton_rows(), nothing)


def credits_table(
    rows: rx.Var[list[CreditLine]], loading: rx.Var[bool], opener: Drawing | None = None, detail: Drawing | None = None
) -> rx.Component:
    """Lines of the ledger with both balances. `opener` draws a row's button, and `detail` what it opens."""
    shown = table(
        rows,
        [
            (t("history.date"), lambda row: when(row.date, row.at), "whitespace-nowrap"),
            (t("history.what"), lambda row: _credit_text(row, opener, detail)),
            (t("history.amount"), _credit_amount, _RIGHT),
            (t("history.subscription_after"), lambda row: row.subscription_after, _RIGHT),
            (t("history.one_time_after"), lambda row: row.one_time_after, _RIGHT),
        ],
        label=t("history.title"),
    )
    nothing = empty("coins", t("history.empty.title"), t("history.empty.text"), _to_plans())
    return listing(loading, rows, shown, skeleton_rows(), nothing)


def _order_text(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(row.description, class_name="text-ink"),
        rx.el.div(row.kind, class_name="text-xs text-faint"),
        class_name="min-w-0",
    )


def _document(row: Any) -> rx.Component:
    return rx.cond(
        row.document != "",
        text_link(
            t("orders.open"),
            icon("external", "ml-1 inline size-3.5"),
            rx.el.span(" " + row.number, class_name="sr-only"),
            href=row.document,
            target="_blank",
            rel="noopener",
            class_name="whitespace-nowrap",
        ),
        rx.el.span("–", class_name="text-faint"),
    )


def _credit_text(row: Any, opener: Drawing | None, detail: Drawing | None) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            row.kind,
            rx.cond(
                row.order_id != "",
                rx.el.span(
                    " · ",
                    text_link(t("history.order"), href=localized("/dashboard/my-orders") + "#" + row.order_id),
                ),
            ),
            opener(row) if opener else None,
            class_name="text-ink",
        ),
        rx.cond(row.note != "", rx.el.div(row.note, class_name="text-xs text-faint")),
        detail(row) if detail else None,
        class_name="min-w-0",
    )


def _credit_amount(row: Any) -> rx.Component:
    return rx.el.span(
        row.amount,
        class_name=rx.cond(row.is_gain, "font-medium text-good-ink", "font-medium text-ink"),
    )


def _to_plans() -> rx.Component:
    return link_button(t("nav.see_plans"), href=localized(get_settings().pricing_path), kind="secondary")
