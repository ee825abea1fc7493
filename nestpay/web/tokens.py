"""The design language by name: which words a class list may use for colours, type, corners and shadows.

The values live in `assets/nestpay.css`, once for light and once for dark, so no component ever says `dark:`.
"""

from typing import Any

COLOURS = (
    "canvas",  # the page itself
    "surface",  # cards, fields, menus
    "sunken",  # bars, table heads, what lies behind cards
    "line",  # quiet borders
    "edge",  # borders of buttons, whose words tell them apart already
    "field",  # borders that are all one sees of a thing: 3:1 against what is around them
    "raised",  # what is chosen among others
    "ink",  # titles and values
    "muted",  # running text
    "faint",  # captions; still readable at AA
    "accent",
    "accent-deep",  # the accent under the pointer
    "on-accent",
    "accent-soft",  # tinted grounds
    "accent-ink",  # accent as text, on canvas and on accent-soft
    "good-soft",
    "good-ink",
    "warn-soft",
    "warn-ink",
    "bad",
    "on-bad",
    "bad-soft",
    "bad-ink",
    "focus",
)

TAILWIND: Any = {
    "theme": {
        "extend": {
            "colors": {name: f"var(--{name})" for name in COLOURS},
            "fontFamily": {"sans": ["var(--font-sans)"], "mono": ["var(--font-mono)"]},
            "borderRadius": {"field": "0.625rem", "card": "1rem", "panel": "1.5rem"},
            "boxShadow": {"card": "var(--shadow-card)", "float": "var(--shadow-float)"},
            "maxWidth": {"page": "72rem", "prose": "44rem", "form": "25rem"},
        }
    },
}

# Every thing that can be pressed is at least this high on touch screens (WCAG 2.5.8 asks for 24 px, thumbs for more).
TARGET = "min-h-11 sm:min-h-10"
FOCUS = "outline-none focus-visible:ring-2 focus-visible:ring-focus focus-visible:ring-offset-2 ring-offset-canvas"
