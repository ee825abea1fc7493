"""The card about buying credits by itself: explained and agreed to, as it runs, or stopped by a charge."""

from typing import Any

import reflex as rx

from nestpay.billing.top_ups import HIGHEST_MONTHLY_CAP
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.dialogs import form_dialog, show
from nestpay.web.components.forms import choice, field
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import Tone, badge, card, facts, notice
from nestpay.web.dashboard.credits.top_up_state import TopUpState
from nestpay.web.i18n import localized, t

DIALOG = "top-up-terms"


def top_up() -> rx.Component:
    """The card with its form; nothing where no pack is sold and none was agreed on."""
    state = TopUpState
    is_shown = ~state.loading & ((state.packs.length() > 0) | (state.stage != "off"))
    return rx.cond(
        is_shown,
        rx.fragment(
            card(
                rx.match(state.stage, ("on", _on()), ("stopped", _stopped()), _off()),
                id="top-up",
                class_name="mb-6 p-6",
                custom_attrs={"data-stage": state.stage},
            ),
            _form(),
        ),
    )


def _head(*beside: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.h2(t("top_up.title"), class_name="font-semibold"),
        *beside,
        class_name="flex flex-wrap items-center gap-2.5",
    )


def _off() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            icon("repeat", "size-5"),
            class_name="grid size-10 shrink-0 place-items-center rounded-card bg-accent-soft text-accent-ink",
        ),
        rx.el.div(
            _head(),
            rx.el.p(t("top_up.text"), class_name="mt-1 text-sm"),
            class_name="min-w-0 flex-1 basis-64",
        ),
        button(t("top_up.set_up"), kind="secondary", busy=TopUpState.busy == "on", on_click=show(DIALOG)),
        class_name="flex flex-wrap items-center gap-5",
    )


def _on() -> rx.Component:
    return rx.el.div(
        _head(badge(t("top_up.is_on"), tone="good")),
        rx.cond(TopUpState.cause != "", _why("warn")),
        _terms(),
        rx.el.div(
            button(t("top_up.change"), kind="secondary", busy=TopUpState.busy == "on", on_click=show(DIALOG)),
            _off_button(),
            class_name="mt-3 flex flex-wrap gap-3",
        ),
    )


def _stopped() -> rx.Component:
    state = TopUpState
    agreed = {"price_id": state.price_id, "threshold": state.threshold, "monthly_cap": state.monthly_cap}
    return rx.el.div(
        _head(badge(t("top_up.is_stopped"), tone="bad")),
        _why("bad"),
        _terms(),
        rx.el.div(
            link_button(t("top_up.buy_now"), href=localized("/checkout") + "?price=" + state.price_id),
            button(
                t("top_up.again"),
                kind="secondary",
                busy=state.busy == "on",
                on_click=state.switch_on(agreed),
            ),
            _off_button(),
            class_name="mt-3 flex flex-wrap gap-3",
        ),
        rx.el.p(t("top_up.consent"), class_name="mt-4 text-xs text-faint"),
    )


def _why(tone: Tone) -> rx.Component:
    """What keeps a pack from being bought, and what to do about it."""
    state = TopUpState
    return rx.el.div(
        notice(rx.el.div(state.cause, class_name="font-semibold"), rx.el.p(state.way_out), tone=tone),
        class_name="mt-4",
        custom_attrs={"data-banner": "top-up"},
    )


def _off_button() -> rx.Component:
    return button(t("top_up.switch_off"), kind="ghost", busy=TopUpState.busy == "off", on_click=TopUpState.switch_off)


def _terms() -> Any:
    state = TopUpState
    return rx.el.div(
        facts((t("top_up.pack"), state.pack), (t("top_up.when"), state.below), (t("top_up.used"), state.used)),
        class_name="mt-2",
    )


def _form() -> rx.Component:
    state = TopUpState
    numbers = {"type": "number", "min": 1, "step": 1, "required": True}
    return form_dialog(
        DIALOG,
        t("top_up.title"),
        t("top_up.form_text"),
        choice("price_id", t("top_up.which"), state.packs, default_value=state.price_id),
        field("threshold", t("top_up.threshold"), default_value=state.threshold, max=999_999_999, **numbers),
        field(
            "monthly_cap",
            t("top_up.cap"),
            hint=t("top_up.cap_hint", n=HIGHEST_MONTHLY_CAP),
            default_value=state.monthly_cap,
            max=HIGHEST_MONTHLY_CAP,
            **numbers,
        ),
        notice(t("top_up.consent")),
        done=button(t("top_up.confirm"), type="submit"),
        on_submit=state.switch_on,
    )
