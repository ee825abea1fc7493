"""Questions before something that cannot be undone: the browser's own dialog, so focus and Escape work by themselves."""

from typing import Any

import reflex as rx
from reflex.event import EventSpec

from nestpay.web.components.actions import button
from nestpay.web.i18n import t


def dialog(dialog_id: str, title: str, text: Any, *actions: rx.Component) -> rx.Component:
    """A modal question. Open it with `show(dialog_id)`; the first button takes back."""
    return rx.el.dialog(
        rx.el.div(
            rx.el.h2(title, id=f"{dialog_id}-title", class_name="text-lg font-semibold"),
            rx.el.p(text, class_name="mt-2 text-sm leading-relaxed text-muted"),
            rx.el.div(
                button(t("action.cancel"), kind="secondary", on_click=hide(dialog_id)),
                *actions,
                class_name="mt-6 flex flex-wrap justify-end gap-3",
            ),
            class_name="w-[26rem] max-w-full rounded-card border border-line bg-surface p-6 shadow-float",
        ),
        id=dialog_id,
        custom_attrs={"aria-labelledby": f"{dialog_id}-title"},
    )


def show(dialog_id: str) -> EventSpec:
    """Open the dialog."""
    return rx.call_script(f"document.getElementById('{dialog_id}').showModal()")


def hide(dialog_id: str) -> EventSpec:
    """Close the dialog."""
    return rx.call_script(f"document.getElementById('{dialog_id}').close()")
