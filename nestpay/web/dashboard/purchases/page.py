"""My purchases: what was bought for good, spaces, and the keys and files that came with them; and what one may do."""

from typing import Any

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.components.actions import button, link_button, text_link
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, skeleton_rows
from nestpay.web.components.tables import listing, table
from nestpay.web.dashboard.purchases.state import MayState, PurchasesState
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page


@page(
    "/dashboard/purchases",
    "meta.purchases",
    frame=frames.customer,
    audience="customer",
    load=(PurchasesState.load,),
    live=PurchasesState.load,
)
def purchases() -> rx.Component:
    state = PurchasesState
    nothing = empty(
        "bag",
        t("purchases.empty.title"),
        t("purchases.empty.text"),
        link_button(t("library.all.articles"), href=localized("/articles"), kind="secondary"),
    )
    return rx.el.div(
        frames.page_head(
            t("purchases.title"),
            t("purchases.text"),
            link_button(t("may.title"), href=localized("/dashboard/entitlements"), kind="secondary"),
        ),
        rx.cond(
            state.loading,
            card(skeleton_rows()),
            rx.cond(
                state.rows.length() > 0,
                rx.el.ul(rx.foreach(state.rows, _purchase), class_name="grid gap-4"),
                card(nothing),
            ),
        ),
    )


def _purchase(row: Any) -> rx.Component:
    title = rx.cond(
        row.href != "",
        text_link(row.title, href=row.href, class_name="!text-ink"),
        rx.el.span(row.title),
    )
    return rx.el.li(
        card(
            rx.el.div(
                rx.el.div(
                    rx.el.div(title, badge(row.state, tone=row.tone), class_name="flex flex-wrap items-center gap-3"),
                    rx.el.div(
                        row.kind, " · ", row.since, " · ", row.amount, " · ", row.number, class_name="mt-1 text-sm tnum"
                    ),
                    rx.cond(row.until != "", rx.el.div(row.until, class_name="mt-0.5 text-sm text-faint")),
                    class_name="min-w-0 font-medium text-ink [&>div+div]:font-normal [&>div+div]:text-muted",
                ),
                rx.cond(
                    row.to_end != "",
                    button(t("purchases.end"), kind="secondary", on_click=PurchasesState.end(row.to_end)),
                ),
                rx.cond(
                    row.to_resume != "",
                    button(t("purchases.resume"), on_click=PurchasesState.resume(row.to_resume)),
                ),
                class_name="flex flex-wrap items-start justify-between gap-4",
            ),
            rx.cond(
                row.handed.length() > 0,
                rx.el.ul(rx.foreach(row.handed, _handed), class_name="mt-4 grid gap-2 border-t border-line pt-4"),
            ),
            class_name="p-5",
        ),
        custom_attrs={"data-order": row.number},
    )


def _handed(line: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            line.word,
            rx.cond(line.text != "", rx.el.div(line.text, class_name="text-faint")),
            class_name="text-sm",
        ),
        rx.cond(
            line.key != "",
            rx.el.code(line.key, class_name="select-all rounded bg-sunken px-2.5 py-1 text-sm text-ink"),
        ),
        rx.cond(line.url != "", text_link(t("orders.open"), href=line.url, target="_blank", rel="noopener")),
        rx.cond(
            line.download != "",
            button(
                icon("download"),
                t("purchases.download"),
                kind="secondary",
                on_click=PurchasesState.download(line.download),
            ),
        ),
        class_name="flex flex-wrap items-center justify-between gap-3",
    )


@page(
    "/dashboard/entitlements",
    "meta.entitlements",
    frame=frames.customer,
    audience="customer",
    load=(MayState.load,),
    live=MayState.load,
)
def may() -> rx.Component:
    state = MayState
    shown = table(
        state.rows,
        [
            (t("may.what"), lambda row: rx.el.code(row.name, class_name="text-ink")),
            (t("may.answer"), _answer),
            (t("may.why"), lambda row: row.why),
            (t("may.until"), lambda row: row.until, "whitespace-nowrap"),
            (t("may.left"), lambda row: row.left, "md:text-right"),
        ],
        label=t("may.title"),
    )
    to_plans = link_button(t("nav.see_plans"), href=localized(get_settings().pricing_path), kind="secondary")
    nothing = empty("shield", t("may.empty.title"), t("may.empty.text"), to_plans)
    return rx.el.div(
        frames.back_link("/dashboard/purchases", t("purchases.title")),
        frames.page_head(t("may.title"), t("may.text")),
        listing(state.loading, state.rows, shown, skeleton_rows(), nothing),
    )


def _answer(row: Any) -> rx.Component:
    return rx.cond(row.allowed, badge(t("may.yes"), tone="good"), badge(t("may.no")))
