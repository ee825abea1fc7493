"""All orders: search, filters, totals, and each order's own page one click away."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import bar_of, rows_of, search_bar
from nestpay.web.admin.orders.state import PAGE, OrdersDesk, words_of
from nestpay.web.components.actions import text_link, way_out
from nestpay.web.components.forms import choice, field
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, empty, notice, skeleton
from nestpay.web.components.tables import table
from nestpay.web.i18n import current_locale, t
from nestpay.web.shell import page

_RIGHT = "md:text-right"


@page(PAGE, "meta.admin_orders", frame=admin, audience="admin", load=(OrdersDesk.load, OrdersDesk.add_up))
def orders() -> rx.Component:
    state = OrdersDesk
    return rx.el.div(
        frames.page_head(
            t("desk.orders.title"),
            t("desk.orders.text"),
            way_out(icon("download"), t("desk.orders.csv"), href=state.csv_url, file="orders.csv"),
        ),
        _filters(),
        rows_of(
            state,
            orders_table(state.rows),
            empty("receipt", t("desk.orders.none"), t("desk.none_text")),
            rx.cond(state.notice != "", notice(state.notice, tone="warn", class_name="mb-5")),
            _totals(),
        ),
    )


def _filters() -> rx.Component:
    state = OrdersDesk
    given = state.given
    types, states, sorts = words_of(current_locale())
    return search_bar(
        t("desk.orders.search"),
        choice("status", t("desk.filter.status"), states, default_value=given["status"]),
        choice("type", t("desk.filter.type"), types, default_value=given["type"]),
        choice("plan_id", t("desk.filter.plan"), state.plans, default_value=given["plan_id"]),
        choice("provider", t("desk.filter.provider"), state.providers, default_value=given["provider"]),
        field("since", t("desk.filter.since"), type="date", default_value=given["since"]),
        field("until", t("desk.filter.until"), type="date", default_value=given["until"]),
        field(
            "at_least", t("desk.filter.at_least"), input_mode="decimal", default_value=given["at_least"], max_length=20
        ),
        field("at_most", t("desk.filter.at_most"), input_mode="decimal", default_value=given["at_most"], max_length=20),
        choice("currency", t("desk.filter.currency"), state.currencies, default_value=given["currency"]),
        choice("sort", t("desk.filter.sort"), sorts, default_value=given["sort"]),
        value=given["text"],
        **bar_of(state),
    )


def _totals() -> rx.Component:
    """What comes a moment after the rows, in a place that is kept for it."""
    state = OrdersDesk

    def line(total: Any) -> rx.Component:
        return rx.el.div(
            rx.el.span(total.currency, class_name="font-medium text-ink"),
            rx.el.span(total.count),
            rx.el.span(t("desk.orders.paid"), " ", rx.el.span(total.paid, class_name="font-medium text-ink")),
            rx.el.span(t("desk.orders.back"), " ", rx.el.span(total.refunded, class_name="font-medium text-ink")),
            rx.el.span(t("desk.orders.net"), " ", rx.el.span(total.net, class_name="font-medium text-ink")),
            class_name="flex flex-wrap gap-x-5 gap-y-1",
        )

    return rx.el.div(
        rx.cond(
            state.adding,
            skeleton("h-5 w-full max-w-md"),
            rx.el.div(rx.foreach(state.totals, line), class_name="grid gap-1"),
        ),
        id="totals",
        class_name="mb-3 min-h-5 px-1 text-sm tnum",
        custom_attrs={"aria-live": "polite"},
    )


def orders_table(rows: Any, *, with_customer: bool = True) -> rx.Component:
    """Orders with links to their own pages; on a customer's page without whose they are."""
    whose = [(t("desk.orders.customer"), _customer, "md:max-w-56")] if with_customer else []
    return table(
        rows,
        [
            (t("orders.number"), _number, "whitespace-nowrap"),
            *whose,
            (t("orders.what"), _what),
            (t("orders.status"), lambda row: badge(row.status, tone=row.tone)),
            (t("orders.amount"), _amount, _RIGHT),
        ],
        label=t("desk.orders.title"),
    )


def _number(row: Any) -> rx.Component:
    return rx.el.div(
        text_link(row.number, href=row.href),
        rx.el.div(row.date, class_name="mt-0.5 text-xs text-faint"),
    )


def _customer(row: Any) -> rx.Component:
    return rx.el.a(row.email, href=row.customer, class_name="block truncate text-ink hover:underline")


def _what(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(row.what, class_name="text-ink"),
        rx.el.div(row.kind, class_name="text-xs text-faint"),
        class_name="min-w-0",
    )


def _amount(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(row.amount, class_name="font-medium text-ink"),
        rx.cond(row.refunded != "", rx.el.div(row.refunded, class_name="text-xs text-faint")),
    )
