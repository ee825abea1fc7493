"""The audit log as a list: who did what to what, from where, before and after."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.audit.state import PATH, AuditState
from nestpay.web.admin.filters import filter_bar
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import bar_of, rows_of
from nestpay.web.components.actions import text_link
from nestpay.web.components.forms import field
from nestpay.web.components.surfaces import empty
from nestpay.web.components.tables import table
from nestpay.web.i18n import t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS


@page(PATH, "meta.admin_audit", frame=admin, audience="admin", load=(AuditState.load,))
def audit() -> rx.Component:
    state = AuditState
    return rx.el.div(
        frames.page_head(t("audit.title"), t("audit.text")),
        _filters(),
        rows_of(state, _table(), empty("shield", t("audit.nothing"), t("audit.nothing_text"))),
    )


def _filters() -> rx.Component:
    state = AuditState
    given = state.given
    return rx.fragment(
        rx.el.datalist(rx.foreach(state.actions, lambda action: rx.el.option(value=action)), id="audit-actions"),
        filter_bar(
            field("actor", t("audit.actor"), default_value=given["actor"], placeholder="ada@example.com, cli"),
            field("action", t("audit.action"), default_value=given["action"], list="audit-actions"),
            field("subject", t("audit.subject"), default_value=given["subject"], placeholder="plan:…"),
            field("first", t("watch.first"), default_value=given["first"], type="date"),
            field("last", t("watch.last"), default_value=given["last"], type="date"),
            **bar_of(state),
        ),
    )


def _table() -> rx.Component:
    return table(
        AuditState.rows,
        [
            (t("audit.at"), lambda row: rx.el.span(row.at, class_name="whitespace-nowrap")),
            (t("audit.actor"), _actor, "md:min-w-36"),
            (t("audit.action"), lambda row: rx.el.code(row.action, class_name="font-mono text-xs text-ink")),
            (t("audit.subject"), _subject, "md:min-w-44"),
            (t("audit.changes"), _differences, "max-w-md"),
        ],
        label=t("audit.title"),
    )


def _actor(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(row.actor, class_name="[overflow-wrap:anywhere] text-ink"),
        rx.el.div(row.ip, class_name="text-xs text-faint"),
        class_name="min-w-0",
    )


def _subject(row: Any) -> rx.Component:
    return rx.cond(
        row.href != "",
        text_link(row.subject, href=row.href, class_name="font-mono text-xs break-all"),
        rx.el.code(row.subject, class_name="font-mono text-xs break-all"),
    )


def _differences(row: Any) -> rx.Component:
    lines = rx.foreach(
        row.differences,
        lambda each: rx.el.li(
            rx.el.span(each.name + ": ", class_name="text-faint"),
            rx.cond(each.before != "", rx.el.del_(each.before, class_name="text-bad-ink")),
            rx.cond(each.before != "", rx.el.span(" → ")),
            rx.el.ins(each.after, class_name="text-good-ink no-underline"),
            class_name="break-words",
        ),
    )
    return rx.cond(
        row.differences.length() > 2,
        rx.el.details(
            rx.el.summary(
                t("audit.show"), class_name=f"cursor-pointer rounded text-xs font-medium whitespace-nowrap {FOCUS}"
            ),
            rx.el.ul(lines, class_name="mt-1 grid gap-0.5 text-xs"),
        ),
        rx.el.ul(lines, class_name="grid gap-0.5 text-xs"),
    )
