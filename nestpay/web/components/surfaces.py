"""Things that hold or tell something: cards, badges, notices, numbers, and what stands where nothing is yet."""

from typing import Any, Literal

import reflex as rx

from nestpay.web.components.icons import icon

Tone = Literal["plain", "good", "warn", "bad", "accent"]

_TONES: dict[Tone, str] = {
    "plain": "bg-sunken text-muted border-line",
    "good": "bg-good-soft text-good-ink border-good-ink/15",
    "warn": "bg-warn-soft text-warn-ink border-warn-ink/15",
    "bad": "bg-bad-soft text-bad-ink border-bad-ink/15",
    "accent": "bg-accent-soft text-accent-ink border-accent-ink/15",
}
_TONE_ICONS: dict[Tone, str] = {"plain": "info", "good": "check", "warn": "alert", "bad": "alert", "accent": "info"}


def card(*children: Any, class_name: str = "", **props: Any) -> rx.Component:
    """A quiet box with a border."""
    return rx.el.div(
        *children, class_name=f"rounded-card border border-line bg-surface shadow-card {class_name}", **props
    )


def badge(text: Any, *, tone: Tone | rx.Var[str] = "plain", class_name: str = "") -> rx.Component:
    """A small label. `tone` may come from a State."""
    shape = f"inline-flex items-center gap-1.5 rounded-full border px-2.5 py-0.5 text-xs font-medium whitespace-nowrap {class_name}"
    looks = {name: f"{shape} {colours}" for name, colours in _TONES.items()}
    look = rx.match(tone, *looks.items(), looks["plain"]) if isinstance(tone, rx.Var) else looks[tone]
    return rx.el.span(text, class_name=look)


def notice(*children: Any, tone: Tone = "plain", live: bool = False, class_name: str = "") -> rx.Component:
    """A message in the page. A `live` one is read out when it appears."""
    return rx.el.div(
        icon(_TONE_ICONS[tone], "size-5 mt-px"),
        rx.el.div(*children, class_name="min-w-0 flex-1 text-sm leading-relaxed"),
        role="alert" if live else "note",
        class_name=f"flex gap-3 rounded-card border px-4 py-3.5 {_TONES[tone]} {class_name}",
    )


def skeleton(class_name: str) -> rx.Component:
    """A grey place where something will stand in a moment."""
    return rx.el.div(class_name=f"skeleton {class_name}", custom_attrs={"aria-hidden": "true"})


def skeleton_rows(count: int = 4) -> rx.Component:
    """A table that is still coming."""
    return rx.el.div(
        *(skeleton("h-5 w-full") for _ in range(count)),
        class_name="grid gap-5 p-6",
        custom_attrs={"aria-busy": "true"},
    )


def empty(icon_name: str, title: str, text: str, *actions: rx.Component) -> rx.Component:
    """What stands where a list would be when it has no rows: what will come here, and what to do about it."""
    return rx.el.div(
        rx.el.div(
            icon(icon_name, "size-6"), class_name="grid size-12 place-items-center rounded-card bg-sunken text-faint"
        ),
        rx.el.h3(title, class_name="mt-4 text-base font-semibold"),
        rx.el.p(text, class_name="mt-1 max-w-sm text-sm"),
        rx.el.div(*actions, class_name="mt-5 flex flex-wrap justify-center gap-3") if actions else None,
        class_name="flex flex-col items-center px-6 py-14 text-center",
    )


def stat(label: str, value: Any, note: Any = "", *, loading: rx.Var[bool], class_name: str = "") -> rx.Component:
    """One number with its name."""
    shown = rx.el.div(value, class_name="mt-2 text-3xl font-semibold tracking-tight text-ink tnum")
    return card(
        rx.el.div(label, class_name="text-sm text-faint"),
        rx.cond(loading, skeleton("mt-3 h-8 w-24"), shown),
        rx.el.div(note, class_name="mt-1 min-h-5 text-sm text-muted"),
        class_name=f"p-5 {class_name}",
    )


def facts(*pairs: tuple[str, Any]) -> rx.Component:
    """Names and values, one a line."""
    return rx.el.dl(
        *(
            rx.el.div(
                rx.el.dt(name, class_name="text-sm text-faint"),
                rx.el.dd(value, class_name="text-sm font-medium text-ink tnum text-right"),
                class_name="flex items-baseline justify-between gap-6 py-3",
            )
            for name, value in pairs
        ),
        class_name="divide-y divide-line",
    )


def section_title(title: str, text: str = "", *, action: rx.Component | None = None) -> rx.Component:
    """The title of a part of a page."""
    return rx.el.div(
        rx.el.div(
            rx.el.h2(title, class_name="text-lg font-semibold"),
            rx.el.p(text, class_name="mt-0.5 text-sm") if text else None,
        ),
        action,
        class_name="flex flex-wrap items-end justify-between gap-4",
    )


def meter(share: rx.Var[int] | int, label: str) -> rx.Component:
    """A bar filled to `share` percent."""
    return rx.el.div(
        rx.el.div(
            class_name="h-full rounded-full bg-accent transition-[width] duration-500", style={"width": f"{share}%"}
        ),
        role="progressbar",
        class_name="h-2 overflow-hidden rounded-full bg-line",
        custom_attrs={"aria-label": label, "aria-valuenow": share, "aria-valuemin": 0, "aria-valuemax": 100},
    )
