"""The outbox as a list: to whom, what, and whether it left."""

from typing import Any

import reflex as rx

from nestpay.billing.mail_desk import STATUSES, templates
from nestpay.web import frames
from nestpay.web.admin.emails.state import PATH, EmailsState
from nestpay.web.admin.filters import filter_bar
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import bar_of, rows_of
from nestpay.web.components.forms import choice, field
from nestpay.web.components.surfaces import badge, empty
from nestpay.web.components.tables import table
from nestpay.web.i18n import t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS


@page(PATH, "meta.admin_emails", frame=admin, audience="admin", load=(EmailsState.load,))
def emails() -> rx.Component:
    state = EmailsState
    any_one = {"": t("watch.any")}
    return rx.el.div(
        frames.page_head(t("emails.title"), t("emails.text")),
        filter_bar(
            choice(
                "status",
                t("watch.status"),
                any_one | {word: t(f"mail.status.{word}") for word in STATUSES},
                default_value=state.given["status"],
            ),
            choice(
                "template",
                t("emails.template"),
                any_one | {name: name for name in templates()},
                default_value=state.given["template"],
            ),
            field("recipient", t("emails.recipient"), default_value=state.given["recipient"], max_length=200),
            **bar_of(state),
        ),
        rows_of(state, _table(), empty("mail", t("emails.nothing"), t("emails.nothing_text"))),
    )


def _table() -> rx.Component:
    return table(
        EmailsState.rows,
        [
            (t("emails.recipient"), _recipient),
            (t("emails.template"), lambda row: rx.el.code(row.template, class_name="font-mono text-xs")),
            (t("watch.status"), lambda row: badge(row.word, tone=row.tone)),
            (t("watch.age"), lambda row: rx.el.span(row.age, title=row.at, class_name="whitespace-nowrap")),
            (t("watch.attempts"), lambda row: row.attempts),
            (t("watch.error"), lambda row: rx.el.span(row.error, class_name="line-clamp-2 break-words"), "max-w-xs"),
        ],
        label=t("emails.title"),
    )


def _recipient(row: Any) -> rx.Component:
    return rx.el.a(
        row.recipient,
        href=row.href,
        class_name=f"block min-w-0 break-all rounded font-medium text-ink hover:underline {FOCUS}",
    )
