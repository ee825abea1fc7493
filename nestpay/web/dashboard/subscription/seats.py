"""Who uses the plan, as its owner sees it, and the page on which an invited person takes a seat."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.forms import field, form
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, section_title
from nestpay.web.dashboard.subscription.seats_state import AcceptState, SeatsState
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page


def seats(may_buy: Any) -> rx.Component:
    """The seats of a subscription. `may_buy` says whether more can be bought now."""
    state = SeatsState
    return card(
        rx.el.div(
            section_title(t("seats.title"), t("seats.text")),
            rx.el.span(state.summary, id="seats-summary", class_name="text-sm font-medium text-ink tnum"),
            class_name="flex flex-wrap items-baseline justify-between gap-3",
        ),
        rx.el.ul(rx.foreach(state.people, _person), class_name="mt-4 divide-y divide-line"),
        rx.cond(state.free > 0, _invitation()),
        rx.cond(
            may_buy,
            rx.el.div(
                link_button(
                    icon("plus"),
                    t("seats.buy"),
                    href=localized("/dashboard/subscription/change") + "?seats=more",
                    kind="secondary",
                ),
                class_name="mt-5",
            ),
        ),
        class_name="min-w-0 p-6 sm:p-8",
        id="seats",
    )


def _person(seat: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(seat.name, class_name="truncate text-sm font-medium text-ink"),
            rx.el.div(
                rx.cond(seat.email != "", seat.email + " · ", ""),
                seat.since,
                class_name="truncate text-xs text-faint tnum",
            ),
            class_name="min-w-0 flex-1",
        ),
        badge(seat.status, tone=seat.tone),
        rx.cond(
            seat.id != "",
            button(
                t("seats.revoke"),
                rx.el.span(" ", seat.name, class_name="sr-only"),
                kind="ghost",
                on_click=SeatsState.revoke(seat.id),
                class_name="!px-3",
            ),
        ),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-2 py-3",
    )


def _invitation() -> rx.Component:
    state = SeatsState
    return form(
        rx.el.div(
            rx.el.div(field("email", t("seats.email"), type="email", required=True), class_name="min-w-0 flex-1"),
            button(t("seats.invite"), type="submit", kind="secondary", busy=state.busy),
            class_name="flex flex-wrap items-end gap-3",
        ),
        error=state.error,
        on_submit=state.invite,
        # A new key empties the field after an invitation.
        key=state.form_number.to_string(),
    )


@page("/seats/accept", "meta.seat", frame=frames.narrow, audience="customer", load=(AcceptState.accept,))
def accept() -> rx.Component:
    def end(stage: str, icon_name: str) -> rx.Component:
        return rx.el.div(
            rx.el.div(
                icon(icon_name, "size-7"),
                class_name="mx-auto grid size-16 place-items-center rounded-full bg-accent-soft text-accent-ink",
            ),
            rx.el.h1(t(f"accept.{stage}.title"), class_name="mt-6 text-xl font-semibold"),
            rx.el.p(t(f"accept.{stage}.text"), class_name="mt-2 text-sm"),
            link_button(t("success.to_dashboard"), href=localized("/dashboard"), class_name="mt-7"),
            role="status",
        )

    return card(
        rx.match(
            AcceptState.stage,
            ("taken", end("taken", "check")),
            ("seated", end("seated", "users")),
            ("stale", end("stale", "info")),
            rx.el.div(
                rx.el.span(
                    class_name="spinner mx-auto block text-2xl text-accent-ink", custom_attrs={"aria-hidden": "true"}
                ),
                rx.el.h1(t("accept.checking"), class_name="mt-6 text-xl font-semibold"),
                role="status",
            ),
        ),
        class_name="w-full max-w-md !rounded-panel p-8 text-center",
        custom_attrs={"data-stage": AcceptState.stage},
    )
