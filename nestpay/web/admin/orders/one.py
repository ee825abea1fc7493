"""One order's page: why its customer sees what they see, its money, its story, and what to do about it."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import mono, nothing, part
from nestpay.web.admin.orders.one_state import OrderPage
from nestpay.web.admin.orders.refund import refund_part
from nestpay.web.admin.orders.refund_state import RefundState
from nestpay.web.admin.orders.state import PAGE
from nestpay.web.admin.places import ORDER
from nestpay.web.components.actions import button, link_button, text_link
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, skeleton_rows
from nestpay.web.i18n import t
from nestpay.web.shell import page


@page(ORDER, "meta.admin_order", frame=admin, audience="admin", load=(OrderPage.load, RefundState.open))
def order() -> rx.Component:
    return rx.el.div(
        frames.back_link(PAGE, t("desk.orders.title")),
        rx.match(
            OrderPage.stage,
            ("loading", card(skeleton_rows(8))),
            ("missing", card(empty("receipt", t("desk.missing"), t("desk.missing_text")))),
            _order(),
        ),
    )


def _order() -> rx.Component:
    found = OrderPage.order
    return rx.el.div(
        _head(found),
        rx.el.div(
            rx.el.div(_why(found), _timeline(found), _lots(found), _money_back(found), class_name="grid min-w-0 gap-5"),
            rx.el.div(_amounts(found), refund_part(), _facts(found), class_name="grid min-w-0 content-start gap-5"),
            class_name="grid gap-5 lg:grid-cols-[minmax(0,1fr)_23rem] lg:items-start",
        ),
    )


def _head(found: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.div(
                rx.el.h1(found.number, class_name="text-2xl font-semibold tnum"),
                badge(found.status, tone=found.tone),
                class_name="flex flex-wrap items-center gap-3",
            ),
            rx.el.p(
                found.what,
                " · ",
                found.kind,
                " · ",
                text_link(found.email, href=found.customer),
                class_name="mt-1 text-sm",
            ),
            class_name="min-w-0",
        ),
        rx.el.div(
            rx.cond(
                found.can_ask,
                button(icon("repeat"), t("desk.order.ask"), busy=OrderPage.asking, on_click=OrderPage.ask),
            ),
            _document(found.invoice_url, t("desk.order.invoice")),
            _document(found.receipt_url, t("desk.order.receipt")),
            _document(found.provider_url, t("desk.at_provider")),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="mb-6 flex flex-wrap items-end justify-between gap-4",
    )


def _document(url: Any, text: str) -> rx.Component:
    return rx.cond(
        url != "",
        link_button(text, icon("external"), href=url, kind="secondary", target="_blank", rel="noopener"),
    )


def _why(found: Any) -> rx.Component:
    def line(each: Any) -> rx.Component:
        dot = rx.match(each.tone, ("bad", "bg-bad-ink"), ("warn", "bg-warn-ink"), ("good", "bg-good-ink"), "bg-faint")
        return rx.el.li(
            rx.el.span(class_name=["mt-1.5 size-2.5 shrink-0 rounded-full", dot], custom_attrs={"aria-hidden": "true"}),
            rx.el.div(
                each.text,
                rx.cond(each.href != "", rx.el.span(" ", text_link(t("desk.order.see_event"), href=each.href))),
                class_name="min-w-0 break-words",
            ),
            class_name="flex gap-3 text-sm text-ink",
        )

    return part(
        t("desk.order.why"),
        rx.el.ul(rx.foreach(found.findings, line), class_name="grid gap-2.5", id="findings"),
    )


def _amounts(found: Any) -> rx.Component:
    return part(t("desk.order.amounts"), pairs(found.amounts))


def _facts(found: Any) -> rx.Component:
    def known(each: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(each.name, class_name="text-xs text-faint"), rx.el.dd(mono(each.value)), class_name="py-1.5"
        )

    return part(
        t("desk.order.details"),
        pairs(found.facts),
        rx.el.dl(rx.foreach(found.ids, known), class_name="mt-3 border-t border-line pt-2"),
        rx.cond(
            found.subscription != "",
            text_link(t("desk.order.to_subscription"), href=found.subscription, class_name="mt-2 inline-block text-sm"),
        ),
    )


def pairs(found: Any) -> rx.Component:
    """Names and values of a State, one a line."""

    def line(each: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(each.name, class_name="text-sm text-faint"),
            rx.el.dd(each.value, class_name="text-right text-sm font-medium text-ink tnum"),
            class_name="flex items-baseline justify-between gap-6 py-2",
        )

    return rx.el.dl(rx.foreach(found, line), class_name="divide-y divide-line")


def _timeline(found: Any) -> rx.Component:
    def line(each: Any) -> rx.Component:
        return rx.el.li(
            rx.el.span(
                class_name="absolute -left-[1.3125rem] top-1.5 size-2.5 rounded-full border-2 border-surface bg-faint"
            ),
            rx.el.div(
                rx.cond(
                    each.href != "",
                    text_link(each.what, href=each.href),
                    rx.el.span(each.what, class_name="font-medium text-ink"),
                ),
                rx.cond(each.status != "", badge(each.status, tone=each.tone, class_name="ml-2")),
                class_name="text-sm break-words",
            ),
            rx.cond(each.detail != "", rx.el.p(each.detail, class_name="mt-0.5 text-xs break-words text-bad-ink")),
            rx.el.p(each.date, class_name="mt-0.5 text-xs text-faint tnum"),
            class_name="relative",
        )

    return part(
        t("desk.order.timeline"),
        rx.el.ol(
            rx.foreach(found.timeline, line), class_name="ml-1.5 grid gap-4 border-l border-line pl-4", id="timeline"
        ),
    )


def _lots(found: Any) -> rx.Component:
    def line(each: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.div(each.title, class_name="font-medium text-ink"),
                rx.el.div(
                    each.pool, rx.cond(each.ends != "", rx.el.span(" · ", each.ends)), class_name="text-xs text-faint"
                ),
                class_name="min-w-0",
            ),
            rx.el.div(
                rx.el.span(each.left, class_name="tnum"),
                badge(each.state, tone=each.tone),
                class_name="flex items-center gap-3",
            ),
            class_name="flex flex-wrap items-center justify-between gap-2 py-3 text-sm",
        )

    return part(
        t("desk.order.granted"),
        rx.cond(
            found.lots.length() > 0,
            rx.el.ul(rx.foreach(found.lots, line), class_name="divide-y divide-line", id="granted"),
            nothing(t("desk.order.granted_none")),
        ),
    )


def _money_back(found: Any) -> rx.Component:
    def line(each: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.div(each.amount, class_name="font-medium text-ink tnum"),
                rx.el.div(each.date, " · ", each.reason, class_name="text-xs text-faint"),
                mono(each.id),
                class_name="min-w-0",
            ),
            badge(each.status),
            class_name="flex items-start justify-between gap-3 py-3 text-sm",
        )

    def block(title: str, rows: Any) -> rx.Component:
        return rx.cond(
            rows.length() > 0, part(title, rx.el.ul(rx.foreach(rows, line), class_name="divide-y divide-line"))
        )

    return rx.fragment(block(t("desk.order.refunds"), found.refunds), block(t("desk.order.disputes"), found.disputes))
