"""The row of filters above a list of the watch: submitted together, kept in the address."""

from typing import Any

import reflex as rx

from nestpay.web.components.actions import button, link_button
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card
from nestpay.web.i18n import localized, t


def filter_bar(
    *fields: rx.Component, path: str, on_submit: Any, form_key: Any, is_narrowed: Any, **props: Any
) -> rx.Component:
    """Fields beside each other and a button below. A new `form_key` fills them with what the address says.

    A phone shows them when it is asked to, or when they say something.
    """
    switch = rx.el.input(
        id="filters",
        type="checkbox",
        default_checked=is_narrowed,
        key=form_key + "·",
        class_name="peer sr-only sm:hidden",
    )
    label = rx.el.label(
        icon("chevron-down", "size-4"),
        t("desk.filters"),
        html_for="filters",
        class_name="flex min-h-11 cursor-pointer items-center gap-1.5 rounded-field text-sm font-medium text-muted "
        "peer-checked:mb-3 peer-focus-visible:ring-2 peer-focus-visible:ring-focus sm:hidden",
    )
    clear = rx.cond(is_narrowed, link_button(t("watch.clear"), href=localized(path), kind="ghost"))
    return card(
        switch,
        label,
        rx.el.form(
            rx.el.div(*fields, class_name="grid gap-4 [grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr))]"),
            rx.el.div(
                button(icon("search"), t("watch.search"), type="submit", kind="secondary"),
                clear,
                class_name="flex flex-wrap items-center gap-3",
            ),
            key=form_key,
            on_submit=on_submit,
            class_name="hidden gap-4 pb-2 peer-checked:grid sm:grid sm:pb-0",
            custom_attrs={"role": "search"},
            **props,
        ),
        class_name="relative mb-5 px-4 py-2 sm:p-5",
    )
