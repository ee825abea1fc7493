"""The colours: the same names by day and by night, and readable in both (WCAG 2.2 AA)."""

import re
from pathlib import Path

import pytest

from nestpay.web.tokens import COLOURS

CSS = (Path(__file__).resolve().parents[2] / "assets/nestpay.css").read_text()
TEXT, BORDER = 4.5, 3.0
READ_ON = [
    *(
        (ink, ground)
        for ink in ("ink", "muted", "faint", "accent-ink", "bad-ink")
        for ground in ("canvas", "surface", "sunken")
    ),
    *((f"{tone}-ink", f"{tone}-soft") for tone in ("accent", "good", "warn", "bad")),
    ("on-accent", "accent"),
    ("on-accent", "accent-deep"),
    ("on-bad", "bad"),
    ("ink", "raised"),
]
SEEN_ON = [
    *(("field", ground) for ground in ("canvas", "surface", "sunken")),
    ("focus", "canvas"),
    ("focus", "surface"),
]


def theme(selector: str) -> dict[str, str]:
    block = re.search(rf"^{re.escape(selector)} \{{(.*?)^\}}", CSS, re.DOTALL | re.MULTILINE)
    assert block
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block.group(1)))


THEMES = {"light": theme(":root:has(.nestpay-page)"), "dark": theme(":root.dark:has(.nestpay-page)")}


def brightness(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([brightness(one), brightness(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_each_theme_gives_every_colour_a_value(name: str) -> None:
    assert set(THEMES[name]) == set(COLOURS)


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("ink", "ground"), READ_ON)
def test_text_can_be_read(name: str, ink: str, ground: str) -> None:
    assert contrast(THEMES[name][ink], THEMES[name][ground]) >= TEXT


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize(("line", "ground"), SEEN_ON)
def test_fields_and_focus_can_be_seen(name: str, line: str, ground: str) -> None:
    assert contrast(THEMES[name][line], THEMES[name][ground]) >= BORDER
