"""The desk's first page: what needs somebody, and how the shop is doing."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.frame import admin
from nestpay.web.admin.home.state import TodayState
from nestpay.web.components.actions import text_link
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, skeleton_rows, stat
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS


@page(ADMIN_HOME, "meta.admin_today", frame=admin, audience="admin", load=(TodayState.load,))
def today() -> rx.Component:
    state = TodayState
    return rx.el.div(
        frames.page_head(t("today.title"), t("today.text")),
        rx.el.section(
            stat(t("figure.mrr"), state.own.mrr, state.own.mrr_note, loading=state.loading),
            stat(t("figure.active"), state.own.active, state.own.trialing, loading=state.loading),
            stat(t("today.revenue_today"), state.own.today, t("today.net"), loading=state.loading),
            stat(t("today.revenue_month"), state.own.month, t("today.net"), loading=state.loading),
            class_name="grid gap-4 sm:grid-cols-2 xl:grid-cols-4",
            custom_attrs={"aria-label": t("today.figures")},
        ),
        rx.foreach(state.others, _other),
        rx.el.div(
            text_link(t("today.all_reports"), href=localized(f"{ADMIN_HOME}/reports"), class_name="text-sm"),
            class_name="mt-3",
        ),
        rx.el.h2(t("today.attention"), class_name="mb-3 mt-10 text-lg font-semibold"),
        card(
            rx.cond(
                state.loading,
                skeleton_rows(3),
                rx.cond(
                    state.concerns.length() > 0,
                    rx.el.ul(rx.foreach(state.concerns, _concern), class_name="divide-y divide-line"),
                    empty("check", t("today.nothing"), t("today.nothing_text")),
                ),
            ),
            class_name="overflow-hidden",
        ),
    )


def _other(row: Any) -> rx.Component:
    """Another currency, in one line: currencies are never added up."""

    def pair(name: str, value: Any) -> rx.Component:
        return rx.el.span(name + " ", rx.el.span(value, class_name="font-medium text-ink tnum"))

    return card(
        badge(row.currency),
        pair(t("figure.mrr"), row.mrr),
        pair(t("figure.active"), row.active),
        pair(t("today.revenue_today"), row.today),
        pair(t("today.revenue_month"), row.month),
        class_name="mt-4 flex flex-wrap items-center gap-x-8 gap-y-2 px-5 py-3.5 text-sm",
    )


def _concern(row: Any) -> rx.Component:
    return rx.el.li(
        rx.el.a(
            rx.el.span(
                icon("alert", "size-4"),
                class_name=rx.match(
                    row.tone,
                    ("bad", "grid size-9 shrink-0 place-items-center rounded-full bg-bad-soft text-bad-ink"),
                    "grid size-9 shrink-0 place-items-center rounded-full bg-warn-soft text-warn-ink",
                ),
            ),
            rx.el.span(
                rx.el.span(row.title, class_name="block text-sm font-medium text-ink"),
                rx.cond(row.detail != "", rx.el.span(row.detail, class_name="block truncate text-xs text-faint")),
                class_name="min-w-0 flex-1",
            ),
            rx.el.span(row.age, class_name="shrink-0 text-sm text-faint tnum"),
            icon("arrow-right", "size-4 text-faint"),
            href=row.href,
            class_name=f"flex items-center gap-4 px-5 py-3.5 hover:bg-sunken {FOCUS}",
            custom_attrs={"data-concern": row.kind},
        )
    )
