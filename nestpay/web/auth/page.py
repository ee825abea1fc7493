"""The narrow pages: sign in, sign up, forgotten and new passwords, proving an address."""

from typing import Any

import reflex as rx

from nestpay.billing.passwords import SHORTEST
from nestpay.settings import get_settings
from nestpay.web import frames
from nestpay.web.auth.state import PasswordState, SignInState, VerifyState
from nestpay.web.components.actions import button, link_button, text_link
from nestpay.web.components.forms import field, form
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card, notice
from nestpay.web.i18n import localized, t
from nestpay.web.session import Session
from nestpay.web.shell import page


def _box(title: str, text: Any, *children: Any) -> rx.Component:
    return card(
        rx.el.h1(title, class_name="text-2xl font-semibold"),
        rx.el.p(text, class_name="mb-7 mt-1.5 text-sm leading-relaxed"),
        *children,
        class_name="w-full max-w-form !rounded-panel p-6 sm:p-8",
    )


def _below(text: str, link: str, path: str) -> rx.Component:
    return rx.el.p(
        text + " ",
        # The way back is kept: who came here on the way to a payment still gets there after changing the form.
        text_link(
            link,
            href=localized(path),
            on_click=rx.call_script(f"window.location.assign('{localized(path)}' + location.search)").prevent_default,
        ),
        class_name="mt-6 text-center text-sm",
    )


def _email() -> rx.Component:
    return field(
        "email", t("field.email"), type="email", auto_complete="email", required=True, placeholder="ada@example.com"
    )


def _new_password(name: str, label: str) -> rx.Component:
    return field(
        name,
        label,
        type="password",
        auto_complete="new-password",
        required=True,
        min_length=SHORTEST,
        hint=t("field.password_hint", n=SHORTEST),
    )


@page("/sign-in", "meta.sign_in", frame=frames.narrow, load=(SignInState.clear,), listed=False)
def sign_in() -> rx.Component:
    return _box(
        t("sign_in.title"),
        t("sign_in.text"),
        form(
            _email(),
            field(
                "password",
                t("field.password"),
                type="password",
                auto_complete="current-password",
                required=True,
                aside=text_link(t("sign_in.forgot"), href=localized("/forgot-password"), class_name="text-xs"),
            ),
            button(t("sign_in.button"), type="submit", busy=SignInState.busy, class_name="w-full"),
            error=SignInState.error,
            on_submit=SignInState.sign_in,
        ),
        _demo() if get_settings().mode == "sandbox" else None,
        _below(t("sign_in.new"), t("sign_in.to_sign_up"), "/sign-up"),
    )


def _demo() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(t("sign_in.or"), class_name="bg-surface px-3 text-xs text-faint"),
            class_name="relative flex justify-center",
        ),
        button(
            icon("spark"),
            t("sign_in.demo"),
            kind="secondary",
            on_click=SignInState.sign_in_as_demo,
            disabled=SignInState.busy,
            class_name="mt-4 w-full",
        ),
        class_name="mt-6",
    )


@page("/sign-up", "meta.sign_up", frame=frames.narrow, load=(SignInState.clear,))
def sign_up() -> rx.Component:
    bonus = get_settings().signup_bonus_credits
    return _box(
        t("sign_up.title"),
        t("sign_up.text", n=bonus) if bonus else t("sign_up.text_plain"),
        form(
            field("name", t("field.name"), auto_complete="name", max_length=100),
            _email(),
            _new_password("password", t("field.password")),
            button(t("sign_up.button"), type="submit", busy=SignInState.busy, class_name="w-full"),
            rx.el.p(
                t("sign_up.agree") + " ",
                text_link(t("nav.terms"), href=localized("/terms")),
                " · ",
                text_link(t("nav.refunds"), href=localized("/refund-policy")),
                class_name="text-center text-xs leading-relaxed text-faint",
            ),
            error=SignInState.error,
            on_submit=SignInState.sign_up,
        ),
        _below(t("sign_up.known"), t("sign_up.to_sign_in"), "/sign-in"),
    )


@page("/forgot-password", "meta.forgot", frame=frames.narrow, load=(PasswordState.clear,), listed=False)
def forgot_password() -> rx.Component:
    asked = rx.el.div(
        notice(t("forgot.sent"), tone="good", live=True),
        _mail_offer(PasswordState.mail_link),
        class_name="grid gap-4",
    )
    asking = form(
        _email(),
        button(t("forgot.button"), type="submit", busy=PasswordState.busy, class_name="w-full"),
        error=PasswordState.error,
        on_submit=PasswordState.ask,
    )
    return _box(
        t("forgot.title"),
        t("forgot.text"),
        rx.cond(PasswordState.done, asked, asking),
        _below(t("forgot.remembered"), t("sign_up.to_sign_in"), "/sign-in"),
    )


@page("/reset-password", "meta.reset", frame=frames.narrow, load=(PasswordState.clear,), listed=False)
def reset_password() -> rx.Component:
    done = rx.el.div(
        notice(t("reset.done"), tone="good", live=True),
        link_button(t("sign_in.button"), href=localized("/sign-in"), class_name="w-full"),
        class_name="grid gap-5",
    )
    choosing = form(
        _new_password("password", t("field.new_password")),
        field("again", t("field.again"), type="password", auto_complete="new-password", required=True),
        button(t("reset.button"), type="submit", busy=PasswordState.busy, class_name="w-full"),
        error=PasswordState.error,
        on_submit=PasswordState.choose,
    )
    return _box(t("reset.title"), t("reset.text"), rx.cond(PasswordState.done, done, choosing))


@page("/verify-email", "meta.verify", frame=frames.narrow, load=(VerifyState.arrive,), listed=False)
def verify_email() -> rx.Component:
    return card(
        rx.match(
            VerifyState.stage,
            ("verified", _verify_stage("verified", "check", "bg-accent text-on-accent", _to_dashboard())),
            ("stale", _verify_stage("stale", "alert", "bg-warn-soft text-warn-ink", _resend())),
            ("checking", _verify_stage("checking", "clock", "bg-sunken text-muted")),
            _verify_stage(
                "waiting", "mail", "bg-accent-soft text-accent-ink", _mail_offer(VerifyState.mail_link), _resend()
            ),
        ),
        class_name="w-full max-w-md !rounded-panel p-8 text-center",
    )


def _verify_stage(stage: str, icon_name: str, colours: str, *actions: rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            icon(icon_name, "size-7"), class_name=f"mx-auto grid size-16 place-items-center rounded-full {colours}"
        ),
        rx.el.h1(t(f"verify.{stage}.title"), class_name="mt-6 text-xl font-semibold"),
        rx.el.p(t(f"verify.{stage}.text"), class_name="mt-2 text-sm leading-relaxed"),
        rx.el.div(*actions, class_name="mt-7 grid gap-3"),
        role="status",
    )


def _to_dashboard() -> rx.Component:
    return link_button(t("success.to_dashboard"), href=localized("/dashboard"), class_name="w-full")


def _resend() -> rx.Component:
    return rx.cond(
        Session.signed_in,
        button(t("verify.resend"), kind="secondary", on_click=VerifyState.resend, class_name="w-full"),
        link_button(t("sign_in.button"), href=localized("/sign-in"), kind="secondary", class_name="w-full"),
    )


def _mail_offer(link: rx.Var[str]) -> rx.Component:
    """In the sandbox no mail leaves the machine, so the page offers the link that would be in it."""
    return rx.cond(
        link != "",
        rx.el.div(
            rx.el.p(t("verify.sandbox"), class_name="text-xs leading-relaxed"),
            link_button(icon("mail"), t("verify.open_mail"), href=link, class_name="mt-3 w-full"),
            class_name="rounded-card border border-dashed border-edge bg-sunken p-4 text-center",
        ),
    )
