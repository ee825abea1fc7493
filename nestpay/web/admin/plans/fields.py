"""The editor's fields: each keeps what is typed until it is sent, and says below itself what is wrong with it."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from nestpay.web.admin.plans.editor_state import PlanEditor
from nestpay.web.admin.plans.guard import FORM_ID
from nestpay.web.components.forms import FIELD
from nestpay.web.i18n import t
from nestpay.web.tokens import FOCUS

FORM = rx.Var(f"Object.fromEntries(new FormData(document.getElementById('{FORM_ID}')).entries())").to(dict[str, Any])
"""Everything that stands in the form at the moment of an event."""
TYPING_MS = 250


class LiveForm(rx.el.Form):
    """A form that notices what is typed into any of its fields."""

    on_change: rx.EventHandler[rx.event.no_args_event_spec]


def line(name: Any, label: Any, *, at: Any = None, hint: str = "", aside: Any = None, **props: Any) -> rx.Component:
    """A text field called `name`; what is wrong with it stands under the path `at` (default: its name)."""
    return _labelled(name, label, rx.el.input(**_common(name, at, hint), **props), at, hint, aside)


def area(name: Any, label: str, *, at: Any = None, hint: str = "", rows: int = 3, **props: Any) -> rx.Component:
    """A field for several lines."""
    look = f"{FIELD} py-2.5 leading-relaxed"
    box = rx.el.textarea(rows=str(rows), **{**_common(name, at, hint), "class_name": look}, **props)
    return _labelled(name, label, box, at, hint)


def pick(
    name: Any, label: str, options: Mapping[str, str], *, at: Any = None, hint: str = "", **props: Any
) -> rx.Component:
    """A choice of one."""
    entries = [rx.el.option(text, value=value) for value, text in options.items()]
    look = f"{FIELD} !bg-surface !px-2.5 !text-ink"
    box = rx.el.select(*entries, **{**_common(name, at, hint), "class_name": look}, **props)
    return _labelled(name, label, box, at, hint)


def tick(name: Any, label: str, *, checked: Any, **props: Any) -> rx.Component:
    """A box to tick."""
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=name,
            default_checked=checked,
            class_name=f"size-4 shrink-0 accent-[var(--accent)] {FOCUS}",
            **props,
        ),
        label,
        class_name="flex min-h-10 cursor-pointer items-center gap-2.5 text-sm text-ink",
    )


def complaint(at: Any) -> rx.Component:
    """What is wrong at a path of the entry, if anything."""
    said = PlanEditor.wrong[at]
    return rx.cond(
        said,
        rx.el.p(
            said, class_name="mt-1.5 text-xs font-medium text-bad-ink", role="alert", custom_attrs={"data-wrong": at}
        ),
    )


def part(title: str, text: str, *children: Any, action: Any = None, **props: Any) -> rx.Component:
    """A part of the form with its title."""
    return rx.el.section(
        rx.el.div(
            rx.el.div(
                rx.el.h2(title, class_name="text-base font-semibold"),
                rx.el.p(text, class_name="mt-0.5 text-sm") if text else None,
                class_name="min-w-0 flex-1",
            ),
            action,
            class_name="flex flex-wrap items-start justify-between gap-3",
        ),
        *children,
        class_name="grid gap-5 rounded-card border border-line bg-surface p-5 shadow-card sm:p-6",
        **props,
    )


def _common(name: Any, at: Any, hint: str) -> dict[str, Any]:
    wrong = PlanEditor.wrong[name if at is None else at]
    attributes: dict[str, Any] = {"aria-invalid": rx.cond(wrong, "true", "false")}
    if hint:
        attributes["aria-describedby"] = f"{name}-hint"
    return {"id": name, "name": name, "class_name": FIELD, "custom_attrs": attributes, "auto_complete": "off"}


def _labelled(name: Any, label: Any, box: rx.Component, at: Any, hint: str, aside: Any = None) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=name, class_name="text-sm font-medium text-ink"),
            aside,
            class_name="mb-1.5 flex items-baseline justify-between gap-3",
        ),
        box,
        complaint(name if at is None else at),
        rx.el.p(hint, id=f"{name}-hint", class_name="mt-1.5 text-xs text-faint") if hint else None,
        class_name="min-w-0",
    )


def optional(text: str) -> str:
    """A hint that begins by saying that the field may stay empty."""
    return f"{t('plan.optional')} {text}"
