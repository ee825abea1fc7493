"""Everybody with an account: search, and each one's own page."""

from typing import Any

import reflex as rx

from nestpay.billing.paging import LAST_PAGE
from nestpay.web import frames
from nestpay.web.admin.customers.state import KINDS, PAGE, CustomersDesk
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import search_bar, turner
from nestpay.web.components.actions import text_link
from nestpay.web.components.forms import choice
from nestpay.web.components.surfaces import badge, empty, notice, skeleton_rows
from nestpay.web.components.tables import listing, table
from nestpay.web.i18n import t
from nestpay.web.shell import page


@page(PAGE, "meta.admin_customers", frame=admin, audience="admin", load=(CustomersDesk.load,))
def customers() -> rx.Component:
    state = CustomersDesk
    kinds = {kind: t(f"desk.kind.{kind or 'all'}") for kind in KINDS}
    return rx.el.div(
        frames.page_head(t("desk.customers.title"), t("desk.customers.text")),
        search_bar(
            t("desk.customers.search"),
            choice("kind", t("desk.filter.kind"), kinds, default_value=state.given["kind"]),
            value=state.given["text"],
            is_narrowed=state.is_narrowed,
            form_key=state.form_key + rx.cond(state.loading, "…", ""),
            path=PAGE,
            on_submit=state.search,
        ),
        rx.cond(state.trouble != "", notice(state.trouble, tone="bad", live=True, class_name="mb-5")),
        listing(
            state.loading,
            state.rows,
            _table(),
            skeleton_rows(8),
            empty("users", t("desk.customers.none"), t("desk.none_text")),
        ),
        turner(state.newer, state.older, state.turn, LAST_PAGE),
    )


def _table() -> rx.Component:
    return table(
        CustomersDesk.rows,
        [
            (t("desk.orders.customer"), _who),
            (t("desk.subscriptions.plan"), lambda row: row.plan),
            (t("orders.status"), lambda row: badge(row.state, tone=row.tone)),
            (t("desk.customers.since"), lambda row: row.since, "whitespace-nowrap md:text-right"),
        ],
        label=t("desk.customers.title"),
    )


def _who(row: Any) -> rx.Component:
    return rx.el.div(
        text_link(row.email, href=row.href, class_name="break-all"),
        rx.cond(row.name != "", rx.el.div(row.name, class_name="mt-0.5 text-xs break-words text-faint")),
        class_name="min-w-0",
    )
