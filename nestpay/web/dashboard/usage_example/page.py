"""Three pretend jobs with a price, to see credits move before a real product is there."""

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card, notice
from nestpay.web.dashboard.usage_example.state import COSTS, UsageExampleState
from nestpay.web.i18n import localized, t
from nestpay.web.session import Session
from nestpay.web.shell import page


def usage_example() -> rx.Component:
    state = UsageExampleState
    return rx.el.div(
        frames.page_head(t("usage.title"), t("usage.text")),
        rx.el.div(
            *(_job(job, cost) for job, cost in COSTS.items()),
            class_name="grid gap-4 sm:grid-cols-3",
        ),
        rx.cond(
            state.message != "",
            rx.el.div(
                rx.cond(
                    state.refused,
                    notice(
                        rx.el.p(state.message),
                        link_button(
                            t("nav.see_plans"),
                            href=localized(get_settings().pricing_path),
                            kind="secondary",
                            class_name="mt-3",
                        ),
                        tone="warn",
                        live=True,
                    ),
                    notice(state.message, tone="good", live=True),
                ),
                class_name="mt-6",
            ),
        ),
        card(
            rx.el.div(t("usage.balance"), class_name="text-sm text-faint"),
            rx.el.div(
                Session.credits,
                id="usage-balance",
                class_name="mt-1 text-4xl font-semibold tracking-tight text-ink tnum",
            ),
            rx.el.p(t("usage.balance_note"), class_name="mt-2 text-sm"),
            class_name="mt-6 p-6",
        ),
    )


def _job(job: str, cost: int) -> rx.Component:
    state = UsageExampleState
    return card(
        rx.el.div(
            icon("bolt", "size-5"),
            class_name="grid size-10 place-items-center rounded-card bg-accent-soft text-accent-ink",
        ),
        rx.el.h2(t(f"usage.{job}.title"), class_name="mt-4 font-semibold"),
        rx.el.p(t(f"usage.{job}.text"), class_name="mt-1 flex-1 text-sm"),
        button(
            t("usage.spend", n=cost),
            kind="secondary",
            busy=state.busy == job,
            disabled=(state.busy != "") | (state.key == ""),
            on_click=state.use(job, state.key),
            class_name="mt-5 w-full",
        ),
        class_name="flex flex-col p-5",
        custom_attrs={"data-job": job},
    )


# A live shop has real things to spend credits on.
if get_settings().mode != "live":
    page(
        "/dashboard/credit-usage-example",
        "meta.usage",
        frame=frames.customer,
        audience="customer",
        load=(UsageExampleState.clear,),
    )(usage_example)
