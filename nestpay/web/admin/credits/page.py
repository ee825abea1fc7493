"""The credit log of all accounts, the newest line first, with totals of whatever is filtered."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.credits.state import PAGE, CreditsDesk, kinds_of
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import bar_of, rows_of, search_bar
from nestpay.web.components.actions import text_link
from nestpay.web.components.forms import choice, field
from nestpay.web.components.surfaces import card, empty, skeleton
from nestpay.web.components.tables import table
from nestpay.web.i18n import current_locale, t
from nestpay.web.shell import page

_RIGHT = "md:text-right"


@page(PAGE, "meta.admin_credits", frame=admin, audience="admin", load=(CreditsDesk.load, CreditsDesk.add_up))
def credit_lines() -> rx.Component:
    state = CreditsDesk
    given = state.given
    return rx.el.div(
        frames.page_head(t("desk.credits.title"), t("desk.credits.text")),
        search_bar(
            t("desk.credits.search"),
            choice("type", t("desk.filter.type"), kinds_of(current_locale()), default_value=given["type"]),
            field("since", t("desk.filter.since"), type="date", default_value=given["since"]),
            field("until", t("desk.filter.until"), type="date", default_value=given["until"]),
            value=given["text"],
            **bar_of(state),
        ),
        rows_of(state, _table(), empty("coins", t("desk.credits.none"), t("desk.none_text")), _totals()),
    )


def _totals() -> rx.Component:
    state = CreditsDesk

    def one(total: Any) -> rx.Component:
        return card(
            rx.el.div(total.name, class_name="text-xs text-faint"),
            rx.el.div(total.value, class_name="mt-1 text-xl font-semibold text-ink tnum"),
            class_name="px-4 py-3",
        )

    return rx.el.div(
        rx.cond(
            state.adding,
            skeleton("h-[4.25rem] w-full"),
            rx.el.div(rx.foreach(state.totals, one), class_name="grid grid-cols-2 gap-3 lg:grid-cols-4"),
        ),
        id="totals",
        class_name="mb-4 min-h-[4.25rem]",
        custom_attrs={"aria-live": "polite"},
    )


def _table() -> rx.Component:
    return table(
        CreditsDesk.rows,
        [
            (t("history.date"), lambda row: row.date, "whitespace-nowrap"),
            (t("desk.orders.customer"), _customer, "md:max-w-56"),
            (t("history.what"), _what),
            (t("history.amount"), _amount, _RIGHT),
            (t("desk.credits.after"), lambda row: row.after, _RIGHT),
        ],
        label=t("desk.credits.title"),
    )


def _customer(row: Any) -> rx.Component:
    return rx.el.a(row.email, href=row.customer, class_name="block truncate text-ink hover:underline")


def _what(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            row.kind,
            rx.cond(row.order != "", rx.el.span(" · ", text_link(t("history.order"), href=row.order))),
            class_name="text-ink",
        ),
        rx.cond(row.detail != "", rx.el.div(row.detail, class_name="text-xs break-words text-faint")),
        class_name="min-w-0",
    )


def _amount(row: Any) -> rx.Component:
    return rx.el.span(row.amount, class_name=rx.cond(row.is_gain, "font-medium text-good-ink", "font-medium text-ink"))
