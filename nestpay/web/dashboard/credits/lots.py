"""Every credit explained: what paid for it, until when it can be used, and where it went."""

from typing import Any

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.components.actions import link_button, text_link
from nestpay.web.components.charts import area_chart, bar_list
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, section_title, skeleton, skeleton_rows
from nestpay.web.components.times import when
from nestpay.web.dashboard.credits.lots_state import LotsState
from nestpay.web.dashboard.credits.parts import balances, tabs
from nestpay.web.dashboard.credits.state import CreditsState
from nestpay.web.dashboard.credits.top_up import top_up
from nestpay.web.dashboard.credits.top_up_state import TopUpState
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS


@page(
    "/dashboard/credits",
    "meta.credits",
    frame=frames.customer,
    audience="customer",
    load=(CreditsState.load, LotsState.load, TopUpState.load),
    live=[CreditsState.again, LotsState.load, TopUpState.load],
)
def credits() -> rx.Component:
    state = LotsState
    return rx.el.div(
        frames.page_head(t("lots.title"), t("lots.text")),
        tabs(),
        balances(),
        top_up(),
        rx.el.div(_balance_chart(), _use_chart(), class_name="grid gap-4 lg:grid-cols-[3fr_2fr]"),
        rx.el.section(
            section_title(t("lots.list"), t("lots.list_text")),
            rx.cond(
                state.loading,
                card(skeleton_rows(4)),
                rx.cond(
                    state.lots.length() > 0,
                    rx.el.div(rx.foreach(state.lots, _lot), class_name="grid gap-3"),
                    card(_none()),
                ),
            ),
            class_name="mt-10 grid gap-4",
        ),
    )


def _balance_chart() -> rx.Component:
    state = LotsState
    return card(
        rx.el.figure(
            rx.el.figcaption(
                rx.el.h2(t("chart.balance"), class_name="font-semibold"),
                rx.el.div(
                    _key("opacity-40", t("chart.plan")),
                    _key("opacity-90", t("chart.packs")),
                    class_name="flex gap-4 text-xs text-faint",
                ),
                class_name="mb-5 flex flex-wrap items-baseline justify-between gap-2",
            ),
            rx.cond(
                state.loading,
                skeleton("h-44 w-full"),
                rx.el.div(
                    rx.el.div(state.top, class_name="mb-1 text-xs text-faint tnum"),
                    area_chart(state.balance, state.balance_label),
                    rx.el.div(
                        rx.el.span(state.first_day),
                        rx.el.span(state.last_day),
                        class_name="mt-2 flex justify-between text-xs text-faint tnum",
                    ),
                ),
            ),
        ),
        class_name="min-w-0 p-6",
    )


def _key(opacity: str, text: str) -> rx.Component:
    return rx.el.span(
        rx.el.span(class_name=f"size-2.5 rounded-full bg-accent {opacity}", custom_attrs={"aria-hidden": "true"}),
        text,
        class_name="inline-flex items-center gap-1.5",
    )


def _use_chart() -> rx.Component:
    state = LotsState
    return card(
        rx.el.h2(t("chart.use"), class_name="font-semibold"),
        rx.el.p(t("chart.use_text"), class_name="mb-5 mt-0.5 text-xs text-faint"),
        rx.cond(
            state.loading,
            skeleton("h-32 w-full"),
            rx.cond(
                state.features.length() > 0,
                bar_list(state.features),
                rx.el.p(t("chart.no_use"), class_name="text-sm"),
            ),
        ),
        class_name="min-w-0 p-6",
    )


def _lot(lot: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.div(
                rx.el.div(
                    rx.el.span(lot.title, class_name="font-medium text-ink"),
                    badge(lot.state, tone=lot.tone),
                    class_name="flex flex-wrap items-center gap-2.5",
                ),
                rx.el.div(
                    rx.cond(lot.paid_for != "", lot.paid_for + " · ", ""),
                    lot.ends,
                    class_name="mt-0.5 text-xs text-faint tnum",
                ),
                class_name="min-w-0 flex-1 basis-56",
            ),
            rx.el.div(
                rx.el.div(lot.left, class_name="text-sm text-ink tnum sm:text-right"),
                rx.el.div(
                    rx.el.div(class_name="h-full rounded-full bg-accent", style={"width": lot.share.to_string() + "%"}),
                    class_name="mt-1.5 h-1.5 overflow-hidden rounded-full bg-line",
                    custom_attrs={"aria-hidden": "true"},
                ),
                class_name="min-w-40 flex-1 sm:w-44 sm:flex-none",
            ),
            icon("chevron-down", "size-4 text-faint transition-transform group-open:rotate-180"),
            class_name=f"flex flex-wrap items-center gap-x-5 gap-y-3 rounded-card px-5 py-4 {FOCUS}",
        ),
        rx.el.div(
            rx.el.div(
                t("lots.granted") + " ",
                when(lot.granted, lot.granted_at),
                rx.cond(
                    lot.order_id != "",
                    rx.el.span(
                        " · ",
                        text_link(t("history.order"), href=localized("/dashboard/my-orders") + "#" + lot.order_id),
                    ),
                ),
                class_name="text-sm",
            ),
            rx.el.ul(rx.foreach(lot.uses, _use), class_name="mt-3 divide-y divide-line"),
            rx.cond(lot.more != "", rx.el.p(lot.more, class_name="mt-2 text-xs text-faint")),
            class_name="border-t border-line px-5 py-4",
        ),
        id="lot-" + lot.id,
        class_name="group rounded-card border border-line bg-surface shadow-card target:border-accent",
    )


def _use(use: Any) -> rx.Component:
    return rx.el.li(
        rx.el.span(when(use.date, use.at), class_name="w-44 shrink-0 text-xs text-faint tnum"),
        rx.el.span(use.what, class_name="min-w-0 flex-1 basis-40 text-ink"),
        rx.el.span(use.amount, class_name=rx.cond(use.is_gain, "text-good-ink tnum", "text-ink tnum")),
        class_name="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 py-2.5 text-sm",
    )


def _none() -> rx.Component:
    plans = link_button(t("nav.see_plans"), href=localized(get_settings().pricing_path), kind="secondary")
    return empty("coins", t("history.empty.title"), t("history.empty.text"), plans)
