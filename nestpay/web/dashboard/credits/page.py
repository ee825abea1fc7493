"""Where credits came from and where they went."""

import reflex as rx

from nestpay.web import frames
from nestpay.web.components.surfaces import stat
from nestpay.web.components.tables import pager
from nestpay.web.dashboard.credits.state import CreditsState
from nestpay.web.dashboard.tables import credits_table
from nestpay.web.i18n import t
from nestpay.web.shell import page


@page(
    "/dashboard/credit-history",
    "meta.history",
    frame=frames.customer,
    audience="customer",
    load=(CreditsState.load,),
    live=CreditsState.again,
)
def credit_history() -> rx.Component:
    state = CreditsState
    return rx.el.div(
        frames.page_head(t("history.title"), t("history.text")),
        rx.el.div(
            stat(t("history.total"), state.total, loading=state.loading, class_name="col-span-2 sm:col-span-1"),
            stat(
                t("history.subscription"),
                state.subscription_credits,
                t("history.subscription_note"),
                loading=state.loading,
            ),
            stat(t("history.one_time"), state.one_time_credits, t("history.one_time_note"), loading=state.loading),
            class_name="mb-6 grid grid-cols-2 gap-4 sm:grid-cols-3",
        ),
        credits_table(state.rows, state.loading),
        pager(state.newer, state.older, state.turn),
    )
