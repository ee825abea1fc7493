"""What a customer may change about the account."""

from typing import Any

import reflex as rx

from nestpay.billing.passwords import SHORTEST
from nestpay.web import frames
from nestpay.web.components.actions import button
from nestpay.web.components.dialogs import dialog, form_dialog, hide, show
from nestpay.web.components.forms import choice, field, form
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, section_title, skeleton_rows
from nestpay.web.components.times import when
from nestpay.web.dashboard.settings.state import SettingsState
from nestpay.web.i18n import LANGUAGES, t
from nestpay.web.session import Session
from nestpay.web.shell import page

SIGN_OUT_DIALOG, DELETE_DIALOG = "sign-out-others", "delete-account"


@page(
    "/dashboard/settings",
    "meta.settings",
    frame=frames.customer,
    audience="customer",
    load=(SettingsState.load,),
)
def settings() -> rx.Component:
    return rx.el.div(
        frames.page_head(t("settings.title"), t("settings.text")),
        rx.el.div(
            _part(
                t("settings.profile"),
                t("settings.profile_text"),
                rx.cond(SettingsState.loading, skeleton_rows(3), _profile()),
            ),
            _part(t("settings.password"), t("settings.password_text"), _password()),
            _part(
                t("settings.browsers"),
                t("settings.browsers_text"),
                rx.cond(SettingsState.loading, skeleton_rows(2), _browsers()),
            ),
            _part(
                t("settings.delete"),
                t("settings.delete_text"),
                button(t("settings.delete"), kind="danger", on_click=show(DELETE_DIALOG), busy=SettingsState.deleting),
            ),
            class_name="grid gap-5",
        ),
        form_dialog(
            DELETE_DIALOG,
            t("settings.delete"),
            t("settings.delete_sure"),
            field(
                "delete-password",
                t("settings.delete_password"),
                type="password",
                auto_complete="current-password",
                required=True,
            ),
            done=button(t("settings.delete"), type="submit", kind="danger"),
            on_submit=SettingsState.delete_account,
        ),
        dialog(
            SIGN_OUT_DIALOG,
            t("settings.sign_out_others"),
            t("settings.sign_out_others_text"),
            button(
                t("settings.sign_out_others"),
                kind="danger",
                on_click=[SettingsState.sign_out_others, hide(SIGN_OUT_DIALOG)],
            ),
        ),
    )


def _part(title: str, text: str, content: Any) -> rx.Component:
    return card(
        rx.el.div(section_title(title, text)),
        rx.el.div(content, class_name="min-w-0"),
        class_name="grid gap-6 p-6 md:grid-cols-[16rem_1fr] md:gap-10 sm:p-8",
    )


def _profile() -> rx.Component:
    return rx.el.form(
        field("name", t("field.name"), auto_complete="name", max_length=100, default_value=SettingsState.name),
        field(
            "email",
            t("field.email"),
            type="email",
            read_only=True,
            default_value=Session.email,
            hint=t("settings.email_hint"),
        ),
        choice("language", t("settings.language"), LANGUAGES, default_value=SettingsState.language),
        rx.el.div(button(t("action.save"), type="submit")),
        on_submit=SettingsState.save_profile,
        class_name="grid gap-5",
    )


def _password() -> rx.Component:
    return form(
        field("old", t("field.old_password"), type="password", auto_complete="current-password", required=True),
        field(
            "password",
            t("field.new_password"),
            type="password",
            auto_complete="new-password",
            required=True,
            min_length=SHORTEST,
            hint=t("field.password_hint", n=SHORTEST),
        ),
        field("again", t("field.again"), type="password", auto_complete="new-password", required=True),
        rx.el.div(button(t("settings.change_password"), type="submit", kind="secondary", busy=SettingsState.busy)),
        error=SettingsState.password_error,
        on_submit=SettingsState.change_password,
        # A new key empties the fields after the change.
        key=SettingsState.form_number.to_string(),
    )


def _browsers() -> rx.Component:
    return rx.el.div(
        rx.el.ul(rx.foreach(SettingsState.browsers, _browser), class_name="divide-y divide-line"),
        rx.cond(
            SettingsState.browsers.length() > 1,
            button(t("settings.sign_out_others"), kind="secondary", on_click=show(SIGN_OUT_DIALOG), class_name="mt-5"),
        ),
    )


def _browser(entry: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.div(entry.name, class_name="text-sm font-medium text-ink"),
            rx.el.div(
                t("settings.last_seen") + " ", when(entry.seen, entry.seen_at), class_name="text-xs text-faint tnum"
            ),
        ),
        rx.cond(
            entry.is_this_one,
            badge(rx.el.span(icon("check", "mr-1 inline size-3"), t("settings.this_browser")), tone="good"),
            button(
                t("nav.sign_out"),
                rx.el.span(" ", entry.name, class_name="sr-only"),
                kind="ghost",
                on_click=SettingsState.sign_out_one(entry.id),
                class_name="!px-3",
            ),
        ),
        class_name="flex items-center justify-between gap-4 py-3.5",
    )
