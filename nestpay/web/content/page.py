"""The first page, the terms, the refund policy, and the page for addresses that lead nowhere."""

import reflex as rx

from nestpay.web import frames
from nestpay.web.components.actions import link_button
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card
from nestpay.web.content.questions import questions
from nestpay.web.i18n import HTML_LANG, LOCALES, localized, t, t_in
from nestpay.web.pricing.cards import canceled_notice, grouped, small_print
from nestpay.web.pricing.state import PricingState
from nestpay.web.shell import page

STEPS = (("user", "account"), ("receipt", "pay"), ("coins", "watch"))
PROMISES = (("shield", "safe"), ("repeat", "honest"), ("clock", "live"))
TERMS = ("who", "plans", "credits", "renewal", "fair", "change")
REFUNDS = ("window", "subscriptions", "packs", "how", "card")


@page("/", "meta.home", frame=frames.public, live=PricingState.again)
def home() -> rx.Component:
    return rx.el.div(
        _hero(),
        _promises(),
        rx.el.section(
            rx.el.h2(t("home.pricing.title"), class_name="text-center text-3xl font-semibold sm:text-4xl"),
            rx.el.p(t("home.pricing.text"), class_name="mx-auto mb-8 mt-3 max-w-xl text-center text-lg"),
            canceled_notice(),
            grouped(),
            small_print(),
            id="pricing",
            class_name="mx-auto max-w-page scroll-mt-20 px-4 py-16 sm:px-6",
        ),
        _steps(),
        rx.el.div(questions(), class_name="mx-auto max-w-page px-4 sm:px-6"),
        _last_word(),
    )


def _hero() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                badge(t("home.badge"), tone="accent"),
                rx.el.h1(t("home.title"), class_name="mt-6 text-[2.6rem] font-semibold leading-[1.08] sm:text-6xl"),
                rx.el.p(t("home.text"), class_name="mt-6 max-w-xl text-lg leading-relaxed"),
                rx.el.div(
                    link_button(
                        t("home.start"),
                        icon("arrow-right"),
                        href=localized("/sign-up"),
                        class_name="!min-h-12 !px-6 !text-base",
                    ),
                    link_button(
                        t("home.see_plans"), href="#pricing", kind="secondary", class_name="!min-h-12 !px-6 !text-base"
                    ),
                    class_name="mt-8 flex flex-wrap gap-3",
                ),
                rx.el.p(t("home.no_card"), class_name="mt-4 text-sm text-faint"),
            ),
            _picture(),
            class_name="mx-auto grid max-w-page items-center gap-12 px-4 py-16 sm:px-6 lg:grid-cols-[1.15fr_1fr] lg:py-24",
        ),
    )


def _picture() -> rx.Component:
    """What happens after a payment, as a still life."""
    lines = (
        ("receipt", t("home.picture.order"), "NP-0001A2", "text-muted"),
        ("coins", t("home.picture.credits"), t("home.picture.plus"), "text-accent-ink"),
        ("mail", t("home.picture.mail"), t("home.picture.sent"), "text-muted"),
    )
    return rx.el.div(
        card(
            rx.el.div(
                rx.el.span(
                    icon("check", "size-5"),
                    class_name="grid size-10 place-items-center rounded-full bg-accent text-on-accent",
                ),
                rx.el.div(
                    rx.el.div(t("home.picture.title"), class_name="font-semibold text-ink"),
                    rx.el.div(t("home.picture.text"), class_name="text-sm text-faint"),
                ),
                class_name="flex items-center gap-3.5 border-b border-line pb-5",
            ),
            rx.el.ul(
                *(
                    rx.el.li(
                        icon(name, "size-5 text-faint"),
                        rx.el.span(text, class_name="flex-1"),
                        rx.el.span(value, class_name=f"font-medium tnum {colour}"),
                        class_name="flex items-center gap-3 py-3.5 text-sm",
                    )
                    for name, text, value, colour in lines
                ),
                class_name="divide-y divide-line",
            ),
            rx.el.div(
                rx.el.div(t("home.picture.balance"), class_name="text-sm text-faint"),
                rx.el.div(t("number", n=1240), class_name="text-3xl font-semibold tracking-tight text-ink tnum"),
                class_name="mt-2 flex items-baseline justify-between rounded-card bg-sunken px-4 py-4",
            ),
            class_name="!rounded-panel p-6 !shadow-float",
        ),
        class_name="rise mx-auto w-full max-w-md lg:rotate-1",
        custom_attrs={"aria-hidden": "true"},
    )


def _promises() -> rx.Component:
    return rx.el.section(
        *(
            rx.el.div(
                icon(name, "size-6 text-accent-ink"),
                rx.el.h3(t(f"home.promise.{key}.title"), class_name="mt-3 font-semibold"),
                rx.el.p(t(f"home.promise.{key}.text"), class_name="mt-1 text-sm leading-relaxed"),
            )
            for name, key in PROMISES
        ),
        class_name="mx-auto grid max-w-page gap-10 border-y border-line px-4 py-12 sm:grid-cols-3 sm:px-6",
    )


def _steps() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("home.how.title"), class_name="text-center text-2xl font-semibold sm:text-3xl"),
        rx.el.ol(
            *(
                rx.el.li(
                    rx.el.div(
                        icon(name, "size-5"),
                        class_name="grid size-11 place-items-center rounded-card bg-accent-soft text-accent-ink",
                    ),
                    rx.el.h3(t(f"home.how.{key}.title"), class_name="mt-5 text-lg font-semibold"),
                    rx.el.p(t(f"home.how.{key}.text"), class_name="mt-2 leading-relaxed"),
                    class_name="rounded-panel border border-line bg-surface p-7",
                )
                for name, key in STEPS
            ),
            class_name="mt-10 grid gap-5 md:grid-cols-3",
        ),
        id="how",
        class_name="mx-auto max-w-page scroll-mt-20 px-4 pt-16 sm:px-6",
    )


def _last_word() -> rx.Component:
    return rx.el.section(
        rx.el.h2(t("home.last.title"), class_name="text-3xl font-semibold sm:text-4xl"),
        rx.el.p(t("home.last.text"), class_name="mx-auto mt-3 max-w-lg text-lg"),
        link_button(
            t("home.start"),
            icon("arrow-right"),
            href=localized("/sign-up"),
            class_name="mt-8 !min-h-12 !px-6 !text-base",
        ),
        class_name="mx-auto max-w-page px-4 py-28 text-center sm:px-6",
    )


@page("/terms", "meta.terms", frame=frames.public)
def terms() -> rx.Component:
    return _text_page("terms", TERMS)


@page("/refund-policy", "meta.refunds", frame=frames.public)
def refund_policy() -> rx.Component:
    return _text_page("refunds", REFUNDS)


def _text_page(name: str, parts: tuple[str, ...]) -> rx.Component:
    return rx.el.article(
        rx.el.h1(t(f"{name}.title"), class_name="text-4xl font-semibold"),
        rx.el.p(t(f"{name}.lead"), class_name="mt-4 text-lg leading-relaxed"),
        *(
            rx.el.section(
                rx.el.h2(t(f"{name}.{part}.title"), class_name="text-xl font-semibold"),
                rx.el.p(t(f"{name}.{part}.text"), class_name="mt-2 leading-relaxed"),
                class_name="mt-10",
            )
            for part in parts
        ),
        class_name="mx-auto max-w-prose px-4 py-16 sm:px-6 sm:py-24",
    )


def not_found() -> rx.Component:
    """One page for every unknown address, so it speaks all languages at once."""
    return frames.narrow(
        rx.el.div(
            rx.el.div("404", class_name="text-sm font-semibold text-accent-ink tnum"),
            rx.el.h1(t("not_found.title"), class_name="mt-3 text-4xl font-semibold"),
            *(rx.el.p(t_in(locale, "not_found.text"), lang=HTML_LANG[locale], class_name="mt-3") for locale in LOCALES),
            link_button(t("not_found.home"), href=localized("/"), class_name="mt-8"),
            class_name="pt-10 text-center",
        )
    )
