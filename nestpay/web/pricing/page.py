"""The pricing page, with a switch between intervals or all offers at once."""

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.components.actions import text_link
from nestpay.web.content.questions import questions
from nestpay.web.i18n import localized, t
from nestpay.web.pricing.cards import canceled_notice, compared, grouped, small_print, ungrouped
from nestpay.web.pricing.state import PricingState
from nestpay.web.shell import page

PATH = get_settings().pricing_path


@page(PATH, "meta.pricing", frame=frames.public, live=PricingState.again)
def pricing() -> rx.Component:
    return rx.el.div(
        _head(),
        canceled_notice(),
        grouped(),
        small_print(),
        rx.el.p(text_link(t("pricing.all_link"), href=localized(f"{PATH}/all")), class_name="mt-3 text-center text-sm"),
        rx.el.section(
            rx.el.h2(t("compare.title"), class_name="mb-6 text-center text-2xl font-semibold"),
            compared(),
            class_name="mt-24",
        ),
        questions(),
        class_name="mx-auto max-w-page px-4 pb-24 pt-14 sm:px-6 sm:pt-20",
    )


@page(f"{PATH}/all", "meta.pricing_all", frame=frames.public, live=PricingState.again)
def pricing_all() -> rx.Component:
    return rx.el.div(
        _head(),
        canceled_notice(),
        ungrouped(),
        small_print(),
        class_name="mx-auto max-w-page px-4 pb-24 pt-14 sm:px-6 sm:pt-20",
    )


def _head() -> rx.Component:
    return rx.el.div(
        rx.el.h1(t("pricing.title"), class_name="text-4xl font-semibold sm:text-5xl"),
        rx.el.p(t("pricing.text"), class_name="mx-auto mt-4 max-w-xl text-lg"),
        class_name="mb-10 text-center",
    )
