"""The first page after signing in: where one stands, and what happened lately."""

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.components.actions import link_button, text_link
from nestpay.web.components.surfaces import badge, section_title, stat
from nestpay.web.dashboard.overview.state import OverviewState
from nestpay.web.dashboard.tables import credits_table, orders_table
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page


@page(
    "/dashboard",
    "meta.overview",
    frame=frames.customer,
    audience="customer",
    load=(OverviewState.load,),
    live=OverviewState.load,
)
def overview() -> rx.Component:
    state = OverviewState
    return rx.el.div(
        frames.page_head(
            t("overview.title"),
            t("overview.text"),
            link_button(t("overview.buy"), href=localized(get_settings().pricing_path)),
        ),
        rx.el.div(
            stat(
                t("overview.plan"),
                rx.el.span(
                    state.plan,
                    rx.cond(
                        state.status != "",
                        badge(state.status, tone=state.tone, class_name="ml-3 align-middle tracking-normal"),
                    ),
                ),
                text_link(t("overview.manage"), href=localized("/dashboard/subscription")),
                loading=state.loading,
                class_name="col-span-2 md:col-span-1",
            ),
            stat(t("overview.credits"), state.total, state.next_credits, loading=state.loading),
            stat(
                t("overview.split"),
                rx.el.span(
                    state.subscription_credits,
                    " ",
                    rx.el.span(
                        rx.el.span("+ ", class_name="text-faint"),
                        state.one_time_credits,
                        class_name="whitespace-nowrap",
                    ),
                ),
                t("overview.split_note"),
                loading=state.loading,
            ),
            class_name="grid grid-cols-2 gap-4 md:grid-cols-3",
        ),
        rx.el.section(
            section_title(t("overview.recent_credits"), action=_all("/dashboard/credit-history")),
            credits_table(state.lines, state.loading),
            class_name="mt-10 grid gap-4",
        ),
        rx.el.section(
            section_title(t("overview.recent_orders"), action=_all("/dashboard/my-orders")),
            orders_table(state.orders, state.loading),
            class_name="mt-10 grid gap-4",
        ),
    )


def _all(path: str) -> rx.Component:
    return text_link(t("overview.all"), href=localized(path), class_name="text-sm")
