"""The part of the subscription's page that says who takes the money, and lets it be somebody else."""

from typing import Any

import reflex as rx

from nestpay.web.components.actions import button
from nestpay.web.components.dialogs import form_dialog, show
from nestpay.web.components.surfaces import card
from nestpay.web.dashboard.subscription.moving_state import MoveState
from nestpay.web.i18n import t

DIALOG = "move-subscription"


def moving() -> rx.Component:
    """Nothing while one company is all there is."""
    state = MoveState
    return rx.fragment(
        rx.cond(
            (state.ways.length() > 0) | (state.under_way != ""),
            card(
                rx.el.div(
                    rx.el.h2(t("moving.title"), class_name="font-semibold text-ink"),
                    rx.el.p(
                        rx.cond(
                            state.under_way != "",
                            state.under_way,
                            rx.fragment(t("moving.through"), " ", rx.el.strong(state.company), "."),
                        ),
                        class_name="mt-1 text-sm",
                    ),
                    class_name="min-w-0 flex-1 basis-72",
                ),
                rx.cond(
                    state.ways.length() > 0,
                    button(t("moving.open"), kind="secondary", busy=state.busy, on_click=show(DIALOG)),
                ),
                class_name="flex flex-wrap items-center gap-x-6 gap-y-3 p-6 sm:px-8",
                id="moving",
            ),
        ),
        form_dialog(
            DIALOG,
            t("moving.dialog.title"),
            t("moving.dialog.text"),
            rx.el.fieldset(
                rx.el.legend(t("moving.dialog.where"), class_name="mb-2 text-sm font-medium text-ink"),
                rx.foreach(state.ways, _way),
                class_name="grid gap-2",
            ),
            done=button(t("moving.dialog.go"), type="submit"),
            on_submit=state.begin,
        ),
    )


def _way(way: Any, place: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="price",
            value=way.price_id,
            default_checked=place == 0,
            required=True,
            class_name="size-4 accent-accent",
        ),
        way.company,
        class_name="flex min-h-11 cursor-pointer items-center gap-3 rounded-field border border-line px-4 text-sm text-ink",
    )
