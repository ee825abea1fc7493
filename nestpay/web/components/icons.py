"""The few line icons we use, inline: no icon library travels to the browser. Drawn on Lucide's 24 px grid (ISC licence)."""

import reflex as rx

_PATHS: dict[str, tuple[str, ...]] = {
    "check": ("M20 6 9 17l-5-5",),
    "x": ("M18 6 6 18", "m6 6 12 12"),
    "arrow-right": ("M5 12h14", "m12 5 7 7-7 7"),
    "arrow-left": ("M19 12H5", "m12 19-7-7 7-7"),
    "chevron-down": ("m6 9 6 6 6-6",),
    "globe": (
        "M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0",
        "M3.6 9h16.8M3.6 15h16.8",
        "M12 3a14 14 0 0 1 0 18 14 14 0 0 1 0-18",
    ),
    "sun": (
        "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8",
        "M12 2v2M12 20v2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M2 12h2M20 12h2M6.3 17.7l-1.4 1.4M19.1 4.9l-1.4 1.4",
    ),
    "moon": ("M12 3a6 6 0 0 0 9 9 9 9 0 1 1-9-9",),
    "home": ("M3 10.5 12 3l9 7.5V20a1 1 0 0 1-1 1h-5v-7H9v7H4a1 1 0 0 1-1-1z",),
    "repeat": ("m17 2 4 4-4 4", "M3 11v-1a4 4 0 0 1 4-4h14", "m7 22-4-4 4-4", "M21 13v1a4 4 0 0 1-4 4H3"),
    "receipt": (
        "M5 3v18l2.5-1.6L10 21l2-1.6 2 1.6 2.5-1.6L19 21V3l-2.5 1.6L14 3l-2 1.6L10 3 7.5 4.6z",
        "M9 9h6M9 13h6",
    ),
    "coins": ("M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0", "M18.1 10.4A6 6 0 1 1 10.3 18", "M7 6h1v4"),
    "bolt": ("M13 2 4 14h7l-1 8 9-12h-7z",),
    "settings": ("M4 21v-7M4 10V3M12 21v-9M12 8V3M20 21v-5M20 12V3", "M1.5 14h5M9.5 8h5M17.5 16h5"),
    "sign-out": ("M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4", "m16 17 5-5-5-5", "M21 12H9"),
    "user": ("M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2", "M16 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0"),
    "mail": ("M3 5h18v14H3z", "m3 6 9 7 9-7"),
    "shield": ("M12 22s8-3.5 8-10V5l-8-3-8 3v7c0 6.500 8 10 8 10", "m9 12 2 2 4-4"),
    "alert": (
        "M12 9v4M12 17h.01",
        "M10.3 3.9 1.8 18a2 2 0 0 0 1.700 3h17a2 2 0 0 0 1.700-3L13.700 3.900a2 2 0 0 0-3.400 0",
    ),
    "info": ("M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0", "M12 16v-4M12 8h.01"),
    "external": ("M15 3h6v6", "M10 14 21 3", "M18 13v6a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2h6"),
    "inbox": (
        "M22 12h-6l-2 3h-4l-2-3H2",
        "M5.500 5.100 2 12v6a2 2 0 0 0 2 2h16a2 2 0 0 0 2-2v-6l-3.500-6.900A2 2 0 0 0 16.800 4H7.200a2 2 0 0 0-1.700 1.100",
    ),
    "spark": (
        "M12 3v4M12 17v4M3 12h4M17 12h4",
        "m5.6 5.6 2.9 2.9m7 7 2.9 2.9m-12.8 0 2.9-2.9m7-7 2.9-2.9",
    ),
    "code": ("m16 18 6-6-6-6", "m8 6-6 6 6 6"),
    "card": ("M3 5h18a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1", "M2 10h20"),
    "pause": ("M8 5v14M16 5v14",),
    "users": (
        "M16 21v-2a4 4 0 0 0-4-4H6a4 4 0 0 0-4 4v2",
        "M13 7a4 4 0 1 1-8 0 4 4 0 0 1 8 0",
        "M22 21v-2a4 4 0 0 0-3-3.900M16 3.100a4 4 0 0 1 0 7.800",
    ),
    "lock": ("M5 11h14v10H5z", "M8 11V7a4 4 0 0 1 8 0v4"),
    "bag": ("M6 7h12l1 14H5z", "M9 7V6a3 3 0 0 1 6 0v1"),
    "download": ("M21 15v4a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-4", "m7 10 5 5 5-5", "M12 15V3"),
    "plus": ("M12 5v14M5 12h14",),
    "tag": ("M20.600 13.400 13.400 20.600a2 2 0 0 1-2.800 0L2 12V2h10l8.600 8.600a2 2 0 0 1 0 2.800", "M7 7h.01"),
    "chart": ("M3 3v18h18", "M8 17v-5M13 17V7M18 17v-8"),
    "list": ("M8 6h13M8 12h13M8 18h13", "M3 6h.01M3 12h.01M3 18h.01"),
    "search": ("M18 11a7 7 0 1 1-14 0 7 7 0 0 1 14 0", "m21 21-5-5"),
    "arrow-up": ("M12 19V5", "m5 12 7-7 7 7"),
    "arrow-down": ("M12 5v14", "m19 12-7 7-7-7"),
    "grip": ("M9 5h.01M9 12h.01M9 19h.01", "M15 5h.01M15 12h.01M15 19h.01"),
    "copy": ("M9 9h11v11H9z", "M5 15H4V4h11v1"),
    "archive": ("M3 4h18v4H3z", "M5 8v12h14V8", "M10 12h4"),
    "clock": ("M21 12a9 9 0 1 1-18 0 9 9 0 0 1 18 0", "M12 7v5l3 2"),
}


def icon(name: str, class_name: str | rx.Var[str] = "size-4") -> rx.Component:
    """A decorative icon; what it means must stand beside it in words or in an aria-label."""
    return rx.el.svg(
        *(rx.el.svg.path(d=path) for path in _PATHS[name]),
        view_box="0 0 24 24",
        fill="none",
        stroke="currentColor",
        stroke_width="1.75",
        stroke_linecap="round",
        stroke_linejoin="round",
        class_name=["shrink-0", class_name],
        custom_attrs={"aria-hidden": "true"},
    )


def logo(class_name: str = "size-7") -> rx.Component:
    """The mark: a nest with two eggs, one of them paid."""
    return rx.el.svg(
        rx.el.svg.rect(width="32", height="32", rx="9", class_name="fill-accent"),
        rx.el.svg.path(d="M7 15.500a9 9 0 0 0 18 0z", class_name="fill-on-accent"),
        rx.el.svg.circle(cx="12.600", cy="11.400", r="2.900", class_name="fill-on-accent opacity-60"),
        rx.el.svg.circle(cx="19.200", cy="10.400", r="3.400", class_name="fill-on-accent"),
        view_box="0 0 32 32",
        class_name=class_name,
        custom_attrs={"aria-hidden": "true"},
    )
