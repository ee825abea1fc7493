"""The inbox as a list: what came, what became of it, what was refused at the door."""

from typing import Any

import reflex as rx

from nestpay.billing.event_desk import STATUSES
from nestpay.web import frames
from nestpay.web.admin.filters import filter_bar
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import bar_of, rows_of
from nestpay.web.admin.webhooks.state import PATH, WebhooksState
from nestpay.web.components.actions import button
from nestpay.web.components.dialogs import dialog, hide, show
from nestpay.web.components.forms import choice, field
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, meter, notice, section_title, stat
from nestpay.web.components.tables import table
from nestpay.web.i18n import t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS

_BULK = "replay-many"


@page(PATH, "meta.admin_webhooks", frame=admin, audience="admin", load=(WebhooksState.load,))
def webhooks() -> rx.Component:
    state = WebhooksState
    many = button(
        icon("repeat"),
        t("webhooks.bulk"),
        kind="secondary",
        on_click=[state.count, show(_BULK)],
        disabled=state.loading,
    )
    return rx.el.div(
        frames.page_head(t("webhooks.title"), t("webhooks.text"), many),
        rx.cond(state.alarm != "", notice(state.alarm, tone="bad", live=True, class_name="mb-5")),
        _progress(),
        rx.el.div(
            stat(t("webhooks.waiting"), state.waiting, loading=state.loading),
            stat(t("event.status.failed"), state.failed, loading=state.loading),
            stat(t("event.status.dead"), state.dead, loading=state.loading),
            class_name="mb-5 grid grid-cols-3 gap-3 sm:gap-4",
        ),
        _filters(),
        rows_of(state, _table(), empty("inbox", t("webhooks.nothing"), t("webhooks.nothing_text"))),
        _refused(),
        dialog(
            _BULK,
            t("webhooks.bulk"),
            state.replay_question,
            button(t("webhooks.bulk_go"), disabled=state.to_replay == 0, on_click=[hide(_BULK), state.replay_all]),
        ),
    )


def _progress() -> rx.Component:
    state = WebhooksState
    return rx.cond(
        state.is_replaying,
        card(
            rx.el.div(
                rx.el.span(state.progress, class_name="text-sm text-ink tnum", custom_attrs={"aria-live": "polite"}),
                button(t("webhooks.stop"), kind="ghost", on_click=state.stop),
                class_name="mb-2 flex items-center justify-between gap-4",
            ),
            meter(state.share, t("webhooks.bulk")),
            class_name="mb-5 p-5",
        ),
    )


def _filters() -> rx.Component:
    state = WebhooksState
    statuses = {"": t("watch.any")} | {word: t(f"event.status.{word}") for word in STATUSES}
    given = state.given
    return filter_bar(
        choice("status", t("watch.status"), statuses, default_value=given["status"]),
        field("type", t("webhooks.type"), default_value=given["type"], placeholder="invoice.", max_length=200),
        field("about", t("webhooks.about"), default_value=given["about"], placeholder="evt_…, sub_…", max_length=200),
        field("provider", t("watch.provider"), default_value=given["provider"], placeholder="stripe", max_length=40),
        field("first", t("watch.first"), default_value=given["first"], type="date"),
        field("last", t("watch.last"), default_value=given["last"], type="date"),
        **bar_of(state),
    )


def _table() -> rx.Component:
    return table(
        WebhooksState.rows,
        [
            (t("webhooks.event"), _event),
            (t("watch.status"), lambda row: badge(row.word, tone=row.tone)),
            (t("watch.age"), lambda row: rx.el.span(row.age, title=row.at, class_name="whitespace-nowrap")),
            (t("watch.attempts"), lambda row: row.attempts),
            (t("watch.error"), lambda row: rx.el.span(row.error, class_name="line-clamp-2 break-words"), "max-w-sm"),
        ],
        label=t("webhooks.title"),
    )


def _event(row: Any) -> rx.Component:
    return rx.el.a(
        rx.el.span(row.type, class_name="block font-medium text-ink"),
        rx.el.span(row.about, class_name="block font-mono text-xs text-faint break-all"),
        href=row.href,
        class_name=f"block min-w-0 rounded hover:underline {FOCUS}",
    )


def _refused() -> rx.Component:
    state = WebhooksState
    return rx.cond(
        state.refused.length() > 0,
        rx.el.section(
            section_title(t("webhooks.refused"), t("webhooks.refused_text")),
            card(
                table(
                    state.refused,
                    [
                        (t("watch.day"), lambda row: row.day),
                        (t("watch.provider"), lambda row: row.provider),
                        (t("webhooks.deliveries"), lambda row: row.count),
                        (t("webhooks.latest"), lambda row: row.last),
                    ],
                    label=t("webhooks.refused"),
                ),
                class_name="mt-3 overflow-hidden",
            ),
            id="refused",
            class_name="mt-10",
        ),
    )
