"""Things one fills in. Fields are named and read on submit, so typing costs no round trip."""

from typing import Any

import reflex as rx

from nestpay.web.components.surfaces import notice
from nestpay.web.tokens import TARGET

FIELD = (
    f"block w-full rounded-field border border-field bg-surface px-3.5 text-base sm:text-sm text-ink placeholder:text-faint "
    f"transition-colors hover:border-muted focus:border-focus focus:outline-none focus:ring-2 focus:ring-focus/30 "
    f"read-only:bg-sunken read-only:text-muted {TARGET}"
)
"""How whatever one types into looks."""


def field(name: str, label: str, *, hint: str = "", aside: rx.Component | None = None, **props: Any) -> rx.Component:
    """A text field with its label and, below it, a hint that screen readers say with it."""
    described = {"aria-describedby": f"{name}-hint"} if hint else {}
    return rx.el.div(
        rx.el.div(
            rx.el.label(label, html_for=name, class_name="text-sm font-medium text-ink"),
            aside,
            class_name="mb-1.5 flex items-baseline justify-between gap-4",
        ),
        rx.el.input(id=name, name=name, class_name=FIELD, custom_attrs=described, **props),
        rx.el.p(hint, id=f"{name}-hint", class_name="mt-1.5 text-xs text-faint") if hint else None,
    )


def choice(name: str, label: str, options: dict[str, str] | rx.Var[dict[str, str]], **props: Any) -> rx.Component:
    """A select with its label; `options` are shown texts by value, which may come from a State."""
    if isinstance(options, rx.Var):
        entries = [rx.foreach(options, lambda option: rx.el.option(option[1], value=option[0]))]
    else:
        entries = [rx.el.option(text, value=value) for value, text in options.items()]
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="mb-1.5 block text-sm font-medium text-ink"),
        rx.el.select(
            *entries,
            id=name,
            name=name,
            class_name=FIELD + " !bg-surface !px-2.5 !text-ink",
            **props,
        ),
    )


def form(*children: Any, error: rx.Var[str], **props: Any) -> rx.Component:
    """A form that shows `error`, when there is one, above its fields."""
    return rx.el.form(
        rx.cond(error != "", notice(error, tone="bad", live=True)),
        *children,
        class_name="grid gap-5",
        **props,
    )
