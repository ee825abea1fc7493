"""The editor of an article, a space or a product: the words beside their picture, and who may read them for what."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.content.page import PAGE
from nestpay.web.admin.content.state import ContentEditor
from nestpay.web.admin.frame import admin
from nestpay.web.admin.places import CONTENT
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.forms import FIELD, choice, field
from nestpay.web.components.surfaces import card, empty, skeleton_rows
from nestpay.web.i18n import t
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS

TYPING_MS = 300


@page(CONTENT, "meta.admin_content_edit", frame=admin, audience="admin", load=(ContentEditor.load,))
def editor() -> rx.Component:
    state = ContentEditor
    return rx.el.div(
        frames.back_link(PAGE, t("content.head")),
        rx.cond(
            state.loading,
            card(skeleton_rows(8)),
            rx.cond(
                state.missing,
                card(empty("search", t("library.missing.title"), t("library.missing.text"))),
                rx.el.form(
                    _head(),
                    rx.el.div(_words(), _rules(), class_name="grid items-start gap-6 xl:grid-cols-[1fr_22rem]"),
                    on_submit=state.save,
                    key=state.form_key.to_string(),
                    id="content-form",
                ),
            ),
        ),
    )


def _head() -> rx.Component:
    state = ContentEditor
    return frames.page_head(
        rx.cond(state.shown.title != "", state.shown.title, t("content.untitled")),  # pyright: ignore[reportArgumentType]
        t("content.edit_text"),
        rx.cond(
            state.page_href != "",
            link_button(t("content.look"), href=state.page_href, kind="secondary", target="_blank"),
        ),
        button(t("content.save"), type="submit", busy=state.busy),
    )


def _words() -> rx.Component:
    shown = ContentEditor.shown
    return card(
        rx.el.div(
            field("title", t("content.title"), default_value=shown.title, required=True),
            field("slug", t("content.slug"), hint=t("content.slug_hint"), default_value=shown.slug, required=True),
            class_name="grid gap-5 sm:grid-cols-2",
        ),
        _area("preview", t("content.preview"), t("content.preview_hint"), 4, default_value=shown.preview),
        _area(
            "body",
            t("content.body"),
            t("content.body_hint"),
            16,
            default_value=shown.body,
            on_change=ContentEditor.see.debounce(TYPING_MS),  # pyright: ignore[reportAttributeAccessIssue]
        ),
        rx.el.div(
            rx.el.div(t("content.picture"), class_name="mb-2 text-sm font-medium text-ink"),
            rx.html(ContentEditor.seen, class_name="written rounded-field border border-line bg-sunken p-5"),
            custom_attrs={"aria-live": "polite"},
            id="picture",
        ),
        class_name="grid gap-6 p-6",
    )


def _rules() -> rx.Component:
    state, shown = ContentEditor, ContentEditor.shown
    is_space = shown.kind == "space"
    return card(
        _tick("published", t("content.published"), shown.published),
        rx.el.h2(t("content.who"), class_name="text-base font-semibold"),
        _tick("everyone", t("content.everyone"), shown.everyone),
        field("opens_to", t("content.opens_to"), hint=t("content.opens_to_hint"), default_value=shown.opens_to),
        rx.cond(
            shown.kind == "article",
            choice("space_id", t("content.space"), state.spaces, default_value=shown.space_id),
        ),
        rx.el.h2(t("content.price"), class_name="text-base font-semibold"),
        rx.cond(
            is_space,
            rx.el.div(
                field("month", t("content.month"), default_value=shown.month, input_mode="decimal"),
                field("year", t("content.year"), default_value=shown.year, input_mode="decimal"),
                class_name="grid grid-cols-2 gap-4",
            ),
            field("once", t("content.once"), default_value=shown.once, input_mode="decimal"),
        ),
        rx.el.p(t("content.price_hint"), class_name="text-xs text-faint"),
        rx.el.h2(t("content.comes_with"), class_name="text-base font-semibold"),
        rx.foreach(state.ticks, lambda tick: _tick("deliver:" + tick.name, tick.name, tick.is_on)),
        rx.cond(
            shown.kind == "product",
            choice("file", t("content.file"), state.files, default_value=shown.file),
        ),
        field(
            "entitlements",
            t("content.entitlements"),
            hint=t("content.entitlements_hint"),
            default_value=shown.entitlements,
        ),
        class_name="grid gap-5 p-6",
    )


def _area(name: str, label: str, hint: str, rows: int, **props: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=name, class_name="mb-1.5 block text-sm font-medium text-ink"),
        rx.el.textarea(
            id=name,
            name=name,
            rows=str(rows),
            class_name=f"{FIELD} py-2.5 font-mono leading-relaxed",
            custom_attrs={"aria-describedby": f"{name}-hint"},
            **props,
        ),
        rx.el.p(hint, id=f"{name}-hint", class_name="mt-1.5 text-xs text-faint"),
    )


def _tick(name: Any, label: Any, is_on: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            name=name,
            id=name,
            default_checked=is_on,
            class_name=f"size-4 shrink-0 accent-[var(--accent)] {FOCUS}",
        ),
        label,
        class_name="flex min-h-8 cursor-pointer items-center gap-2.5 text-sm text-ink",
    )
