"""One customer's page: who they are, what they hold and why, their money, and all that they left behind."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.customers.acts import acts_part, frozen_notice
from nestpay.web.admin.customers.acts_state import CustomerActs
from nestpay.web.admin.customers.one_state import CustomerPage
from nestpay.web.admin.customers.state import PAGE
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import mono, nothing, part
from nestpay.web.admin.orders.one import pairs
from nestpay.web.admin.orders.page import orders_table
from nestpay.web.admin.places import CUSTOMER
from nestpay.web.admin.subscriptions.page import subscriptions_table
from nestpay.web.components.actions import text_link
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, meter, skeleton_rows
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page


@page(
    CUSTOMER,
    "meta.admin_customer",
    frame=admin,
    audience="admin",
    load=(CustomerPage.load, CustomerActs.open, CustomerPage.explain),
)
def customer() -> rx.Component:
    return rx.el.div(
        frames.back_link(PAGE, t("desk.customers.title")),
        rx.match(
            CustomerPage.stage,
            ("loading", card(skeleton_rows(8))),
            ("missing", card(empty("users", t("desk.missing"), t("desk.missing_text")))),
            _customer(),
        ),
    )


def _customer() -> rx.Component:
    found = CustomerPage.customer
    return rx.el.div(
        _head(found),
        frozen_notice(),
        rx.el.div(
            rx.el.div(
                _access(),
                _subscriptions(found),
                _orders(found),
                _lots(),
                _traces(t("desk.customer.events"), found.events),
                _traces(t("desk.customer.mails"), found.mails),
                class_name="grid min-w-0 gap-5",
            ),
            rx.el.div(
                part(t("desk.customer.credits"), pairs(found.credits)),
                acts_part(),
                part(t("desk.customer.profile"), pairs(found.facts)),
                _providers(found),
                _traces(t("desk.customer.browsers"), found.browsers),
                _traces(t("desk.audit"), found.audit),
                class_name="grid min-w-0 content-start gap-5",
            ),
            class_name="grid gap-5 lg:grid-cols-[minmax(0,1fr)_23rem] lg:items-start",
        ),
    )


def _head(found: Any) -> rx.Component:
    title = rx.cond(found.name != "", found.name, found.email)
    return rx.el.div(
        rx.el.div(
            rx.el.h1(title, class_name="text-2xl font-semibold break-words"),
            badge(found.state, tone=found.tone),
            rx.cond(found.plan != "", badge(found.plan, tone="accent")),
            class_name="flex flex-wrap items-center gap-3",
        ),
        rx.el.p(found.email, " · ", mono(CustomerPage.text), class_name="mt-1 text-sm break-all"),
        class_name="mb-6 min-w-0",
    )


def _reason(each: Any) -> rx.Component:
    yes = rx.el.span(
        icon("check", "size-3.5"), rx.el.span(t("desk.yes"), class_name="sr-only"), class_name="text-good-ink"
    )
    no = rx.el.span(icon("x", "size-3.5"), rx.el.span(t("desk.no"), class_name="sr-only"), class_name="text-bad-ink")
    return rx.el.li(
        rx.el.div(rx.cond(each.is_yes, yes, no), class_name="mt-0.5"),
        rx.el.div(
            rx.cond(
                each.href != "",
                text_link(each.text, href=each.href),
                rx.el.span(each.text, class_name="font-medium text-ink"),
            ),
            rx.el.div(each.detail, class_name="mt-0.5 text-xs text-faint"),
            class_name="min-w-0",
        ),
        class_name="flex gap-3 py-2.5 text-sm",
    )


def _access() -> rx.Component:
    state = CustomerPage
    return part(
        t("desk.customer.access"),
        rx.cond(
            state.explaining,
            skeleton_rows(2),
            rx.el.div(
                rx.cond(
                    state.reasons.length() > 0,
                    rx.el.ul(rx.foreach(state.reasons, _reason), class_name="divide-y divide-line"),
                    nothing(t("desk.customer.no_subscription")),
                ),
                rx.cond(
                    state.things.length() > 0,
                    rx.el.ul(
                        rx.foreach(state.things, _reason),
                        class_name="mt-2 grid gap-x-6 border-t border-line pt-1 sm:grid-cols-2",
                    ),
                ),
                id="access",
            ),
        ),
    )


def _subscriptions(found: Any) -> rx.Component:
    shown = subscriptions_table(found.subscriptions, with_customer=False)
    return _listed(
        t("desk.subscriptions.title"), found.subscriptions, shown, t("desk.subscriptions.none"), "subscriptions"
    )


def _orders(found: Any) -> rx.Component:
    shown = orders_table(found.orders, with_customer=False)
    return _listed(t("desk.orders.title"), found.orders, shown, t("desk.orders.none"), "orders")


def _listed(title: str, rows: Any, shown: rx.Component, none: str, room: str) -> rx.Component:
    """A table of its own card, with the way to the whole list."""
    every = text_link(
        t("desk.see_all"), href=f"{localized(f'{ADMIN_HOME}/{room}')}?text=" + CustomerPage.text, class_name="text-sm"
    )
    return card(
        rx.el.div(
            rx.el.h2(title, class_name="text-base font-semibold"),
            rx.cond(rows.length() > 0, every),
            class_name="flex items-center justify-between gap-3 px-5 py-4 sm:px-6",
        ),
        rx.cond(rows.length() > 0, shown, rx.el.div(nothing(none), class_name="px-5 pb-4 sm:px-6")),
        class_name="min-w-0 overflow-hidden",
    )


def _lots() -> rx.Component:
    state = CustomerPage

    def use(each: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(each.what, class_name="min-w-0 break-words"),
            rx.el.span(
                each.date, " ", rx.el.span(each.amount, class_name="font-medium text-ink"), class_name="shrink-0 tnum"
            ),
            class_name="flex justify-between gap-4 py-1.5 text-xs",
        )

    def lot(each: Any) -> rx.Component:
        return rx.el.li(
            rx.el.details(
                rx.el.summary(
                    rx.el.div(
                        rx.el.span(each.title, class_name="font-medium text-ink"),
                        badge(each.state, tone=each.tone),
                        class_name="flex flex-wrap items-center justify-between gap-2",
                    ),
                    rx.el.div(
                        each.left,
                        " · ",
                        each.ends,
                        " · ",
                        each.granted,
                        class_name="mt-0.5 mb-2 text-xs text-faint tnum",
                    ),
                    meter(each.share, each.left),
                    class_name="cursor-pointer list-none text-sm",
                ),
                rx.el.ul(rx.foreach(each.uses, use), class_name="mt-2 divide-y divide-line"),
                rx.cond(each.more != "", rx.el.p(each.more, class_name="text-xs text-faint")),
            ),
            class_name="py-3",
        )

    return part(
        t("desk.customer.lots"),
        rx.cond(
            state.explaining,
            skeleton_rows(2),
            rx.cond(
                state.lots.length() > 0,
                rx.el.ul(rx.foreach(state.lots, lot), class_name="divide-y divide-line", id="lots"),
                nothing(t("desk.order.granted_none")),
            ),
        ),
        action=text_link(
            t("desk.see_all"),
            href=f"{localized(f'{ADMIN_HOME}/credits')}?text=" + CustomerPage.text,
            class_name="text-sm",
        ),
    )


def _providers(found: Any) -> rx.Component:
    def line(each: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.div(each.provider, " · ", each.note, class_name="text-sm text-ink"),
                mono(each.customer_id),
                class_name="min-w-0",
            ),
            rx.cond(
                each.url != "",
                text_link(t("desk.at_provider"), href=each.url, target="_blank", rel="noopener", class_name="text-sm"),
            ),
            class_name="flex items-center justify-between gap-3 py-2.5",
        )

    return part(
        t("desk.customer.providers"),
        rx.cond(
            found.providers.length() > 0,
            rx.el.ul(rx.foreach(found.providers, line), class_name="divide-y divide-line"),
            nothing(t("desk.customer.no_provider")),
        ),
    )


def _traces(title: str, rows: Any) -> rx.Component:
    def line(each: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.cond(
                    each.href != "",
                    text_link(each.text, href=each.href, class_name="break-all"),
                    rx.el.span(each.text, class_name="text-ink break-all"),
                ),
                rx.el.div(
                    each.date,
                    rx.cond(each.detail != "", rx.el.span(" · ", each.detail)),
                    class_name="mt-0.5 text-xs break-words text-faint",
                ),
                class_name="min-w-0",
            ),
            rx.cond(each.status != "", badge(each.status, tone=each.tone)),
            class_name="flex items-start justify-between gap-3 py-2.5 text-sm",
        )

    return part(
        title,
        rx.cond(
            rows.length() > 0,
            rx.el.ul(rx.foreach(rows, line), class_name="divide-y divide-line"),
            nothing(t("desk.customer.nothing")),
        ),
    )
