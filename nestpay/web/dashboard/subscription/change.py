"""Changing the plan: what there is, what a change costs to the cent before it is agreed to, and the agreement."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.forms import field
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, notice, section_title, skeleton_rows
from nestpay.web.dashboard.subscription.change_state import ChangeState
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page


@page(
    "/dashboard/subscription/change",
    "meta.change",
    frame=frames.customer,
    audience="customer",
    load=(ChangeState.open,),
)
def change() -> rx.Component:
    state = ChangeState
    return rx.el.div(
        frames.back_link("/dashboard/subscription", t("subscription.title")),
        frames.page_head(t("change.title"), t("change.text")),
        rx.cond(
            state.trouble != "",
            notice(state.trouble, tone="warn", live=True, class_name="mb-5"),
        ),
        rx.match(
            state.stage,
            ("loading", card(skeleton_rows(5))),
            ("review", _review()),
            ("choose", _choices()),
            link_button(
                icon("arrow-left"),
                t("change.to_subscription"),
                href=localized("/dashboard/subscription"),
                kind="secondary",
            ),
        ),
        custom_attrs={"data-stage": state.stage},
        id="change",
    )


def _choices() -> rx.Component:
    state = ChangeState
    groups = (
        _group(t("pricing.group.month"), state.month),
        _group(t("pricing.group.year"), state.year),
    )
    return rx.el.div(
        rx.cond(
            state.first_interval == "year",
            rx.el.div(*reversed(groups), class_name="grid gap-8"),
            rx.el.div(*groups, class_name="grid gap-8"),
        ),
        rx.cond(state.sells_seats, _seats()),
        class_name="grid gap-8",
    )


def _group(title: str, choices: Any) -> rx.Component:
    return rx.cond(
        choices.length() > 0,
        rx.el.section(
            section_title(title),
            card(rx.el.ul(rx.foreach(choices, _choice), class_name="divide-y divide-line")),
            class_name="grid gap-3",
        ),
    )


def _choice(entry: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(
                rx.el.span(entry.plan, class_name="font-semibold text-ink"),
                rx.cond(entry.is_current, badge(t("change.current"), tone="good")),
                class_name="flex flex-wrap items-center gap-2.5",
            ),
            rx.el.div(entry.credits, class_name="mt-0.5 text-sm tnum"),
            class_name="min-w-0 flex-1 basis-48",
        ),
        rx.el.div(
            rx.el.div(entry.price, class_name="font-medium text-ink tnum"),
            rx.cond(entry.is_current, rx.fragment(), rx.el.div(entry.hint, class_name="text-xs text-faint")),
            class_name="sm:text-right",
        ),
        rx.cond(
            entry.is_current,
            rx.el.span(class_name="hidden w-32 sm:block"),
            button(
                t("change.choose"),
                rx.el.span(" ", entry.plan, ", ", entry.price, class_name="sr-only"),
                kind="secondary",
                busy=ChangeState.busy == entry.price_id,
                disabled=ChangeState.busy != "",
                on_click=ChangeState.choose(entry.price_id),
                class_name="sm:w-32",
            ),
        ),
        class_name="flex flex-wrap items-center gap-x-6 gap-y-3 px-6 py-5",
        custom_attrs={"data-choice": entry.plan, "data-interval": entry.interval},
    )


def _seats() -> rx.Component:
    state = ChangeState
    return rx.el.section(
        section_title(t("change.seats.title"), t("change.seats.text")),
        card(
            rx.el.form(
                rx.el.div(
                    field(
                        "seats",
                        t("change.seats.number"),
                        type="number",
                        min=1,
                        max=10000,
                        default_value=state.quantity.to_string(),
                        required=True,
                    ),
                    class_name="w-40",
                ),
                button(t("change.seats.show"), type="submit", kind="secondary", busy=state.busy == "seats"),
                on_submit=state.choose_seats,
                class_name="flex flex-wrap items-end gap-3 p-6",
            ),
        ),
        class_name="grid gap-3",
    )


def _review() -> rx.Component:
    state = ChangeState
    quote = state.quote
    return rx.el.div(
        rx.cond(state.is_renewed, notice(t("change.renewed"), tone="warn", live=True)),
        card(
            rx.el.div(
                rx.el.div(t("change.new_plan"), class_name="text-sm text-faint"),
                rx.el.h2(quote.title, class_name="mt-1 text-2xl font-semibold"),
                class_name="p-6 sm:p-8",
            ),
            rx.el.div(
                rx.cond(
                    quote.lines.length() > 0, rx.el.ul(rx.foreach(quote.lines, _line), class_name="mb-4 grid gap-2.5")
                ),
                rx.el.div(
                    rx.el.div(
                        rx.el.div(t("change.due"), class_name="font-semibold text-ink"),
                        rx.cond(
                            quote.is_exact,
                            rx.fragment(),
                            rx.el.div(t("change.estimate"), class_name="text-xs text-faint"),
                        ),
                        rx.cond(
                            quote.is_later,
                            rx.el.div(t("change.nothing_now") + " ", quote.starts, class_name="mt-0.5 text-sm"),
                        ),
                    ),
                    rx.el.div(
                        quote.due, id="due-now", class_name="text-2xl font-semibold tracking-tight text-ink tnum"
                    ),
                    class_name="flex items-baseline justify-between gap-6",
                ),
                class_name="border-y border-line bg-sunken px-6 py-5 sm:px-8",
            ),
            rx.el.dl(
                _fact("coins", t("change.credits.title"), quote.credits),
                _fact("repeat", t("change.next"), quote.upcoming),
                class_name="divide-y divide-line px-6 sm:px-8",
            ),
            rx.el.div(
                button(
                    rx.cond(quote.is_later, t("change.agree_later"), t("change.agree")),
                    busy=state.busy == "agree",
                    on_click=state.agree,
                ),
                button(t("change.back"), kind="ghost", disabled=state.busy != "", on_click=state.back),
                class_name="flex flex-wrap gap-3 border-t border-line p-6 sm:px-8",
            ),
            class_name="overflow-hidden",
        ),
        rx.cond(quote.is_exact, rx.el.p(t("change.promise"), class_name="text-xs text-faint")),
        class_name="rise grid max-w-2xl gap-4",
    )


def _line(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(line.text, class_name="min-w-0"),
        rx.el.span(line.amount, class_name="shrink-0 text-ink tnum"),
        class_name="flex items-baseline justify-between gap-6 text-sm",
    )


def _fact(icon_name: str, name: str, value: Any) -> rx.Component:
    return rx.el.div(
        icon(icon_name, "size-[1.125rem] mt-0.5 text-faint"),
        rx.el.div(
            rx.el.dt(name, class_name="text-sm text-faint"),
            rx.el.dd(value, class_name="text-sm font-medium text-ink tnum"),
        ),
        class_name="flex gap-3.5 py-4",
    )
