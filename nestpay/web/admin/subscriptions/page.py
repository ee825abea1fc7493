"""All subscriptions: search, filters, how many there are, and each one's own page."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import bar_of, rows_of, search_bar
from nestpay.web.admin.subscriptions.state import PAGE, SubscriptionsDesk, words_of
from nestpay.web.components.actions import text_link
from nestpay.web.components.forms import choice
from nestpay.web.components.surfaces import badge, empty, skeleton
from nestpay.web.components.tables import table
from nestpay.web.i18n import current_locale, t
from nestpay.web.shell import page


@page(
    PAGE,
    "meta.admin_subscriptions",
    frame=admin,
    audience="admin",
    load=(SubscriptionsDesk.load, SubscriptionsDesk.count),
)
def subscriptions() -> rx.Component:
    state = SubscriptionsDesk
    nothing = empty("repeat", t("desk.subscriptions.none"), t("desk.none_text"))
    return rx.el.div(
        frames.page_head(t("desk.subscriptions.title"), t("desk.subscriptions.text")),
        _filters(),
        rows_of(state, subscriptions_table(state.rows), nothing, _counts()),
    )


def _counts() -> rx.Component:
    state = SubscriptionsDesk
    return rx.el.div(
        rx.cond(
            state.counting,
            skeleton("h-6 w-full max-w-md"),
            rx.el.div(rx.foreach(state.counts, lambda text: badge(text)), class_name="flex flex-wrap gap-2"),
        ),
        id="totals",
        class_name="mb-3 min-h-6 px-1 text-sm tnum",
        custom_attrs={"aria-live": "polite"},
    )


def _filters() -> rx.Component:
    state = SubscriptionsDesk
    states, sorts = words_of(current_locale())
    given = state.given
    return search_bar(
        t("desk.subscriptions.search"),
        choice("status", t("desk.filter.status"), states, default_value=given["status"]),
        choice("plan_id", t("desk.filter.plan"), state.plans, default_value=given["plan_id"]),
        choice("provider", t("desk.filter.provider"), state.providers, default_value=given["provider"]),
        choice("sort", t("desk.filter.sort"), sorts, default_value=given["sort"]),
        value=given["text"],
        **bar_of(state),
    )


def subscriptions_table(rows: Any, *, with_customer: bool = True) -> rx.Component:
    """Subscriptions with links to their own pages; on a customer's page without whose they are."""
    whose = [(t("desk.orders.customer"), _customer, "md:max-w-56")] if with_customer else []
    return table(
        rows,
        [
            (t("desk.subscriptions.plan"), _plan),
            *whose,
            (t("orders.status"), lambda row: badge(row.status, tone=row.tone)),
            (t("desk.subscriptions.began"), lambda row: row.began, "whitespace-nowrap"),
            (t("desk.subscriptions.next"), lambda row: row.next, "whitespace-nowrap"),
        ],
        label=t("desk.subscriptions.title"),
    )


def _plan(row: Any) -> rx.Component:
    return rx.el.div(
        text_link(row.plan, href=row.href),
        rx.el.div(row.price, class_name="mt-0.5 text-xs text-faint"),
    )


def _customer(row: Any) -> rx.Component:
    return rx.el.a(row.email, href=row.customer, class_name="block truncate text-ink hover:underline")
