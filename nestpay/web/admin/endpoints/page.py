"""Whom we tell what happened: endpoints, their secrets shown once, and the log of what each was sent."""

from typing import Any

import reflex as rx

from nestpay.billing.endpoints import TYPES
from nestpay.web import frames
from nestpay.web.admin.endpoints.state import ADD_DIALOG, PATH, EndpointsState, box_of
from nestpay.web.admin.frame import admin
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.dialogs import dialog, hide, show
from nestpay.web.components.forms import FIELD, field
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import badge, card, empty, notice, section_title, skeleton_rows
from nestpay.web.components.tables import listing, pager, table
from nestpay.web.i18n import t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS

_ROTATE, _REMOVE = "rotate-secret", "remove-endpoint"
_GROUPS = ("order", "credits", "subscription", "customer")


@page(PATH, "meta.admin_endpoints", frame=admin, audience="admin", load=(EndpointsState.load,))
def endpoints() -> rx.Component:
    state = EndpointsState
    return rx.el.div(
        frames.page_head(t("endpoints.title"), t("endpoints.text"), _add_button()),
        rx.cond(state.secret != "", _secret()),
        rx.cond(
            state.loading,
            card(skeleton_rows(3)),
            rx.cond(
                state.rows.length() > 0,
                rx.el.div(rx.foreach(state.rows, _endpoint), class_name="grid gap-4"),
                card(empty("globe", t("endpoints.none"), t("endpoints.none_text"), _add_button())),
            ),
        ),
        rx.cond(state.chosen_url != "", _log()),
        _add_dialog(),
        dialog(
            _ROTATE,
            t("endpoints.rotate"),
            t("endpoints.rotate_text"),
            button(t("endpoints.rotate"), on_click=[state.rotate, hide(_ROTATE)]),
        ),
        dialog(
            _REMOVE,
            t("endpoints.remove"),
            t("endpoints.remove_text"),
            button(t("endpoints.remove"), kind="danger", on_click=[state.remove, hide(_REMOVE)]),
        ),
    )


def _add_button() -> rx.Component:
    return button(icon("plus"), t("endpoints.add"), on_click=[EndpointsState.begin, show(ADD_DIALOG)])


def _secret() -> rx.Component:
    secret = EndpointsState.secret
    return notice(
        rx.el.p(t("endpoints.secret"), class_name="font-medium"),
        rx.el.p(t("endpoints.secret_text"), class_name="mt-0.5"),
        rx.el.div(
            rx.el.input(
                value=secret,
                read_only=True,
                class_name=f"{FIELD} min-w-0 flex-1 font-mono",
                custom_attrs={"aria-label": t("endpoints.secret")},
            ),
            button(icon("copy"), t("endpoints.copy"), kind="secondary", on_click=rx.set_clipboard(secret)),
            class_name="mt-3 flex flex-wrap gap-2",
        ),
        tone="good",
        live=True,
        class_name="mb-5",
    )


def _endpoint(row: Any) -> rx.Component:
    state = EndpointsState
    quiet = {"kind": "secondary", "class_name": "!min-h-10 !px-3.5"}
    return card(
        rx.el.div(
            rx.el.div(
                rx.el.a(
                    row.url,
                    href=row.href,
                    class_name=f"font-mono text-sm break-all text-ink hover:underline rounded {FOCUS}",
                ),
                badge(row.word, tone=row.tone),
                class_name="flex flex-wrap items-center gap-x-3 gap-y-1.5",
            ),
            rx.cond(row.description != "", rx.el.p(row.description, class_name="mt-1 text-sm text-muted")),
            rx.el.p(row.types, class_name="mt-1.5 font-mono text-xs leading-relaxed text-faint"),
            rx.cond(row.about != "", rx.el.p(row.about, class_name="mt-1.5 text-xs text-warn-ink")),
            class_name="min-w-0",
        ),
        rx.el.div(
            link_button(t("endpoints.log"), href=row.href, **quiet),
            rx.cond(
                row.is_active,
                rx.fragment(
                    button(t("endpoints.test"), on_click=state.test(row.id), **quiet),
                    button(t("endpoints.off"), on_click=state.switch(row.id, False), **quiet),
                ),
                button(t("endpoints.on"), on_click=state.switch(row.id, True), **quiet),
            ),
            button(t("endpoints.rotate"), on_click=[state.ask(row.id, row.url), show(_ROTATE)], **quiet),
            button(t("endpoints.remove"), on_click=[state.ask(row.id, row.url), show(_REMOVE)], **quiet),
            class_name="mt-4 flex flex-wrap gap-2",
        ),
        class_name=rx.cond(row.is_chosen, "p-5 sm:p-6 !border-accent", "p-5 sm:p-6"),
    )


def _log() -> rx.Component:
    state = EndpointsState
    return rx.el.section(
        section_title(t("endpoints.log")),
        rx.el.p(state.chosen_url, class_name="mt-0.5 mb-3 font-mono text-xs break-all text-faint"),
        listing(
            state.loading,
            state.log,
            table(
                state.log,
                [
                    (t("endpoints.event"), _event),
                    (t("endpoints.status"), lambda row: badge(row.word, tone=row.tone)),
                    (
                        t("endpoints.when"),
                        lambda row: rx.el.span(row.age, title=row.at, class_name="whitespace-nowrap"),
                    ),
                    (t("endpoints.tries"), lambda row: row.attempts),
                    (t("endpoints.answer"), lambda row: rx.el.span(row.answer, class_name="break-words"), "max-w-xs"),
                    ("", _again),
                ],
                label=t("endpoints.log"),
            ),
            skeleton_rows(4),
            empty("inbox", t("endpoints.nothing"), t("endpoints.nothing_text")),
        ),
        pager(state.newer, state.older, state.turn),
        id="log",
        class_name="mt-10",
    )


def _event(row: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(
            rx.el.span(row.type, class_name="font-medium text-ink"),
            rx.el.span(row.event_id, class_name="block font-mono text-xs break-all text-faint"),
            class_name=f"cursor-pointer list-none rounded {FOCUS}",
        ),
        rx.el.pre(
            row.body,
            class_name="mt-2 max-w-lg rounded-field bg-sunken p-3 text-xs whitespace-pre-wrap break-all text-muted",
        ),
    )


def _again(row: Any) -> rx.Component:
    return button(
        icon("repeat"),
        t("endpoints.again"),
        kind="ghost",
        class_name="!px-2 whitespace-nowrap",
        on_click=EndpointsState.redeliver(row.id),
    )


def _add_dialog() -> rx.Component:
    state = EndpointsState
    return rx.el.dialog(
        rx.el.form(
            rx.el.h2(t("endpoints.add"), id=f"{ADD_DIALOG}-title", class_name="text-lg font-semibold"),
            rx.cond(state.trouble != "", notice(state.trouble, tone="bad", live=True)),
            field("url", t("endpoints.url"), placeholder="https://example.com/hooks", required=True, max_length=2000),
            field("description", t("endpoints.description"), max_length=200),
            rx.el.fieldset(
                rx.el.legend(t("endpoints.types"), class_name="mb-1.5 text-sm font-medium text-ink"),
                rx.el.div(*map(_group, _GROUPS), class_name="gap-x-6 sm:columns-2"),
            ),
            rx.el.div(
                button(t("action.cancel"), kind="secondary", on_click=hide(ADD_DIALOG)),
                button(t("endpoints.add"), type="submit"),
                class_name="flex flex-wrap justify-end gap-3",
            ),
            key=state.form_number.to_string(),
            on_submit=state.add,
            class_name="grid max-h-[85dvh] w-[38rem] max-w-full gap-5 overflow-y-auto rounded-card border border-line "
            "bg-surface p-6 shadow-float",
        ),
        id=ADD_DIALOG,
        custom_attrs={"aria-labelledby": f"{ADD_DIALOG}-title"},
    )


def _group(name: str) -> rx.Component:
    return rx.el.div(
        *(
            rx.el.label(
                rx.el.input(
                    type="checkbox",
                    name=box_of(kind),
                    class_name=f"size-4 shrink-0 accent-[var(--accent)] {FOCUS}",
                ),
                kind,
                class_name="flex min-h-8 cursor-pointer items-center gap-2.5 font-mono text-xs text-ink",
            )
            for kind in TYPES
            if kind.startswith(f"{name}.")
        ),
        class_name="mb-2.5 break-inside-avoid",
    )
