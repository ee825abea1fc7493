"""The part of an order's page that sends money back: a simulation first, then a question, then the provider."""

from typing import Any

import reflex as rx

from nestpay.billing.refunds import REASONS
from nestpay.web.admin.listing import part
from nestpay.web.admin.orders.one_state import OrderPage
from nestpay.web.admin.orders.refund_state import RefundState
from nestpay.web.components.actions import button
from nestpay.web.components.dialogs import dialog, hide, show
from nestpay.web.components.forms import choice, field
from nestpay.web.components.surfaces import notice
from nestpay.web.i18n import t

DIALOG = "refund-sure"
ENDINGS = ("keep", "period_end", "now")


def refund_part() -> rx.Component:
    """The form, the simulation and the question, for an order of which something can be refunded."""
    state = RefundState
    return rx.cond(
        OrderPage.order.can_refund,
        rx.el.section(
            part(t("desk.refund.title"), _form(), rx.cond(state.is_ready, _meaning())),
            dialog(
                DIALOG,
                t("desk.refund.sure"),
                t("desk.refund.sure_text"),
                button(
                    t("desk.refund.button"),
                    " ",
                    state.amount,
                    kind="danger",
                    disabled=state.busy,
                    on_click=[hide(DIALOG), state.refund],
                ),
            ),
            id="refund",
        ),
    )


def _form() -> rx.Component:
    state = RefundState
    return rx.el.form(
        rx.cond(state.trouble != "", notice(state.trouble, tone="bad", live=True)),
        rx.cond(
            state.may_be_partial,
            field(
                "amount",
                t("desk.refund.amount"),
                input_mode="decimal",
                max_length=20,
                hint=t("desk.refund.amount_hint"),
            ),
            notice(t("desk.refund.whole_only"), tone="plain"),
        ),
        choice("reason", t("desk.refund.reason"), {word: t(f"desk.refund.reason_{word}") for word in REASONS}),
        rx.cond(
            state.may_cancel,
            choice("ending", t("desk.refund.ending"), {word: t(f"desk.refund.ending_{word}") for word in ENDINGS}),
        ),
        rx.el.div(button(t("desk.refund.simulate"), type="submit", kind="secondary")),
        on_submit=state.simulate,
        key=state.form_key.to_string(),
        class_name="grid gap-4",
    )


def _meaning() -> rx.Component:
    state = RefundState

    def line(each: Any) -> rx.Component:
        return rx.el.div(
            rx.el.dt(each.name, class_name="text-sm text-faint"),
            rx.el.dd(each.value, class_name="text-right text-sm font-medium text-ink tnum"),
            class_name="flex items-baseline justify-between gap-6 py-2",
        )

    return rx.el.div(
        rx.el.h3(t("desk.refund.meaning"), class_name="text-sm font-semibold"),
        rx.el.dl(rx.foreach(state.lines, line), class_name="mt-1 divide-y divide-line", id="simulation"),
        rx.cond(state.warning != "", notice(state.warning, tone="warn", class_name="mt-3")),
        button(
            t("desk.refund.button"),
            " ",
            state.amount,
            kind="danger",
            busy=state.busy,
            on_click=show(DIALOG),
            class_name="mt-4 w-full",
        ),
        class_name="mt-5 border-t border-line pt-4",
    )
