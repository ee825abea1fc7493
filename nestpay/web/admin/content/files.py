"""The files that products hand out: their list, and the uploader that the editor of a product has too."""

from typing import Any

import reflex as rx

from nestpay.settings import get_settings
from nestpay.web.admin.content import uploads
from nestpay.web.admin.content.files_state import DELETE_DIALOG, REPLACE_DIALOG, FilesState
from nestpay.web.components.actions import button
from nestpay.web.components.dialogs import dialog, hide
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import empty, section_title, skeleton_rows
from nestpay.web.components.tables import listing, table
from nestpay.web.i18n import t

_BAR = (
    "h-2 min-w-0 flex-1 appearance-none overflow-hidden rounded-full border-0 bg-line "
    "[&::-webkit-progress-bar]:bg-line [&::-webkit-progress-value]:bg-accent [&::-moz-progress-bar]:bg-accent"
)


def files_part() -> rx.Component:
    """All files, with what may be done to each."""
    state = FilesState
    kept = table(
        state.rows,
        [
            (t("files.name"), lambda row: rx.el.span(row.name, class_name="break-all font-medium text-ink")),
            (t("files.size"), lambda row: row.size, "whitespace-nowrap"),
            (t("files.products"), lambda row: row.products),
            (t("content.edited"), lambda row: row.changed, "whitespace-nowrap"),
            ("", _acts, "md:text-right"),
        ],
        label=t("files.title"),
    )
    return rx.el.section(
        section_title(t("files.title"), t("files.text")),
        uploader(),
        listing(
            state.loading,
            state.rows,
            kept,
            skeleton_rows(3),
            empty("archive", t("files.empty.title"), t("files.empty.text")),
        ),
        dialog(
            DELETE_DIALOG,
            t("files.delete_sure"),
            rx.fragment(rx.el.strong(state.asked, class_name="break-all text-ink"), " ", t("files.delete_text")),
            button(t("files.delete"), kind="danger", on_click=[hide(DELETE_DIALOG), state.delete]),
        ),
        class_name="mt-10 grid gap-4",
        id="files",
    )


def _acts(row: Any) -> rx.Component:
    return rx.el.div(
        button(t("files.replace"), kind="secondary", on_click=uploads.choose(row.name)),
        rx.cond(
            row.is_used,
            rx.fragment(),
            button(t("files.delete"), kind="ghost", on_click=FilesState.ask_to_delete(row.name)),
        ),
        class_name="flex flex-wrap gap-2 md:justify-end",
    )


def uploader(*after: Any) -> rx.Component:
    """A button to upload a file, its progress, and the question when another one has its name.

    `after` are handlers called once an upload has ended. A page has one of these.
    """
    state = FilesState
    return rx.el.div(
        rx.el.input(
            id=uploads.INPUT,
            type="file",
            hidden=True,
            on_change=uploads.chosen(state.chosen),
            custom_attrs={"aria-label": t("files.upload")},
        ),
        rx.el.button(
            id=uploads.DONE, type="button", hidden=True, on_click=[uploads.ended(state.ended), *after], tab_index=-1
        ),
        button(icon("plus"), t("files.upload"), kind="secondary", on_click=uploads.choose()),
        rx.el.span(t("files.limit", n=get_settings().upload_limit_mb), class_name="text-xs text-faint"),
        rx.el.div(
            rx.el.progress(id=uploads.BAR, max="1", class_name=_BAR, custom_attrs={"aria-label": t("files.sending")}),
            rx.el.span(id=uploads.SHARE, class_name="w-12 text-right text-sm tnum", role="status"),
            button(t("files.stop"), kind="ghost", on_click=uploads.stop()),
            id=uploads.BOX,
            hidden=True,
            class_name="flex min-w-56 flex-1 items-center gap-3 [&[hidden]]:hidden",
        ),
        dialog(
            REPLACE_DIALOG,
            t("files.replace_sure"),
            rx.fragment(rx.el.strong(state.asked, class_name="break-all text-ink"), " ", t("files.replace_text")),
            button(t("files.replace"), on_click=[hide(REPLACE_DIALOG), state.replace]),
        ),
        class_name="flex min-w-0 flex-wrap items-center gap-x-4 gap-y-2",
    )
