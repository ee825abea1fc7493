"""What every list of the desk shares: filters that live in the address, a search bar, and a way through the pages."""

from typing import Any
from urllib.parse import urlencode

import reflex as rx

from nestpay.web.components.actions import button, link_button
from nestpay.web.components.forms import FIELD
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card
from nestpay.web.i18n import localized, t
from nestpay.web.tokens import FOCUS

CURSOR = "after"
_LONGEST = 200


def address_of(path: str, locale: str, filters: dict[str, str]) -> str:
    """The page at `path` with these filters, those that say nothing left out."""
    said = {name: value for name, value in filters.items() if value}
    return f"{localized(path, locale)}?{urlencode(said)}" if said else localized(path, locale)


def asked_of(state: rx.State, *names: str) -> dict[str, str]:
    """What the address says of these filters, "" for what it does not say."""
    said = state.router.url.query_parameters
    return {name: str(said.get(name, "")).strip()[:_LONGEST] for name in names}


def chosen_in(form: dict[str, Any], *names: str) -> dict[str, str]:
    """What a form says of these filters."""
    return {name: str(form.get(name) or "").strip()[:_LONGEST] for name in names}


def search_bar(
    label: str, *filters: rx.Component, value: Any, is_narrowed: Any, form_key: Any, path: str, **props: Any
):
    """A search field with filters below it. Submitting it is one round trip, typing in it none."""
    field = rx.el.div(
        rx.el.label(label, html_for="text", class_name="sr-only"),
        icon("search", "size-4 absolute left-3.5 top-1/2 -translate-y-1/2 text-faint pointer-events-none"),
        rx.el.input(
            id="text",
            name="text",
            type="search",
            default_value=value,
            placeholder=label,
            auto_complete="off",
            max_length=_LONGEST,
            class_name=f"{FIELD} !pl-10",
        ),
        class_name="relative min-w-0 flex-1",
    )
    clear = rx.cond(is_narrowed, link_button(t("desk.clear"), href=localized(path), kind="ghost"))
    more = (
        rx.el.details(
            rx.el.summary(
                icon("chevron-down", "size-4"),
                t("desk.filters"),
                class_name="inline-flex min-h-11 cursor-pointer list-none items-center gap-1.5 rounded-field text-sm "
                f"font-medium text-muted hover:text-ink sm:min-h-10 {FOCUS}",
            ),
            rx.el.div(*filters, class_name="mt-2 grid gap-4 pb-1 sm:grid-cols-2 lg:grid-cols-4"),
            open=is_narrowed,
        )
        if filters
        else None
    )
    return card(
        rx.el.form(
            rx.el.div(
                field, button(t("desk.search"), type="submit"), clear, class_name="flex flex-wrap items-center gap-3"
            ),
            more,
            key=form_key,
            class_name="grid gap-2",
            custom_attrs={"role": "search"},
            **props,
        ),
        class_name="mb-5 p-4 sm:px-5",
    )


def turner(newer: rx.Var[str], older: rx.Var[str], turn: Any, last: str) -> rx.Component:
    """First, newer, older and last page. `turn` is a handler that takes the mark of the page to show."""

    def way(name: str, mark: Any, *parts: Any, disabled: Any) -> rx.Component:
        return button(
            *parts,
            kind="secondary",
            disabled=disabled,
            on_click=turn(mark),
            class_name="!px-3",
            custom_attrs={"aria-label": name},
        )

    return rx.cond(
        (newer != "") | (older != ""),
        rx.el.nav(
            rx.el.div(
                way(t("desk.first"), "", t("desk.first"), disabled=newer == ""),
                way(t("pager.newer"), newer, icon("arrow-left"), t("pager.newer"), disabled=newer == ""),
                class_name="flex gap-2",
            ),
            rx.el.div(
                way(t("pager.older"), older, t("pager.older"), icon("arrow-right"), disabled=older == ""),
                way(t("desk.last"), last, t("desk.last"), disabled=older == ""),
                class_name="flex gap-2",
            ),
            class_name="mt-5 flex flex-wrap justify-between gap-2",
            custom_attrs={"aria-label": t("pager.label")},
        ),
    )


def part(title: str, *content: Any, action: rx.Component | None = None, class_name: str = "") -> rx.Component:
    """One part of a thing's page: a card with its title."""
    return card(
        rx.el.div(
            rx.el.h2(title, class_name="text-base font-semibold"),
            action,
            class_name="mb-3 flex flex-wrap items-center justify-between gap-3",
        ),
        *content,
        class_name=f"min-w-0 p-5 sm:p-6 {class_name}",
    )


def nothing(text: str) -> rx.Component:
    """One quiet line where a list would be."""
    return rx.el.p(text, class_name="py-2 text-sm text-faint")


def mono(text: Any) -> rx.Component:
    """An id, which may break anywhere."""
    return rx.el.code(text, class_name="font-mono text-xs break-all text-muted")
