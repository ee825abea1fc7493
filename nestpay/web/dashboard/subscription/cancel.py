"""Cancelling: said plainly what stays until when, one question, one button, and no tricks."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.components.actions import button, link_button, text_link
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card, skeleton_rows
from nestpay.web.dashboard.subscription.cancel_state import REASONS, CancelState
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page

LONGEST_COMMENT = 500


@page(
    "/dashboard/subscription/cancel",
    "meta.cancel",
    frame=frames.customer,
    audience="customer",
    load=(CancelState.open,),
)
def cancel() -> rx.Component:
    state = CancelState
    return rx.el.div(
        frames.back_link("/dashboard/subscription", t("subscription.title")),
        frames.page_head(t("cancel.title"), t("cancel.text")),
        rx.match(
            state.stage,
            ("loading", card(skeleton_rows(5))),
            ("ask", rx.el.div(_kept(), _other_ways(), _form(), class_name="grid max-w-2xl gap-5")),
            rx.el.div(
                rx.el.p(t("cancel.nothing")),
                link_button(
                    t("change.to_subscription"),
                    href=localized("/dashboard/subscription"),
                    kind="secondary",
                    class_name="mt-4",
                ),
            ),
        ),
    )


def _kept() -> rx.Component:
    state = CancelState
    return card(
        rx.el.h2(t("cancel.kept.title"), class_name="font-semibold"),
        rx.el.ul(
            rx.cond(
                state.until != "",
                _point("check", state.plan, t("cancel.kept.plan") + " ", state.until),
                _point("x", state.plan, t("cancel.kept.plan_now")),
            ),
            rx.cond(
                state.until != "",
                _point("check", state.plan_credits, t("cancel.kept.plan_credits") + " ", state.until),
                _point("x", state.plan_credits, t("cancel.kept.plan_credits_now")),
            ),
            _point("check", state.pack_credits, t("cancel.kept.pack_credits")),
            _point("check", t("cancel.kept.data_name"), t("cancel.kept.data")),
            class_name="mt-4 grid gap-3.5",
        ),
        class_name="p-6 sm:p-8",
    )


def _point(icon_name: str, name: Any, *text: Any) -> rx.Component:
    colour = "text-accent-ink" if icon_name == "check" else "text-bad-ink"
    return rx.el.li(
        icon(icon_name, f"size-4 mt-0.5 {colour}"),
        rx.el.div(rx.el.span(name, class_name="font-medium text-ink tnum"), " ", *text, class_name="min-w-0"),
        class_name="flex gap-3 text-sm",
    )


def _other_ways() -> rx.Component:
    state = CancelState
    return rx.cond(
        state.may_pause | state.may_change,
        rx.el.p(
            t("cancel.instead") + " ",
            rx.cond(
                state.may_change,
                text_link(t("cancel.smaller_plan"), href=localized("/dashboard/subscription/change")),
            ),
            rx.cond(state.may_pause & state.may_change, " · ", ""),
            rx.cond(state.may_pause, text_link(t("cancel.pause"), href=localized("/dashboard/subscription"))),
            class_name="text-sm",
        ),
    )


def _form() -> rx.Component:
    return card(
        rx.el.form(
            rx.el.fieldset(
                rx.el.legend(t("cancel.why"), class_name="font-semibold text-ink"),
                rx.el.p(t("cancel.why_text"), class_name="mt-1 text-sm"),
                rx.el.div(*(_reason(reason) for reason in REASONS), class_name="mt-4 grid gap-2 sm:grid-cols-2"),
            ),
            rx.el.div(
                rx.el.label(
                    t("cancel.comment"), html_for="comment", class_name="mb-1.5 block text-sm font-medium text-ink"
                ),
                rx.el.textarea(
                    id="comment",
                    name="comment",
                    rows="3",
                    max_length=LONGEST_COMMENT,
                    class_name="block w-full rounded-field border border-field bg-surface px-3.5 py-2.5 text-base text-ink "
                    "hover:border-muted focus:border-focus focus:outline-none focus:ring-2 focus:ring-focus/30 sm:text-sm",
                ),
            ),
            rx.el.div(
                button(t("cancel.button"), type="submit", kind="danger", busy=CancelState.busy),
                link_button(t("cancel.stay"), href=localized("/dashboard/subscription"), kind="secondary"),
                class_name="flex flex-wrap gap-3",
            ),
            on_submit=CancelState.cancel,
            class_name="grid gap-6",
        ),
        class_name="p-6 sm:p-8",
    )


def _reason(reason: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            id=f"reason-{reason}", type="radio", name="reason", value=reason, class_name="size-4 accent-accent"
        ),
        t(f"cancel.reason.{reason}"),
        html_for=f"reason-{reason}",
        class_name="flex min-h-11 items-center gap-3 rounded-field border border-line px-3.5 py-2 text-sm text-ink "
        "hover:bg-sunken has-[:checked]:border-accent has-[:checked]:bg-accent-soft",
    )
