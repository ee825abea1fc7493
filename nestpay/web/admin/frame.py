"""What is around a page of the admin's desk: its sections at the side, or in a row above the page on a phone."""

import reflex as rx

from nestpay.web import frames
from nestpay.web.components.actions import text_link
from nestpay.web.components.icons import icon
from nestpay.web.frames import ADMIN_HOME
from nestpay.web.i18n import localized, t
from nestpay.web.register import menu, pages
from nestpay.web.tokens import FOCUS

Entry = tuple[str, str, str]

SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", ((ADMIN_HOME, "home", "admin.nav.home"),)),
    (
        "admin.nav.sell",
        (
            (f"{ADMIN_HOME}/plans", "tag", "admin.nav.plans"),
            (f"{ADMIN_HOME}/orders", "receipt", "admin.nav.orders"),
            (f"{ADMIN_HOME}/subscriptions", "repeat", "admin.nav.subscriptions"),
            (f"{ADMIN_HOME}/customers", "users", "admin.nav.customers"),
            (f"{ADMIN_HOME}/credits", "coins", "admin.nav.credits"),
            (f"{ADMIN_HOME}/content", "list", "admin.nav.content"),
        ),
    ),
    (
        "admin.nav.run",
        (
            (f"{ADMIN_HOME}/webhooks", "inbox", "admin.nav.webhooks"),
            (f"{ADMIN_HOME}/endpoints", "globe", "admin.nav.endpoints"),
            (f"{ADMIN_HOME}/emails", "mail", "admin.nav.emails"),
            (f"{ADMIN_HOME}/reports", "chart", "admin.nav.reports"),
            (f"{ADMIN_HOME}/audit", "shield", "admin.nav.audit"),
            (f"{ADMIN_HOME}/sandbox", "clock", "admin.nav.sandbox"),
        ),
    ),
)
"""The sections of the desk in order. One whose page is not registered is not offered."""

_ROW = "admin-row"
# Only the row is scrolled: `scrollIntoView` would move the page too.
_TO_HERE = f"""(() => {{
  const row = document.getElementById('{_ROW}'), here = row?.querySelector('[aria-current]');
  if (here) row.scrollLeft = here.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
}})()"""


def admin(content: rx.Component) -> rx.Component:
    """The frame of an admin's page."""
    side = frames.side_bar(
        ADMIN_HOME,
        rx.el.nav(
            *(_group(title, entries) for title, entries in _sections() if _offered(entries)),
            class_name="grid gap-4 px-3 py-2",
            custom_attrs={"aria-label": t("admin.nav.label")},
        ),
        rx.el.div(
            text_link(t("admin.nav.to_dashboard"), href=localized("/dashboard"), class_name="text-sm"),
            class_name="mt-auto px-6 py-5",
        ),
    )
    return frames.beside(side, content, home=ADMIN_HOME, width="max-w-7xl", above=_row())


def _sections() -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    added = tuple((entry.path, entry.icon, entry.title_key) for entry in menu if entry.audience == "admin")
    return (*SECTIONS, ("admin.nav.more", added))


def _offered(entries: tuple[Entry, ...]) -> list[Entry]:
    return [entry for entry in entries if entry[0] in pages]


def _group(title: str, entries: tuple[Entry, ...]) -> rx.Component:
    return rx.el.div(
        rx.el.div(t(title), class_name="px-3 pb-1 text-xs font-medium text-faint") if title else None,
        *(frames.side_link(*entry) for entry in _offered(entries)),
        class_name="grid gap-0.5",
    )


def _row() -> rx.Component:
    entries = [entry for _, group in _sections() for entry in _offered(group)]
    return rx.el.nav(
        *(_row_link(*entry) for entry in entries),
        id=_ROW,
        on_mount=rx.call_script(_TO_HERE),
        class_name="relative flex gap-1 overflow-x-auto border-b border-line px-4 py-2 lg:hidden",
        custom_attrs={"aria-label": t("admin.nav.label")},
    )


def _row_link(path: str, icon_name: str, key: str) -> rx.Component:
    is_here = frames.is_in(path)
    look = "bg-accent-soft text-accent-ink" if is_here else "text-muted hover:bg-sunken hover:text-ink"
    return rx.el.a(
        icon(icon_name, "size-4"),
        t(key),
        href=localized(path),
        class_name=f"flex min-h-11 shrink-0 items-center gap-2 rounded-field px-3 text-sm font-medium {look} {FOCUS}",
        custom_attrs={"aria-current": "page"} if is_here else {},
    )
