"""Writes a component as HTML on the server: what must be right before a script runs, and without any, is drawn so.

Only what holds no State can be written: plain elements, their texts and attributes. The browser's own code never looks
inside (`raw`), so what stands there may be newer than what the page was built with.
"""

import re
from html import escape
from typing import Any

import reflex as rx
from reflex_base.components.component import BaseComponent
from reflex_base.utils.format import to_camel_case
from reflex_base.vars.base import LiteralVar, Var
from reflex_components_core.base.bare import Bare
from reflex_components_core.base.fragment import Fragment

_VOID = frozenset({"br", "hr", "img", "input"})
_TAGS = {"Link": "a"}
_NAMES = {"to": "href", "htmlFor": "for", "className": "class"}


def html_of(component: BaseComponent) -> str:
    """The component as HTML, its texts escaped. Raises TypeError for one that only a browser can draw."""
    if isinstance(component, Bare):
        text = _value(component.contents)
        return "" if text is None else escape(str(text))
    inside = "".join(html_of(child) for child in component.children)
    if isinstance(component, Fragment):
        return inside
    if not isinstance(component, rx.Component) or not component.tag or component.event_triggers:
        raise TypeError(f"{type(component).__name__} cannot be drawn without a browser")
    name = _TAGS.get(component.tag, component.tag)
    opening = f"<{name}{''.join(_attributes(component))}>"
    return opening if name in _VOID else f"{opening}{inside}</{name}>"


def raw(html: str, **props: Any) -> rx.Component:
    """A place whose inside is `html`, which React leaves alone: neither compared nor put right when the page starts."""
    return rx.html(html, custom_attrs={"suppressHydrationWarning": True}, **props)


def _attributes(component: rx.Component) -> list[str]:
    given: dict[str, Any] = {"class": component.class_name, "id": component.id, "style": _style(component)}
    for name in component.get_props():
        if (value := getattr(component, name, None)) is not None:
            name_in_html = to_camel_case(name)
            given[_NAMES.get(name_in_html, name_in_html)] = value
    given |= component.custom_attrs
    return [_attribute(name, _value(value)) for name, value in given.items() if value is not None]


def _attribute(name: str, value: Any) -> str:
    if value is False or value == "":
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _style(component: rx.Component) -> str:
    """Reflex keeps what it takes for styling, such as the strokes of an icon, apart from the attributes."""
    kept = {
        re.sub(r"[A-Z]", lambda sign: f"-{sign.group().lower()}", name): each for name, each in component.style.items()
    }
    return ";".join(f"{name.replace('_', '-')}:{_value(each)}" for name, each in kept.items())


def _value(given: Any) -> Any:
    if isinstance(given, LiteralVar):
        return given._var_value  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(given, Var):
        raise TypeError("a value that only the browser knows cannot be written on the server")
    if isinstance(given, list):
        return " ".join(str(_value(each)) for each in given)
    return given
