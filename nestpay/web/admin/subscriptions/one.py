"""One subscription's page: where it stands, what may be done with it now, and its life so far."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import mono, nothing, part, trail
from nestpay.web.admin.orders.one import pairs
from nestpay.web.admin.places import SUBSCRIPTION
from nestpay.web.admin.subscriptions.change_state import TIMINGS, PlanChange
from nestpay.web.admin.subscriptions.move_state import MoveDesk
from nestpay.web.admin.subscriptions.one_state import SubscriptionPage
from nestpay.web.admin.subscriptions.state import PAGE
from nestpay.web.components.actions import Kind, button, link_button, text_link
from nestpay.web.components.dialogs import dialog, form_dialog, hide, show
from nestpay.web.components.forms import choice, field
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, notice, skeleton_rows
from nestpay.web.i18n import t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS

NOW, LATER, AGREE = "cancel-now", "cancel-later", "change-sure"
PAUSE, UNPAUSE, UNSCHEDULE = "pause", "unpause", "unschedule"


@page(
    SUBSCRIPTION,
    "meta.admin_subscription",
    frame=admin,
    audience="admin",
    load=(SubscriptionPage.load, PlanChange.open, MoveDesk.open),
)
def subscription() -> rx.Component:
    return rx.el.div(
        frames.back_link(PAGE, t("desk.subscriptions.title")),
        rx.match(
            SubscriptionPage.stage,
            ("loading", card(skeleton_rows(8))),
            ("missing", card(empty("repeat", t("desk.missing"), t("desk.missing_text")))),
            _subscription(),
        ),
        _questions(),
    )


def _questions() -> rx.Component:
    state = SubscriptionPage
    return rx.fragment(
        _question("cancel_now", NOW, state.cancel("now"), kind="danger"),
        _question("cancel_later", LATER, state.cancel("period_end"), kind="danger"),
        _question("unpause", UNPAUSE, state.unpause),
        _question("unschedule", UNSCHEDULE, state.unschedule),
        form_dialog(
            PAUSE,
            t("desk.subscription.pause"),
            t("desk.subscription.pause_text"),
            field(
                "pause_until", t("desk.subscription.pause_until"), hint=t("desk.subscription.pause_hint"), type="date"
            ),
            done=button(t("desk.subscription.pause"), type="submit"),
            on_submit=state.pause,
        ),
    )


def _question(name: str, dialog_id: str, act: Any, kind: Kind = "primary") -> rx.Component:
    title = t(f"desk.subscription.{name}")
    agree = button(title, kind=kind, on_click=[hide(dialog_id), act])
    return dialog(dialog_id, title, t(f"desk.subscription.{name}_text"), agree)


def _subscription() -> rx.Component:
    state = SubscriptionPage
    return rx.el.div(
        _head(),
        rx.el.div(
            rx.el.div(_life(), _change(), class_name="grid min-w-0 gap-5"),
            rx.el.div(
                part(
                    t("desk.subscription.standing"),
                    pairs(state.found.facts),
                    rx.el.div(mono(state.found.provider_id), class_name="mt-3 border-t border-line pt-3"),
                ),
                _trial(),
                _move(),
                _audit(),
                class_name="grid min-w-0 content-start gap-5",
            ),
            class_name="grid gap-5 lg:grid-cols-[minmax(0,1fr)_23rem] lg:items-start",
        ),
    )


def _head() -> rx.Component:
    state = SubscriptionPage
    return rx.el.div(
        rx.el.div(
            rx.el.div(
                rx.el.h1(state.line.plan, class_name="text-2xl font-semibold"),
                badge(state.line.status, tone=state.line.tone),
                class_name="flex flex-wrap items-center gap-3",
            ),
            rx.el.p(
                text_link(state.line.email, href=state.line.customer),
                " · ",
                state.line.price,
                class_name="mt-1 text-sm",
            ),
            class_name="min-w-0",
        ),
        rx.el.div(
            _asked("unpause", UNPAUSE, kind="primary"),
            _act("resume", button(t("desk.subscription.resume"), busy=state.busy == "resume", on_click=state.resume)),
            _asked("unschedule", UNSCHEDULE),
            _asked("pause", PAUSE),
            _asked("cancel_later", LATER, busy="cancel_period_end"),
            _asked("cancel_now", NOW),
            _act(
                "sync",
                button(
                    icon("repeat"),
                    t("desk.subscription.sync"),
                    kind="secondary",
                    busy=state.busy == "sync",
                    on_click=state.sync,
                ),
            ),
            rx.cond(
                state.found.provider_url != "",
                link_button(
                    t("desk.at_provider"),
                    icon("external"),
                    href=state.found.provider_url,
                    kind="secondary",
                    target="_blank",
                    rel="noopener",
                ),
            ),
            class_name="flex flex-wrap gap-2",
        ),
        class_name="mb-6 flex flex-wrap items-end justify-between gap-4",
    )


def _act(name: str, shown: rx.Component) -> rx.Component:
    return rx.cond(SubscriptionPage.can.contains(name), shown)


def _asked(name: str, dialog_id: str, busy: str = "", kind: Kind = "secondary") -> rx.Component:
    """A button that first asks, shown when its act is possible."""
    is_busy = SubscriptionPage.busy == (busy or name)
    return _act(name, button(t(f"desk.subscription.{name}"), kind=kind, busy=is_busy, on_click=show(dialog_id)))


def _life() -> rx.Component:
    def line(step: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.div(step.what, class_name="font-medium text-ink"),
                rx.el.div(
                    step.date,
                    rx.cond(step.detail != "", rx.el.span(" · ", step.detail)),
                    class_name="text-xs text-faint",
                ),
                class_name="min-w-0",
            ),
            rx.el.span(step.mrr, class_name=rx.cond(step.is_gain, "tnum text-good-ink", "tnum text-bad-ink")),
            class_name="flex items-center justify-between gap-4 py-3 text-sm",
        )

    steps = SubscriptionPage.found.steps
    return part(
        t("desk.subscription.life"),
        rx.cond(
            steps.length() > 0,
            rx.el.ol(rx.foreach(steps, line), class_name="divide-y divide-line", id="life"),
            nothing(t("desk.subscription.life_none")),
        ),
    )


def _change() -> rx.Component:
    state = PlanChange
    form = rx.el.form(
        rx.cond(state.trouble != "", notice(state.trouble, tone="bad", live=True)),
        choice("price", t("desk.change.price"), state.options),
        rx.el.div(
            field("quantity", t("desk.change.quantity"), type="number", min="1", max="10000", input_mode="numeric"),
            choice("timing", t("desk.change.when"), {each: t(f"desk.timing.{each or 'natural'}") for each in TIMINGS}),
            class_name="grid gap-4 sm:grid-cols-2",
        ),
        rx.el.div(button(t("desk.change.preview"), type="submit", kind="secondary")),
        on_submit=state.quote,
        key=state.form_key.to_string(),
        class_name="grid gap-4",
    )
    agreed = rx.el.div(
        rx.el.div(pairs(state.lines), id="quote"),
        button(t("desk.change.agree"), busy=state.busy, on_click=show(AGREE), class_name="mt-4"),
        dialog(
            AGREE,
            t("desk.change.sure"),
            t("desk.change.sure_text"),
            button(t("desk.change.agree"), on_click=[hide(AGREE), state.agree]),
        ),
        class_name="mt-5 border-t border-line pt-4",
    )
    return _act("change", part(t("desk.change.title"), form, rx.cond(state.is_ready, agreed)))


def _move() -> rx.Component:
    state = MoveDesk
    form = rx.el.form(
        rx.el.p(t("desk.move.text"), class_name="text-sm"),
        choice("company", t("desk.move.where"), state.ways),
        rx.el.div(button(t("desk.move.make"), type="submit", kind="secondary", busy=state.busy)),
        rx.cond(
            state.address != "",
            field(
                "move_address",
                t("desk.move.address"),
                hint=t("desk.move.hint"),
                aside=_copy(state.address),
                value=state.address,
                read_only=True,
            ),
        ),
        on_submit=state.begin,
        class_name="grid gap-4",
    )
    return rx.cond(
        (state.ways.length() > 0) | (state.under_way != ""),
        part(t("moving.title"), rx.cond(state.under_way != "", rx.el.p(state.under_way, class_name="text-sm"), form)),
    )


def _copy(text: Any) -> rx.Component:
    return rx.el.button(
        icon("copy", "size-3.5"),
        t("endpoints.copy"),
        type="button",
        on_click=rx.set_clipboard(text),
        class_name=f"inline-flex items-center gap-1.5 rounded text-xs font-medium text-accent-ink {FOCUS}",
    )


def _trial() -> rx.Component:
    state = SubscriptionPage
    return _act(
        "extend_trial",
        part(
            t("desk.subscription.trial"),
            rx.el.form(
                field(
                    "trial_end",
                    t("desk.subscription.trial_end"),
                    type="date",
                    required=True,
                    default_value=state.found.trial_end,
                    hint=t("desk.subscription.trial_hint"),
                ),
                rx.el.div(
                    button(t("desk.subscription.extend"), type="submit", kind="secondary", busy=state.busy == "trial")
                ),
                on_submit=state.extend_trial,
                class_name="grid gap-4",
            ),
        ),
    )


def _audit() -> rx.Component:
    lines = SubscriptionPage.found.audit
    return part(t("desk.audit"), rx.cond(lines.length() > 0, trail(lines), nothing(t("desk.audit_none"))))
