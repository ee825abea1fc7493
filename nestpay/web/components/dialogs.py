"""Questions before something that cannot be undone: the browser's own dialog, so focus and Escape work by themselves."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from nestpay.web.components.actions import button
from nestpay.web.i18n import t


def dialog(dialog_id: str, title: str, text: Any, *actions: rx.Component) -> rx.Component:
    """A modal question. Open it with `show(dialog_id)`; the first button takes back."""
    return _modal(dialog_id, title, text, _answers(dialog_id, *actions))


def form_dialog(dialog_id: str, title: str, text: Any, *fields: rx.Component, done: rx.Component, **props: Any) -> Any:
    """A modal question with something to fill in. `done` submits; the dialog closes with it."""
    return _modal(
        dialog_id,
        title,
        text,
        rx.el.form(
            *fields,
            _answers(dialog_id, done),
            class_name="mt-5 grid gap-5",
            **{**props, "on_submit": [props["on_submit"], hide(dialog_id)]},
        ),
    )


def _modal(dialog_id: str, title: str, text: Any, content: rx.Component) -> rx.Component:
    return rx.el.dialog(
        rx.el.div(
            rx.el.h2(title, id=f"{dialog_id}-title", class_name="text-lg font-semibold"),
            rx.el.p(text, class_name="mt-2 text-sm leading-relaxed text-muted"),
            content,
            class_name="w-[26rem] max-w-full rounded-card border border-line bg-surface p-6 shadow-float",
        ),
        id=dialog_id,
        custom_attrs={"aria-labelledby": f"{dialog_id}-title"},
    )


def _answers(dialog_id: str, *actions: rx.Component) -> rx.Component:
    return rx.el.div(
        button(t("action.cancel"), kind="secondary", on_click=hide(dialog_id)),
        *actions,
        class_name="mt-6 flex flex-wrap justify-end gap-3",
    )


def show(dialog_id: str) -> EventSpec:
    """Open the dialog."""
    return rx.call_script(f"document.getElementById('{dialog_id}').showModal()")


def hide(dialog_id: str) -> EventSpec:
    """Close the dialog."""
    return rx.call_script(f"document.getElementById('{dialog_id}').close()")
