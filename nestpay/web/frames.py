"""What is around a page: the public site's bars, the customer's side bar, the narrow frame of the sign-in pages."""

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from nestpay.settings import get_settings
from nestpay.web import host
from nestpay.web.components.actions import ENTRY, icon_button, link_button, menu, opens, text_link
from nestpay.web.components.icons import icon, logo
from nestpay.web.components.surfaces import notice
from nestpay.web.components.times import teller
from nestpay.web.i18n import HTML_LANG, LANGUAGES, LOCALES, current_locale, localized, t, t_in
from nestpay.web.navigation import (
    ADMIN_HOME,
    customer_sections,
    is_in,
    public_ways,
    sections_of_a_phone,
    sections_of_the_account,
)
from nestpay.web.session import Session
from nestpay.web.shell import here, in_language
from nestpay.web.tokens import FOCUS


def public(content: rx.Component) -> rx.Component:
    """The frame of the public site."""
    if (around := host.current()) and around.frame:
        return around.frame(_page(rx.el.main(content, id="main", class_name="flex-1"), height="min-h-[70vh]"))
    return _page(
        _public_bar(),
        rx.el.main(content, id="main", class_name="flex-1"),
        _footer(),
        glow=True,
    )


def narrow(content: rx.Component) -> rx.Component:
    """The frame of pages with one small form or one message."""
    if (around := host.current()) and around.frame:
        return public(rx.el.div(content, class_name="flex flex-col items-center px-4 py-16"))
    return _page(
        rx.el.header(
            _brand("/"),
            rx.el.div(_language_menu(), _theme_button(), class_name="flex items-center gap-1"),
            class_name="mx-auto flex w-full max-w-page items-center justify-between px-4 py-4 sm:px-6",
        ),
        rx.el.main(
            content,
            id="main",
            class_name="flex flex-1 flex-col items-center px-4 pb-20 pt-8 sm:pt-16",
        ),
        _footer(),
        glow=True,
    )


def customer(content: rx.Component) -> rx.Component:
    """The frame of a signed-in customer: a side bar, which is a bar at the bottom of a phone."""
    content = rx.fragment(_verify_reminder(), content)
    return beside(_side_bar(), content, home="/dashboard", width="max-w-5xl", below=_bottom_bar())


def beside(
    side: rx.Component, content: rx.Component, *, home: str, width: str, above: Any = None, below: Any = None
) -> rx.Component:
    """A page with a side bar, whose sections a phone finds `above` or `below` the content instead."""
    return _page(
        rx.el.div(
            side,
            rx.el.div(
                _top_bar(home),
                above,
                rx.el.main(
                    content,
                    id="main",
                    class_name=f"mx-auto w-full {width} px-4 pb-28 pt-6 sm:px-8 lg:pb-16 lg:pt-10",
                ),
                class_name="min-w-0 flex-1",
            ),
            class_name="flex flex-1",
        ),
        below,
    )


def _page(*parts: rx.Component, glow: bool = False, height: str = "nestpay-page min-h-dvh") -> rx.Component:
    return rx.el.div(
        rx.el.a(
            t("nav.skip"),
            href="#main",
            class_name="sr-only focus:not-sr-only focus:fixed focus:left-4 focus:top-4 focus:z-50 focus:rounded-field "
            "focus:bg-accent focus:px-4 focus:py-2 focus:text-on-accent",
        ),
        _sandbox_ribbon(),
        _language_suggestion(),
        *parts,
        _connection_notice(),
        teller(),
        class_name=f"nestpay flex {height} flex-col text-muted {'glow' if glow else ''}",
    )


def _sandbox_ribbon() -> rx.Component | None:
    if get_settings().mode == "live":
        return None
    return rx.el.div(
        t(f"ribbon.{get_settings().mode}"),
        class_name="bg-warn-soft px-4 py-1.5 text-center text-xs font-medium text-warn-ink",
        role="note",
    )


def _language_suggestion() -> rx.Component:
    """Says in the visitor's own language that the page speaks it; only in browsers that ask for it, and only once."""
    offers = [
        (
            locale,
            rx.el.div(
                rx.el.span(t_in(locale, "language.suggestion")),
                rx.el.button(
                    t_in(locale, "language.switch"),
                    type="button",
                    on_click=in_language(locale),
                    class_name=f"rounded font-semibold underline underline-offset-4 {FOCUS}",
                ),
                icon_button("x", t_in(locale, "language.stay"), on_click=Session.settle_language, class_name="!size-8"),
                lang=HTML_LANG[locale],
                class_name="flex items-center justify-center gap-3 bg-accent-soft px-4 py-1 text-sm text-accent-ink",
            ),
        )
        for locale in LOCALES
        if locale != current_locale()
    ]
    return rx.fragment(rx.match(Session.suggestion, *offers, rx.fragment()))


def _connection_notice() -> rx.Component:
    return rx.cond(
        has_connection_errors,
        rx.el.div(
            notice(t("connection.lost"), tone="warn", live=True, class_name="shadow-float"),
            class_name="fixed inset-x-4 bottom-24 z-40 mx-auto max-w-md lg:bottom-6",
        ),
    )


def _brand(path: str) -> rx.Component:
    return rx.el.a(
        None if host.current() else logo(),
        rx.el.span(host.name(), class_name="text-[1.0625rem] font-semibold tracking-tight text-ink"),
        href=localized(host.home(path)),
        class_name=f"flex items-center gap-2.5 rounded-field {FOCUS}",
    )


def _public_bar() -> rx.Component:
    return rx.el.header(
        rx.el.div(
            _brand("/"),
            rx.el.nav(
                *(_bar_link(t(key), localized(path) + part, look) for path, part, key, look in public_ways()),
                class_name="ml-6 flex flex-1 items-center gap-1",
                custom_attrs={"aria-label": t("nav.main")},
            ),
            _language_menu(),
            _theme_button(),
            rx.cond(
                Session.signed_in,
                rx.el.div(_plan_pill(), _account_menu(), class_name="flex items-center gap-2"),
                rx.el.div(
                    _bar_link(t("nav.sign_in"), localized("/sign-in"), "inline-flex"),
                    link_button(
                        t("nav.start"), href=localized("/sign-up"), class_name="!hidden !min-h-9 sm:!inline-flex"
                    ),
                    class_name="flex items-center gap-2",
                ),
            ),
            class_name="mx-auto flex h-16 max-w-page items-center gap-1 px-4 sm:px-6",
        ),
        class_name="sticky top-0 z-30 border-b border-line bg-canvas/85 backdrop-blur-md",
    )


def _bar_link(text: str, href: str, class_name: str) -> rx.Component:
    return rx.el.a(
        text,
        href=href,
        class_name=f"items-center rounded-field px-3 py-2 text-sm font-medium whitespace-nowrap text-muted "
        f"hover:text-ink {FOCUS} {class_name}",
    )


def _plan_pill() -> rx.Component:
    """Plan and credits, live. Screen readers hear a change of credits."""
    return rx.el.a(
        rx.cond(Session.plan != "", rx.el.span(Session.plan, class_name="hidden font-medium text-ink sm:inline")),
        rx.cond(Session.plan != "", rx.el.span("·", class_name="hidden text-faint sm:inline")),
        icon("coins", "size-3.5 text-accent-ink"),
        rx.el.span(
            Session.credits,
            rx.el.span(" " + t("credits.word"), class_name="sr-only sm:not-sr-only"),
            id="header-credits",
            class_name="tnum",
            custom_attrs={"aria-live": "polite"},
        ),
        href=localized("/dashboard/credit-history"),
        class_name=f"inline-flex h-9 items-center gap-1.5 rounded-full border border-line bg-surface px-3 text-xs {FOCUS}",
    )


def _account_menu() -> rx.Component:
    opener = rx.el.button(
        rx.el.span(
            Session.initial,
            class_name="grid size-8 place-items-center rounded-full bg-accent-soft text-sm font-semibold text-accent-ink",
        ),
        type="button",
        class_name=f"rounded-full {FOCUS}",
        custom_attrs={**opens("account-menu"), "aria-label": t("nav.account")},
    )
    return menu(
        "account-menu",
        opener,
        rx.el.div(
            rx.el.div(Session.name, class_name="truncate text-sm font-medium text-ink"),
            rx.el.div(Session.email, class_name="truncate text-xs text-faint"),
            class_name="max-w-60 border-b border-line px-3 pb-2.5 pt-1.5",
        ),
        rx.el.div(
            rx.el.a(icon("home"), t("nav.dashboard"), href=localized("/dashboard"), class_name=ENTRY),
            *(
                rx.el.a(icon(sign), t(key), href=localized(path), class_name=ENTRY)
                for path, sign, key in sections_of_the_account()
            ),
            rx.cond(
                Session.is_admin,
                rx.el.a(icon("shield"), t("nav.admin"), href=localized(ADMIN_HOME), class_name=ENTRY),
            ),
            rx.el.button(
                icon("sign-out"), t("nav.sign_out"), type="button", on_click=Session.sign_out, class_name=ENTRY
            )
            if host.sign_out() != ""
            else None,
            class_name="pt-1.5",
        ),
        label=t("nav.account"),
    )


def _language_menu() -> rx.Component:
    opener = icon_button("globe", t("nav.language"), custom_attrs=opens("language-menu"))
    entries = [
        rx.el.a(
            LANGUAGES[locale],
            icon("check", "size-4 ml-auto text-accent-ink") if locale == current_locale() else None,
            href=localized(here(), locale),
            lang=HTML_LANG[locale],
            on_click=in_language(locale).prevent_default,
            class_name=ENTRY,
            custom_attrs={"aria-current": "true"} if locale == current_locale() else {},
        )
        for locale in LOCALES
    ]
    return menu("language-menu", opener, *entries, label=t("nav.language"))


def _theme_button() -> rx.Component:
    return rx.el.button(
        rx.color_mode_cond(icon("moon", "size-[1.125rem]"), icon("sun", "size-[1.125rem]")),
        type="button",
        on_click=rx.toggle_color_mode,
        class_name=f"grid size-10 place-items-center rounded-field text-muted hover:bg-sunken hover:text-ink {FOCUS}",
        custom_attrs={"aria-label": t("nav.theme")},
    )


def _footer() -> rx.Component:
    links = (
        ("nav.pricing", get_settings().pricing_path),
        ("nav.terms", "/terms"),
        ("nav.refunds", "/refund-policy"),
    )
    return rx.el.footer(
        rx.el.div(
            rx.el.div(host.name())
            if host.current()
            else rx.el.div(logo("size-5"), rx.el.span(t("footer.line")), class_name="flex items-center gap-2.5"),
            rx.el.nav(
                *(
                    rx.el.a(t(key), href=localized(path), class_name=f"rounded hover:text-ink {FOCUS}")
                    for key, path in links
                    if host.has_way(path)
                ),
                class_name="flex flex-wrap gap-x-6 gap-y-2",
                custom_attrs={"aria-label": t("nav.footer")},
            ),
            class_name="mx-auto flex max-w-page flex-wrap items-center justify-between gap-4 px-4 py-8 text-sm text-faint sm:px-6",
        ),
        class_name="border-t border-line",
    )


def _side_bar() -> rx.Component:
    return side_bar(
        "/dashboard",
        rx.el.nav(
            *(side_link(*entry) for entry in customer_sections()),
            class_name="grid gap-0.5 px-3 py-2",
            custom_attrs={"aria-label": t("nav.main")},
        ),
        rx.el.div(
            rx.el.div(t("nav.more_credits"), class_name="text-sm font-medium text-ink"),
            rx.el.p(t("nav.more_credits_text"), class_name="mt-1 text-xs leading-relaxed"),
            link_button(
                t("nav.see_plans"),
                href=localized(get_settings().pricing_path),
                kind="secondary",
                class_name="mt-3 w-full",
            ),
            class_name="m-3 mt-auto rounded-card border border-line bg-surface p-4",
        ),
    )


def side_bar(home: str, *parts: rx.Component) -> rx.Component:
    """The bar beside the content of wide screens, with the way `home` on top."""
    content = rx.el.div(
        rx.el.div(_brand(home), class_name="flex h-16 shrink-0 items-center px-5"),
        *parts,
        class_name="sticky top-0 flex h-full max-h-dvh flex-col overflow-y-auto",
    )
    return rx.el.aside(content, class_name="hidden w-60 shrink-0 border-r border-line bg-sunken lg:block")


def side_link(path: str, icon_name: str, key: str) -> rx.Component:
    """One section in a side bar."""
    is_here = is_in(path)
    look = "bg-surface text-ink shadow-card" if is_here else "hover:bg-surface hover:text-ink"
    return rx.el.a(
        icon(icon_name, "size-[1.125rem]"),
        t(key),
        href=localized(path),
        class_name=f"flex items-center gap-3 rounded-field px-3 py-2.5 text-sm font-medium {look} {FOCUS}",
        custom_attrs={"aria-current": "page"} if is_here else {},
    )


def _top_bar(home: str) -> rx.Component:
    return rx.el.header(
        rx.el.div(_brand(home), class_name="lg:hidden"),
        rx.el.div(
            rx.cond(Session.signed_in, _plan_pill()),
            _language_menu(),
            _theme_button(),
            rx.cond(Session.signed_in, _account_menu()),
            class_name="ml-auto flex items-center gap-1.5",
        ),
        class_name="sticky top-0 z-30 flex h-16 items-center border-b border-line bg-canvas/85 px-4 backdrop-blur-md sm:px-8",
    )


def _bottom_bar() -> rx.Component:
    return rx.el.nav(
        *(_bottom_link(*entry) for entry in sections_of_a_phone()),
        class_name="fixed inset-x-0 bottom-0 z-30 grid auto-cols-fr grid-flow-col border-t border-line bg-canvas/95 "
        "pb-[env(safe-area-inset-bottom)] backdrop-blur-md lg:hidden",
        custom_attrs={"aria-label": t("nav.main")},
    )


def _bottom_link(path: str, icon_name: str, key: str) -> rx.Component:
    is_here = is_in(path)
    return rx.el.a(
        icon(icon_name, "size-5"),
        rx.el.span(t(key), class_name="max-w-full truncate"),
        href=localized(path),
        class_name=f"flex min-h-14 min-w-0 flex-col items-center justify-center gap-1 px-1 text-[0.6875rem] font-medium "
        f"{'text-accent-ink' if is_here else 'text-faint'} {FOCUS}",
        custom_attrs={"aria-current": "page"} if is_here else {},
    )


def _verify_reminder() -> rx.Component:
    return rx.cond(
        Session.signed_in & ~Session.email_verified,
        notice(
            rx.el.span(t("verify.reminder") + " "),
            text_link(t("verify.reminder_link"), href=localized("/verify-email")),
            tone="accent",
            class_name="mb-6",
        ),
    )


def back_link(path: str, text: str) -> rx.Component:
    """The way from a page to the one it belongs to."""
    return rx.el.a(
        icon("arrow-left", "size-4"),
        text,
        href=localized(path),
        class_name=f"mb-4 inline-flex items-center gap-1.5 rounded text-sm font-medium text-faint hover:text-ink {FOCUS}",
    )


def page_head(title: str, text: str, *actions: Any) -> rx.Component:
    """The title of a customer's page."""
    return rx.el.div(
        rx.el.div(
            rx.el.h1(title, class_name="text-2xl font-semibold"),
            rx.el.p(text, class_name="mt-1 text-sm"),
        ),
        rx.el.div(*actions, class_name="flex flex-wrap gap-3") if actions else None,
        class_name="mb-8 flex flex-wrap items-end justify-between gap-4",
    )
