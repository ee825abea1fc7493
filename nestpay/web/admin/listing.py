"""What every list of the desk shares: filters that live in the address, a search bar, and a way through the pages."""

from abc import abstractmethod
from typing import Any, ClassVar
from urllib.parse import urlencode

import reflex as rx

from nestpay.billing.paging import LAST_PAGE, Page
from nestpay.domain.errors import NestpayError
from nestpay.web.components import tables
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.forms import FIELD
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card, notice, skeleton_rows
from nestpay.web.i18n import localized, t
from nestpay.web.session import locale_in, requires, sentence
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


class Listing(rx.State, mixin=True):
    """A State whose rows are one page of a list that the address describes.

    A list of its own says its `address` and `filters`, has `rows`, and turns one page of billing's into them (`_look`
    and `_line`).
    """

    address: ClassVar[str]
    filters: ClassVar[tuple[str, ...]]

    loading: bool = True
    trouble: str = ""
    given: dict[str, str] = {}
    is_narrowed: bool = False
    form_key: str = ""
    newer: str = ""
    older: str = ""

    @rx.event
    @requires("admin")
    async def load(self):
        """Show the page that the address asks for."""
        await self._show()

    @rx.event
    @requires("admin")
    async def search(self, form: dict[str, Any]):
        """Ask for other rows: the address says which."""
        return rx.redirect(address_of(self.address, locale_in(self), chosen_in(form, *self.filters)))

    @rx.event
    @requires("admin")
    async def turn(self, mark: str):
        """Go to another page of the same list."""
        filters = {**asked_of(self, *self.filters), CURSOR: mark}
        return rx.redirect(address_of(self.address, locale_in(self), filters))

    @abstractmethod
    async def _look(self, given: dict[str, str], after: str | None, locale: str) -> Page[Any]:
        """Ask billing for the page of these filters. May raise what billing raises; it is said above the list."""

    @abstractmethod
    def _line(self, row: Any, locale: str) -> Any:
        """What billing found as a row of the table."""

    async def _show(self) -> None:
        locale, given, after = locale_in(self), asked_of(self, *self.filters), asked_of(self, CURSOR)[CURSOR]
        self.given, self.is_narrowed, self.trouble = given, any(given.values()), ""
        # The same as before the first look when nothing is asked, so that the form keeps what is already typed into it.
        self.form_key = urlencode({name: value for name, value in given.items() if value})
        try:
            found = await self._look(given, after or None, locale)
        except NestpayError as error:
            self.rows, self.newer, self.older, self.trouble = [], "", "", sentence(locale, error)
        else:
            self.rows = [self._line(row, locale) for row in found.rows]
            self.newer, self.older = found.previous or "", found.next or ""
        self.loading = False


def bar_of(state: type[Listing]) -> dict[str, Any]:
    """What a search bar or a row of filters is to know of its list."""
    return {
        "path": state.address,
        "on_submit": state.search,
        "form_key": state.form_key,
        "is_narrowed": state.is_narrowed,
    }


def rows_of(state: type[Listing], table: rx.Component, nothing: rx.Component, *between: rx.Component) -> rx.Component:
    """A list below its filters: what is wrong with them, what stands `between`, the rows, and the way through."""
    return rx.fragment(
        rx.cond(state.trouble != "", notice(state.trouble, tone="bad", live=True, class_name="mb-5")),
        *between,
        tables.listing(state.loading, state.rows, table, skeleton_rows(8), nothing),
        _turner(state),
    )


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
            key=rx.cond(value, value, ""),
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
            rx.el.div(*filters, key=form_key, class_name="mt-2 grid gap-4 pb-1 sm:grid-cols-2 lg:grid-cols-4"),
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
            class_name="grid gap-2",
            custom_attrs={"role": "search"},
            **props,
        ),
        class_name="mb-5 p-4 sm:px-5",
    )


def _turner(state: type[Listing]) -> rx.Component:
    """First, newer, older and last page."""
    newer, older, turn = state.newer, state.older, state.turn

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
                way(t("desk.last"), LAST_PAGE, t("desk.last"), disabled=older == ""),
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


def trail(lines: Any) -> rx.Component:
    """What was done, a line each: what it was, and below it when."""

    def line(each: Any) -> rx.Component:
        return rx.el.li(
            rx.el.div(each.value, class_name="font-mono text-xs break-words text-ink"),
            rx.el.div(each.name, class_name="mt-0.5 text-xs text-faint"),
            class_name="py-2",
        )

    return rx.el.ol(rx.foreach(lines, line), class_name="divide-y divide-line")


def nothing(text: str) -> rx.Component:
    """One quiet line where a list would be."""
    return rx.el.p(text, class_name="py-2 text-sm text-faint")


def mono(text: Any) -> rx.Component:
    """An id, which may break anywhere."""
    return rx.el.code(text, class_name="font-mono text-xs break-all text-muted")
