"""The questions people ask before they pay."""

import reflex as rx

from nestpay.web.components.icons import icon
from nestpay.web.i18n import t
from nestpay.web.tokens import FOCUS

TOPICS = ("credits", "expire", "change", "cancel", "refund", "safe")


def questions() -> rx.Component:
    """A list of questions that open on a click."""
    return rx.el.section(
        rx.el.h2(t("questions.title"), class_name="text-center text-2xl font-semibold sm:text-3xl"),
        rx.el.div(
            *(
                rx.el.details(
                    rx.el.summary(
                        t(f"questions.{topic}.title"),
                        icon("chevron-down", "size-5 text-faint transition-transform group-open:rotate-180"),
                        class_name=f"flex items-center justify-between gap-4 rounded-field py-5 font-medium text-ink {FOCUS}",
                    ),
                    rx.el.p(t(f"questions.{topic}.text"), class_name="max-w-prose pb-5 pr-8 leading-relaxed"),
                    class_name="group border-b border-line",
                )
                for topic in TOPICS
            ),
            class_name="mx-auto mt-8 max-w-2xl border-t border-line",
        ),
        id="questions",
        class_name="mt-24 scroll-mt-24",
    )
