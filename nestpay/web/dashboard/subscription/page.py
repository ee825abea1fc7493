"""Which plan runs, until when, and which credits it brings."""

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.components.actions import link_button
from nestpay.web.components.surfaces import badge, card, empty, facts, notice, skeleton_rows
from nestpay.web.dashboard.subscription.state import SubscriptionState
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page


@page(
    "/dashboard/subscription",
    "meta.subscription",
    frame=frames.customer,
    audience="customer",
    load=(SubscriptionState.load,),
    live=SubscriptionState.load,
)
def subscription() -> rx.Component:
    state = SubscriptionState
    return rx.el.div(
        frames.page_head(t("subscription.title"), t("subscription.text")),
        rx.cond(
            state.loading,
            card(skeleton_rows(6)),
            rx.cond(state.exists, _running(), card(_nothing())),
        ),
    )


def _running() -> rx.Component:
    state = SubscriptionState
    dash = "–"
    return rx.el.div(
        rx.cond(state.problem != "", notice(state.problem, tone="warn", live=True)),
        rx.cond(state.ends != "", notice(t("subscription.ends_on") + " " + state.ends, tone="warn")),
        card(
            rx.el.div(
                rx.el.div(
                    rx.el.div(t("subscription.plan"), class_name="text-sm text-faint"),
                    rx.el.h2(state.plan, class_name="mt-1 text-3xl font-semibold"),
                    rx.el.div(state.price, class_name="mt-1 tnum"),
                ),
                badge(state.status, tone=state.tone),
                class_name="flex items-start justify-between gap-4 border-b border-line pb-6",
            ),
            facts(
                (t("subscription.period"), rx.cond(state.period != "", state.period, dash)),
                (t("subscription.renews"), rx.cond(state.renews != "", state.renews, dash)),
                (t("subscription.trial"), rx.cond(state.trial_ends != "", state.trial_ends, dash)),
                (t("subscription.next_credits"), rx.cond(state.next_credits != "", state.next_credits, dash)),
                (t("subscription.plan_credits"), state.subscription_credits),
                (t("subscription.pack_credits"), state.one_time_credits),
                (t("subscription.provider"), state.provider),
            ),
            rx.el.div(
                link_button(
                    t("subscription.other_plans"), href=localized(get_settings().pricing_path), kind="secondary"
                ),
                link_button(t("subscription.invoices"), href=localized("/dashboard/my-orders"), kind="secondary"),
                class_name="mt-6 flex flex-wrap gap-3",
            ),
            class_name="p-6 sm:p-8",
        ),
        class_name="grid gap-5",
    )


def _nothing() -> rx.Component:
    return empty(
        "repeat",
        t("subscription.empty.title"),
        t("subscription.empty.text"),
        link_button(t("nav.see_plans"), href=localized(get_settings().pricing_path)),
    )
