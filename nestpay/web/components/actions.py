"""Things one presses: buttons, links, menus."""

from typing import Any, Literal

import reflex as rx

from nestpay.web.components.icons import icon
from nestpay.web.tokens import FOCUS, TARGET

Kind = Literal["primary", "secondary", "ghost", "danger"]

_SHAPE = (
    f"inline-flex items-center justify-center gap-2 rounded-field px-4 text-sm font-medium whitespace-nowrap select-none "
    f"transition-colors duration-150 disabled:opacity-55 {TARGET} {FOCUS}"
)
_KINDS: dict[Kind, str] = {
    "primary": "bg-accent text-on-accent hover:bg-accent-deep shadow-card",
    "secondary": "bg-surface text-ink border border-edge hover:bg-sunken",
    "ghost": "text-muted hover:text-ink hover:bg-sunken",
    "danger": "bg-bad text-on-bad hover:opacity-90",
}


def button(
    *children: Any,
    kind: Kind = "primary",
    busy: rx.Var[bool] | bool = False,
    disabled: rx.Var[bool] | bool = False,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A button. While `busy` it shows a spinner and takes no second click."""
    props.setdefault("type", "button")
    return rx.el.button(
        rx.cond(busy, rx.el.span(class_name="spinner", custom_attrs={"aria-hidden": "true"}))
        if busy is not False
        else None,
        *children,
        disabled=disabled if busy is False else (busy | disabled if disabled is not False else busy),
        class_name=f"{_SHAPE} {_KINDS[kind]} {class_name}",
        **props,
    )


def link_button(*children: Any, href: Any, kind: Kind = "primary", class_name: str = "", **props: Any) -> rx.Component:
    """A link that looks like a button."""
    return rx.el.a(*children, href=href, class_name=f"{_SHAPE} {_KINDS[kind]} {class_name}", **props)


def way_out(*children: Any, href: Any, kind: Kind = "secondary", file: str = "") -> rx.Component:
    """A link that looks like a button and leads to what is no page of ours: a payment company's, or a `file` to keep.

    The router would look for a page of ours at the address, and say that there is none.
    """
    leaving = {"reloadDocument": True, **({"download": file} if file else {})}
    return link_button(*children, href=href, kind=kind, custom_attrs=leaving)


def text_link(*children: Any, href: Any, class_name: str = "", **props: Any) -> rx.Component:
    """A link inside running text."""
    return rx.el.a(
        *children,
        href=href,
        class_name=f"font-medium text-accent-ink underline decoration-accent-ink/30 underline-offset-4 "
        f"hover:decoration-accent-ink rounded {FOCUS} {class_name}",
        **props,
    )


def icon_button(name: str, label: str, **props: Any) -> rx.Component:
    """A square button with an icon only; `label` is what a screen reader says."""
    class_name = props.pop("class_name", "")
    return rx.el.button(
        icon(name, "size-[1.125rem]"),
        type="button",
        class_name=f"grid size-10 place-items-center rounded-field text-muted hover:bg-sunken hover:text-ink {FOCUS} {class_name}",
        custom_attrs={"aria-label": label, **props.pop("custom_attrs", {})},
        **props,
    )


def menu(menu_id: str, opener: rx.Component, *entries: rx.Component, label: str = "") -> rx.Component:
    """A popover with entries. `opener` must carry `opens(menu_id)`; the browser closes it on Escape and outside clicks."""
    return rx.fragment(
        opener,
        rx.el.div(
            rx.el.div(*entries, class_name="min-w-52 rounded-card border border-line bg-surface p-1.5 shadow-float"),
            id=menu_id,
            class_name="menu",
            custom_attrs={"popover": "auto", "aria-label": label},
        ),
    )


def opens(menu_id: str) -> dict[str, str]:
    """The attributes of a button that opens the menu."""
    return {"popoverTarget": menu_id, "aria-haspopup": "true"}


ENTRY = f"flex w-full items-center gap-3 rounded-field px-3 py-2.5 text-left text-sm text-muted hover:bg-sunken hover:text-ink {FOCUS}"
