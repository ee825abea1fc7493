"""Small charts as plain SVG: paths are reckoned on the server, so that no chart library travels to the browser."""

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx

WIDTH, HEIGHT = 720, 180
_NICE = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)


@dataclass(frozen=True)
class Steps:
    """Two layers that change in steps, one upon the other, as SVG paths; `top` is the value at the upper edge."""

    lower: str = ""
    upper: str = ""
    line: str = ""
    top: int = 0


@dataclass(frozen=True)
class Bar:
    name: str
    value: str
    share: int


def steps(moments: Sequence[float], lower: Sequence[int], upper: Sequence[int]) -> Steps:
    """Draw values that hold from their moment to the next; `moments` go from 0 to 1 and the last value holds to 1."""
    totals = [low + up for low, up in zip(lower, upper, strict=True)]
    if not totals:
        return Steps()
    top = _ceiling(max(totals))
    inner, outer = _edge(moments, lower, top), _edge(moments, totals, top)
    ground = f"L{WIDTH} {HEIGHT} L{_x(moments[0])} {HEIGHT} Z"
    backwards = " ".join(f"L{x} {y}" for x, y in reversed(inner))
    return Steps(
        lower=f"{_path(inner)} {ground}",
        upper=f"{_path(outer)} {backwards} Z",
        line=_path(outer),
        top=top,
    )


def bars(values: Sequence[tuple[str, int]], shown: Sequence[str]) -> list[Bar]:
    """Names with their values as shares of the largest; `shown` are the values in words."""
    largest = max((value for _, value in values), default=0)
    return [Bar(name, text, max(2, value * 100 // largest)) for (name, value), text in zip(values, shown, strict=True)]


def area_chart(drawn: rx.Var, label: rx.Var[str]) -> rx.Component:
    """The picture of `Steps`; `label` says in a sentence what it shows."""
    thirds = [HEIGHT * part // 4 for part in range(1, 4)]
    return rx.el.svg(
        *(
            rx.el.svg.path(d=f"M0 {y} H{WIDTH}", class_name="stroke-line", vector_effect="non-scaling-stroke")
            for y in thirds
        ),
        rx.el.svg.path(d=drawn.lower, class_name="fill-accent opacity-30"),
        rx.el.svg.path(d=drawn.upper, class_name="fill-accent opacity-15"),
        rx.el.svg.path(
            d=drawn.line,
            fill="none",
            class_name="stroke-accent",
            stroke_width="2",
            stroke_linejoin="round",
            vector_effect="non-scaling-stroke",
        ),
        view_box=f"0 0 {WIDTH} {HEIGHT}",
        preserve_aspect_ratio="none",
        role="img",
        class_name="block h-44 w-full overflow-visible",
        custom_attrs={"aria-label": label},
    )


def bar_list(drawn: rx.Var[list[Bar]]) -> rx.Component:
    """Bars with their names, the largest first."""

    def row(bar: rx.Var) -> rx.Component:
        return rx.el.li(
            rx.el.div(
                rx.el.span(bar.name, class_name="truncate text-ink"),
                rx.el.span(bar.value, class_name="shrink-0 tnum"),
                class_name="flex justify-between gap-4 text-sm",
            ),
            rx.el.div(
                rx.el.div(class_name="h-full rounded-full bg-accent", style={"width": bar.share.to_string() + "%"}),
                class_name="mt-1.5 h-2 overflow-hidden rounded-full bg-sunken",
                custom_attrs={"aria-hidden": "true"},
            ),
        )

    return rx.el.ul(rx.foreach(drawn, row), class_name="grid gap-4")


def _edge(moments: Sequence[float], values: Sequence[int], top: int) -> list[tuple[int, int]]:
    """The corners of the steps, left to right."""
    corners: list[tuple[int, int]] = []
    for moment, value in zip(moments, values, strict=True):
        x, y = _x(moment), HEIGHT - value * HEIGHT // top
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    corners.append((WIDTH, corners[-1][1]))
    return corners


def _path(corners: Sequence[tuple[int, int]]) -> str:
    (x, y), *rest = corners
    return f"M{x} {y} " + " ".join(f"L{x} {y}" for x, y in rest)


def _x(moment: float) -> int:
    return round(moment * WIDTH)


def _ceiling(value: int) -> int:
    """The next number that is easy to read, at least 10."""
    size = 10
    while True:
        for step in _NICE:
            if step * size >= value:
                return int(step * size)
        size *= 10
