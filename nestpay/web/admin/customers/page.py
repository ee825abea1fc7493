"""Everybody with an account: search, and each one's own page."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.customers.state import KINDS, PAGE, CustomersDesk
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import bar_of, rows_of, search_bar
from nestpay.web.components.actions import text_link
from nestpay.web.components.forms import choice
from nestpay.web.components.surfaces import badge, empty
from nestpay.web.components.tables import table
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
            **bar_of(state),
        ),
        rows_of(state, _table(), empty("users", t("desk.customers.none"), t("desk.none_text"))),
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
