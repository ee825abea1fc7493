"""One event's page: its facts, its failure, a look ahead, and what it said."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.frame import admin
from nestpay.web.admin.listing import mono, part
from nestpay.web.admin.places import EVENT
from nestpay.web.admin.webhooks.event_state import EventState
from nestpay.web.admin.webhooks.state import PATH
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, facts, notice, skeleton_rows
from nestpay.web.i18n import localized, t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS

_CODE = "max-h-[32rem] overflow-auto rounded-field bg-sunken p-4 font-mono text-xs leading-relaxed text-ink whitespace-pre-wrap break-words"


@page(EVENT, "meta.admin_event", frame=admin, audience="admin", load=(EventState.load,))
def event() -> rx.Component:
    state = EventState
    back = link_button(t("event.back"), href=localized(PATH), kind="secondary")
    shown = rx.el.div(
        frames.page_head(
            t("event.title"),
            state.event.type,
            button(t("event.retry"), kind="secondary", busy=state.busy == "act", on_click=state.retry),
            button(icon("search"), t("event.look"), busy=state.busy == "look", on_click=state.look),
        ),
        _failure(),
        _look_ahead(),
        rx.el.div(_facts(), _payload(), class_name="grid gap-5 lg:grid-cols-[20rem_1fr]"),
    )
    gone = card(empty("inbox", t("event.missing"), t("event.missing_text"), back))
    return rx.el.div(
        frames.back_link(PATH, t("event.back")),
        rx.cond(state.loading, card(skeleton_rows(5)), rx.cond(state.missing, gone, shown)),
    )


def _failure() -> rx.Component:
    state = EventState
    trace = rx.cond(
        state.trace != "",
        rx.el.details(
            rx.el.summary(t("event.trace"), class_name=f"mt-2 cursor-pointer rounded text-xs font-medium {FOCUS}"),
            rx.el.pre(state.trace, class_name=f"mt-2 {_CODE}", tab_index=0),
        ),
    )
    return rx.cond(
        state.error != "",
        notice(rx.el.div(state.error, class_name="break-words"), trace, tone="bad", class_name="mb-5"),
    )


def _facts() -> rx.Component:
    state = EventState
    return part(
        t("event.facts"),
        facts(
            (t("watch.status"), badge(state.event.word, tone=state.event.tone)),
            (t("watch.provider"), state.event.provider),
            (t("event.id"), mono(state.event_id)),
            (t("event.object"), mono(state.object_id)),
            (t("event.occurred"), state.occurred),
            (t("event.received"), state.event.at),
            (t("event.done"), state.done_at),
            (t("event.next"), state.next_attempt),
            (t("watch.attempts"), state.event.attempts),
            (t("event.version"), state.api_version),
        ),
        class_name="self-start",
    )


def _payload() -> rx.Component:
    state = EventState
    return part(
        t("event.payload"),
        rx.cond(
            state.payload != "",
            rx.el.pre(state.payload, id="payload", class_name=_CODE, tab_index=0),
            rx.el.p(t("errors.payload_gone"), class_name="text-sm text-faint"),
        ),
    )


def _look_ahead() -> rx.Component:
    state = EventState
    apply = button(t("event.apply"), busy=state.busy == "act", on_click=state.apply)
    again = rx.cond(
        state.reads_again.length() > 0,
        rx.el.p(t("event.reads_again"), " ", mono(state.reads_again.join(", ")), class_name="mt-4 text-sm"),
    )
    return rx.cond(
        state.looked,
        part(
            t("event.ahead"),
            rx.el.p(t("event.said"), " ", mono(state.said.join(", ")), class_name="mb-4 text-sm"),
            rx.cond(
                state.refusal != "",
                notice(t("event.refused"), " ", state.refusal, tone="warn", live=True),
                rx.cond(
                    state.changes.length() > 0,
                    rx.el.div(rx.foreach(state.changes, _change), class_name="grid gap-4", id="changes"),
                    notice(t("event.no_change"), tone="good", live=True),
                ),
            ),
            again,
            action=rx.cond(state.refusal == "", apply),
            class_name="rise mb-5",
        ),
    )


def _change(change: Any) -> rx.Component:
    """One row of the books: each of its columns before and after."""
    lines = rx.foreach(
        change.fields,
        lambda line: rx.el.tr(
            rx.el.th(
                line.name, scope="row", class_name="py-1 pr-4 text-left align-top font-mono font-normal text-faint"
            ),
            rx.el.td(line.before, class_name="py-1 pr-4 align-top text-bad-ink line-through decoration-1 break-all"),
            rx.el.td(line.after, class_name="py-1 align-top font-medium text-good-ink break-all"),
        ),
    )
    return rx.el.section(
        rx.el.div(
            rx.el.h3(change.table, class_name="font-mono text-sm font-semibold text-ink"),
            rx.el.span(change.name, class_name="min-w-0 truncate text-sm"),
            rx.cond(change.is_new, badge(t("event.new"), tone="good"), badge(t("event.changed"), tone="accent")),
            class_name="flex items-center gap-3",
        ),
        rx.el.table(
            rx.el.caption(change.table, class_name="sr-only"),
            rx.el.thead(
                rx.el.tr(
                    *(
                        rx.el.th(title, scope="col")
                        for title in (t("event.column"), t("event.before"), t("event.after"))
                    )
                ),
                class_name="sr-only",
            ),
            rx.el.tbody(lines),
            class_name="mt-2 w-full text-xs tnum",
        ),
        class_name="rounded-field border border-line p-4",
        custom_attrs={"data-table": change.table},
    )
