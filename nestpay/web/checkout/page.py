"""The short wait before the payment page, and the page people return to after paying."""

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.checkout.state import CheckoutState, SuccessState
from nestpay.web.components.actions import link_button
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card, facts, notice
from nestpay.web.i18n import localized, t
from nestpay.web.session import Session
from nestpay.web.shell import page

_BOX = "w-full max-w-md !rounded-panel p-8 text-center"


@page("/checkout", "meta.checkout", frame=frames.narrow, audience="customer", load=(CheckoutState.start,))
def start() -> rx.Component:
    pricing = localized(get_settings().pricing_path)
    return card(
        rx.cond(
            CheckoutState.trouble == "",
            rx.el.div(
                rx.el.span(
                    class_name="spinner mx-auto block text-2xl text-accent-ink", custom_attrs={"aria-hidden": "true"}
                ),
                rx.el.h1(t("checkout.title"), class_name="mt-6 text-xl font-semibold"),
                rx.el.p(t("checkout.text"), class_name="mt-2 text-sm"),
                role="status",
            ),
            rx.el.div(
                _mark("alert", "bg-warn-soft text-warn-ink"),
                rx.el.h1(t("checkout.trouble"), class_name="mt-6 text-xl font-semibold"),
                rx.el.p(CheckoutState.trouble, class_name="mt-2 text-sm", role="alert"),
                rx.el.div(
                    rx.cond(
                        CheckoutState.change_to != "",
                        rx.el.div(
                            link_button(
                                t("checkout.change"),
                                href=localized("/dashboard/subscription/change") + "?price=" + CheckoutState.change_to,
                            ),
                            link_button(
                                t("checkout.to_subscription"),
                                href=localized("/dashboard/subscription"),
                                kind="secondary",
                            ),
                            class_name="flex flex-wrap justify-center gap-3",
                        ),
                        link_button(t("checkout.to_plans"), href=pricing),
                    ),
                    class_name="mt-7",
                ),
            ),
        ),
        class_name=_BOX,
    )


@page("/payment/success", "meta.success", frame=frames.narrow, audience="customer", load=(SuccessState.follow,))
def success() -> rx.Component:
    return card(
        rx.match(
            SuccessState.stage,
            ("paid", _paid()),
            ("failed", _sorry("failed")),
            ("expired", _sorry("expired")),
            ("unknown", _sorry("unknown")),
            _waiting(),
        ),
        class_name=_BOX,
        id="payment",
        custom_attrs={"data-stage": SuccessState.stage},
    )


def _waiting() -> rx.Component:
    return rx.el.div(
        rx.el.span(class_name="spinner mx-auto block text-3xl text-accent-ink", custom_attrs={"aria-hidden": "true"}),
        rx.el.h1(t("success.confirming.title"), class_name="mt-6 text-xl font-semibold"),
        rx.el.p(t("success.confirming.text"), class_name="mt-2 text-sm"),
        rx.cond(SuccessState.stage == "late", notice(t("success.late"), class_name="mt-6 text-left")),
        role="status",
    )


def _paid() -> rx.Component:
    return rx.el.div(
        _mark("check", "bg-accent text-on-accent"),
        rx.el.h1(t("success.paid.title"), class_name="mt-6 text-2xl font-semibold"),
        rx.el.p(t("success.paid.text"), class_name="mt-2 text-sm"),
        rx.el.div(
            facts(
                (t("success.plan"), SuccessState.plan),
                (t("success.amount"), SuccessState.amount),
                (
                    t("success.credits"),
                    rx.cond(SuccessState.credits_pending, t("success.credits_coming"), SuccessState.credits),
                ),
                (t("success.balance"), Session.credits),
            ),
            class_name="mt-6 rounded-card bg-sunken px-5 text-left",
        ),
        rx.el.div(
            rx.cond(
                SuccessState.content_href != "",
                link_button(t("success.to_content"), href=SuccessState.content_href, class_name="w-full"),
                link_button(t("success.to_dashboard"), href=localized("/dashboard"), class_name="w-full"),
            ),
            link_button(
                t("success.to_order"), href=localized("/dashboard/my-orders"), kind="secondary", class_name="w-full"
            ),
            class_name="mt-7 grid gap-3",
        ),
        rx.el.p(t("success.mail"), class_name="mt-5 text-xs text-faint"),
        role="status",
        class_name="rise",
    )


def _sorry(stage: str) -> rx.Component:
    return rx.el.div(
        _mark("info" if stage == "unknown" else "alert", "bg-sunken text-muted"),
        rx.el.h1(t(f"success.{stage}.title"), class_name="mt-6 text-xl font-semibold"),
        rx.el.p(t(f"success.{stage}.text"), class_name="mt-2 text-sm"),
        rx.el.div(
            link_button(t("checkout.to_plans"), href=localized(get_settings().pricing_path)),
            link_button(t("success.to_order"), href=localized("/dashboard/my-orders"), kind="secondary"),
            class_name="mt-7 flex flex-wrap justify-center gap-3",
        ),
        role="status",
    )


def _mark(icon_name: str, colours: str) -> rx.Component:
    return rx.el.div(
        icon(icon_name, "size-7"), class_name=f"mx-auto grid size-16 place-items-center rounded-full {colours}"
    )
