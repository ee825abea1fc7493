"""One mail's page: the mail itself in a frame that runs nothing, and its fate."""

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.emails.mail_state import MailState
from nestpay.web.admin.emails.state import PATH
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import part
from nestpay.web.admin.places import EMAIL
from nestpay.web.components.actions import button, link_button, text_link
from nestpay.web.components.surfaces import badge, card, empty, facts, notice, skeleton_rows
from nestpay.web.i18n import LANGUAGES, LOCALES, localized, t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS


@page(EMAIL, "meta.admin_email", frame=admin, audience="admin", load=(MailState.load,))
def email() -> rx.Component:
    state = MailState
    back = link_button(t("mail.back"), href=localized(PATH), kind="secondary")
    shown = rx.el.div(
        frames.page_head(
            t("mail.title"),
            state.subject,
            button(t("mail.resend"), kind="secondary", busy=state.busy, on_click=state.resend),
        ),
        rx.cond(state.mail.error != "", notice(state.mail.error, tone="bad", class_name="mb-5 break-words")),
        rx.el.div(_facts(), _preview(), class_name="grid gap-5 lg:grid-cols-[20rem_1fr]"),
    )
    return rx.el.div(
        frames.back_link(PATH, t("mail.back")),
        rx.cond(
            state.loading,
            card(skeleton_rows(5)),
            rx.cond(state.missing, card(empty("mail", t("mail.missing"), t("mail.missing_text"), back)), shown),
        ),
    )


def _facts() -> rx.Component:
    state = MailState
    recipient = rx.cond(
        state.customer != "",
        text_link(state.mail.recipient, href=state.customer, class_name="break-all"),
        rx.el.span(state.mail.recipient, class_name="break-all"),
    )
    return part(
        t("event.facts"),
        facts(
            (t("watch.status"), badge(state.mail.word, tone=state.mail.tone)),
            (t("emails.recipient"), recipient),
            (t("emails.template"), rx.el.code(state.mail.template, class_name="font-mono text-xs break-all")),
            (t("mail.queued"), state.mail.at),
            (t("mail.sent"), state.sent),
            (t("event.next"), state.next_attempt),
            (t("watch.attempts"), state.mail.attempts),
        ),
        class_name="self-start",
    )


def _preview() -> rx.Component:
    state = MailState
    frame = rx.el.iframe(
        src_doc=state.html,
        sandbox="",
        title=t("mail.preview"),
        class_name="h-[40rem] w-full rounded-field border border-line bg-white",
    )
    text = rx.el.details(
        rx.el.summary(t("mail.text_version"), class_name=f"cursor-pointer rounded text-sm font-medium {FOCUS}"),
        rx.el.pre(
            state.text,
            class_name="mt-3 overflow-auto rounded-field bg-sunken p-4 font-mono text-xs text-ink whitespace-pre-wrap",
        ),
        class_name="mt-4",
    )
    languages = rx.el.div(
        *(
            rx.el.button(
                LANGUAGES[locale],
                type="button",
                on_click=MailState.speak(locale),
                class_name=f"min-h-9 rounded-field px-3 text-sm font-medium hover:bg-sunken aria-pressed:bg-accent-soft "
                f"aria-pressed:text-accent-ink {FOCUS}",
                custom_attrs={"aria-pressed": state.spoken == locale},
            )
            for locale in LOCALES
        ),
        class_name="flex gap-1",
    )
    return part(
        t("mail.preview"),
        rx.cond(
            state.unreadable != "",
            notice(t("mail.unreadable"), " ", state.unreadable, tone="warn"),
            rx.fragment(frame, text),
        ),
        action=languages,
    )
