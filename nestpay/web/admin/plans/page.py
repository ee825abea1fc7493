"""The list of plans: their order on the pricing page, what is sold, and what is put away."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.frame import admin
from nestpay.web.admin.places import PLAN
from nestpay.web.admin.plans import drag
from nestpay.web.admin.plans.state import PlansDesk
from nestpay.web.components.actions import button, icon_button, link_button
from nestpay.web.components.dialogs import dialog, hide, show
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, skeleton_rows
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS

REMOVE_DIALOG = "remove-plan"


@page("/dashboard/admin/plans", "meta.admin_plans", frame=admin, audience="admin", load=(PlansDesk.load,))
def plans() -> rx.Component:
    return rx.el.div(
        frames.page_head(
            t("plans.title"),
            t("plans.text"),
            link_button(icon("plus"), t("plans.new"), href=localized(PLAN)),
        ),
        card(
            rx.cond(
                PlansDesk.loading,
                skeleton_rows(5),
                rx.cond(
                    PlansDesk.rows.length() > 0,
                    rx.el.ol(rx.foreach(PlansDesk.rows, _line), class_name="divide-y divide-line", id="plans"),
                    empty("tag", t("plans.empty.title"), t("plans.empty.text")),
                ),
            ),
            class_name="overflow-hidden",
        ),
        rx.cond(PlansDesk.archived.length() > 0, _archive()),
        dialog(
            REMOVE_DIALOG,
            t("plans.remove.title"),
            rx.el.span(PlansDesk.asked_title, ": ", t("plans.remove.text")),
            button(t("plans.remove"), kind="danger", on_click=[PlansDesk.remove, hide(REMOVE_DIALOG)]),
        ),
    )


def _line(row: Any) -> rx.Component:
    return drag.row(
        drag.grip(t("plans.drag")),
        rx.el.div(
            _arrow("arrow-up", t("plans.up"), row, row.place - 1, row.is_first),
            _arrow("arrow-down", t("plans.down"), row, row.place + 1, row.is_last),
            class_name="flex shrink-0 flex-col gap-0.5",
        ),
        _what(row),
        rx.el.div(
            _switch(t("plans.sold"), row, row.active, PlansDesk.switch_active(row.id, ~row.active)),
            _switch(t("plans.highlighted"), row, row.highlighted, PlansDesk.switch_highlight(row.id, ~row.highlighted)),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-1 sm:gap-x-6",
        ),
        rx.el.div(
            icon_button("copy", t("plans.duplicate"), on_click=PlansDesk.duplicate(row.id), title=t("plans.duplicate")),
            icon_button("archive", t("plans.archive"), on_click=PlansDesk.archive(row.id), title=t("plans.archive")),
            class_name="flex",
        ),
        class_name="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3.5 hover:bg-sunken sm:gap-x-5 sm:px-5",
        row_id=row.id,
        group=row.environment,
        on_drop=PlansDesk.move(drag.DRAGGED, row.place),
        custom_attrs={"data-plan": row.key},
        key=row.id,
    )


def _arrow(name: str, label: str, row: Any, to: Any, is_last_one: Any) -> rx.Component:
    return icon_button(
        name,
        label,
        on_click=PlansDesk.move(row.id, to),
        disabled=is_last_one,
        class_name="!size-7 disabled:opacity-30",
    )


def _what(row: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.a(row.title, href=row.href, class_name=f"rounded font-medium text-ink hover:underline {FOCUS}"),
            rx.el.code(row.key, class_name="rounded bg-sunken px-1.5 py-0.5 text-xs text-faint"),
            rx.cond(row.is_here, badge(row.environment_word), badge(row.environment_word, tone="warn")),
            rx.cond(row.trouble != "", badge(row.trouble, tone="warn")),
            class_name="flex flex-wrap items-center gap-2",
        ),
        rx.el.div(
            rx.foreach(row.prices, lambda price: rx.el.span(price)),
            rx.cond(row.subscribers != "", rx.el.span(row.subscribers, class_name="text-accent-ink")),
            class_name="mt-1 flex flex-wrap gap-x-3 text-sm tnum",
        ),
        class_name="min-w-56 flex-1",
    )


def _switch(label: str, row: Any, is_on: Any, turn: Any) -> rx.Component:
    return rx.el.button(
        rx.el.span(
            rx.el.span(
                class_name=rx.cond(
                    is_on,
                    "block size-4 translate-x-4 rounded-full bg-on-accent transition-transform",
                    "block size-4 rounded-full bg-surface transition-transform",
                )
            ),
            class_name=rx.cond(
                is_on,
                "block w-9 rounded-full border border-accent bg-accent p-px",
                "block w-9 rounded-full border border-field bg-field p-px",
            ),
        ),
        label,
        rx.el.span(" ", row.title, class_name="sr-only"),
        type="button",
        role="switch",
        on_click=turn,
        class_name=f"flex min-h-10 items-center gap-2 rounded-field text-sm {FOCUS}",
        custom_attrs={"aria-checked": rx.cond(is_on, "true", "false")},
    )


def _archive() -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            icon("archive"),
            t("plans.archived"),
            class_name=f"mt-8 inline-flex cursor-pointer items-center gap-2 rounded text-sm font-medium {FOCUS}",
        ),
        card(
            rx.el.ul(rx.foreach(PlansDesk.archived, _archived), class_name="divide-y divide-line"),
            class_name="mt-4 overflow-hidden",
        ),
        rx.el.p(t("plans.archived_text"), class_name="mt-3 text-sm text-faint"),
    )


def _archived(row: Any) -> rx.Component:
    return rx.el.li(
        _what(row),
        rx.el.div(
            button(t("plans.restore"), kind="secondary", on_click=PlansDesk.restore(row.id)),
            button(
                t("plans.remove"),
                kind="ghost",
                on_click=[PlansDesk.ask_to_remove(row.id), show(REMOVE_DIALOG)],
            ),
            class_name="flex gap-2",
        ),
        class_name="flex flex-wrap items-center gap-x-5 gap-y-2 px-5 py-3.5",
        custom_attrs={"data-plan": row.key},
        key=row.id,
    )
