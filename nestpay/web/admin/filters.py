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
    """Fields beside each other and a button below. A new `form_key` fills them with what the address says."""
    clear = rx.cond(is_narrowed, link_button(t("watch.clear"), href=localized(path), kind="ghost"))
    return card(
        rx.el.form(
            rx.el.div(*fields, class_name="grid gap-4 [grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr))]"),
            rx.el.div(
                button(icon("search"), t("watch.search"), type="submit", kind="secondary"),
                clear,
                class_name="flex flex-wrap items-center gap-3",
            ),
            key=form_key,
            on_submit=on_submit,
            class_name="grid gap-4",
            custom_attrs={"role": "search"},
            **props,
        ),
        class_name="mb-5 p-4 sm:p-5",
    )
