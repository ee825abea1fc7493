"""What is written and sold beside plans, and what was handed over after purchases."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.content.files import files_part
from nestpay.web.admin.content.files_state import FilesState
from nestpay.web.admin.content.state import ContentDesk
from nestpay.web.admin.frame import admin
from nestpay.web.admin.places import CONTENT
from nestpay.web.components.actions import button, link_button, text_link
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, empty, section_title, skeleton_rows
from nestpay.web.components.tables import listing, table
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page

PAGE = "/dashboard/admin/content"


@page(PAGE, "meta.admin_content", frame=admin, audience="admin", load=(ContentDesk.load, FilesState.load))
def content() -> rx.Component:
    state = ContentDesk
    new = [
        link_button(
            icon("plus"),
            t(f"content.new.{kind}"),
            href=f"{localized(CONTENT)}?kind={kind}",
            kind="primary" if kind == "article" else "secondary",
        )
        for kind in ("article", "space", "product")
    ]
    written = table(
        state.rows,
        [
            (t("content.title"), _what),
            (t("content.kind"), lambda row: row.kind),
            (t("orders.status"), lambda row: badge(row.state, tone=row.tone)),
            (t("content.price"), lambda row: row.price),
            (t("content.edited"), lambda row: row.edited, "whitespace-nowrap md:text-right"),
        ],
        label=t("content.head"),
    )
    handed = table(
        state.deliveries,
        [
            (t("content.delivery"), _delivery),
            (t("content.customer"), lambda row: row.email),
            (t("orders.status"), lambda row: badge(row.state, tone=row.tone)),
            (t("orders.date"), lambda row: row.at, "whitespace-nowrap"),
            ("", _retry, "md:text-right"),
        ],
        label=t("content.deliveries"),
    )
    return rx.el.div(
        frames.page_head(t("content.head"), t("content.text"), *new),
        listing(
            state.loading,
            state.rows,
            written,
            skeleton_rows(5),
            empty("list", t("content.empty.title"), t("content.empty.text")),
        ),
        files_part(),
        rx.el.section(
            section_title(t("content.deliveries"), t("content.deliveries_text")),
            listing(
                state.loading,
                state.deliveries,
                handed,
                skeleton_rows(3),
                empty("inbox", t("content.no_deliveries.title"), t("content.no_deliveries.text")),
            ),
            class_name="mt-10 grid gap-4",
        ),
    )


def _what(row: Any) -> rx.Component:
    return rx.el.div(
        text_link(row.title, href=row.href),
        rx.el.code(row.slug, class_name="ml-2 rounded bg-sunken px-1.5 py-0.5 text-xs text-faint"),
    )


def _delivery(row: Any) -> rx.Component:
    return rx.el.div(
        text_link(row.name, href=row.order_href),
        rx.cond(row.error != "", rx.el.div(row.error, class_name="mt-0.5 max-w-md text-xs text-bad-ink")),
        class_name="min-w-0",
    )


def _retry(row: Any) -> rx.Component:
    again = button(t("content.retry"), kind="secondary", on_click=ContentDesk.retry(row.id))
    return rx.cond(row.may_retry, again)
