"""The editor of an article, a space or a product: the words beside their picture, and who may read them for what."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.content.files import uploader
from nestpay.web.admin.content.page import PAGE
from nestpay.web.admin.content.state import ContentEditor
from nestpay.web.admin.frame import admin
from nestpay.web.admin.places import CONTENT
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.forms import FIELD, choice, field
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import card, empty, skeleton_rows
from nestpay.web.i18n import DEFAULT, HTML_LANG, LANGUAGES, LOCALES, t
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
    return card(
        _languages(),
        *(_said_in(locale) for locale in LOCALES),
        rx.el.div(
            rx.el.div(t("content.picture"), class_name="mb-2 text-sm font-medium text-ink"),
            rx.html(ContentEditor.seen, class_name="written rounded-field border border-line bg-sunken p-5"),
            custom_attrs={"aria-live": "polite"},
            id="picture",
        ),
        class_name="grid gap-6 p-6",
    )


def _languages() -> rx.Component:
    """One button a language: which of them is being written, and which of them have a text of their own."""
    spoken = ContentEditor.spoken
    return rx.el.div(
        rx.el.div(
            *(
                rx.el.button(
                    LANGUAGES[locale],
                    rx.cond(
                        ContentEditor.words[f"title_{locale}"] != "", icon("check", "size-3.5 text-accent-ink"), None
                    )
                    if locale != DEFAULT
                    else None,
                    type="button",
                    lang=HTML_LANG[locale],
                    on_click=ContentEditor.speak(locale, _typed_in(locale)),
                    class_name=[
                        f"inline-flex min-h-9 items-center gap-1.5 rounded-field px-3.5 text-sm font-medium {FOCUS}",
                        rx.cond(spoken == locale, "bg-surface text-ink shadow-card", "text-muted hover:text-ink"),
                    ],
                    custom_attrs={"aria-pressed": rx.cond(spoken == locale, "true", "false")},
                )
                for locale in LOCALES
            ),
            role="group",
            class_name="inline-flex flex-wrap gap-1 rounded-card bg-sunken p-1",
            custom_attrs={"aria-label": t("content.languages")},
        ),
        rx.el.p(t("content.languages_hint", language=LANGUAGES[DEFAULT]), class_name="mt-2 text-xs text-faint"),
    )


def _typed_in(locale: str) -> rx.Var[str]:
    """The text as it stands in the form; one that is not translated reads as it was first written."""
    own, first = (f"document.getElementById('{name}')?.value" for name in (_name("body", locale), "body"))
    return rx.Var(f"({own} || {first} || '')").to(str)


def _name(name: str, locale: str) -> str:
    return name if locale == DEFAULT else f"{name}_{locale}"


def _said_in(locale: str) -> rx.Component:
    """The fields of one language, out of sight while another one is written."""
    state, is_first = ContentEditor, locale == DEFAULT
    stored = {
        "title": state.shown.title if is_first else state.words[_name("title", locale)],
        "preview": state.shown.preview if is_first else state.words[_name("preview", locale)],
        "body": state.shown.body if is_first else state.words[_name("body", locale)],
    }
    title = field(
        _name("title", locale),
        t("content.title"),
        default_value=stored["title"],
        required=state.spoken == DEFAULT if is_first else False,
        placeholder="" if is_first else state.shown.title,
        lang=HTML_LANG[locale],
    )
    slug = field(
        "slug",
        t("content.slug"),
        hint=t("content.slug_hint"),
        default_value=state.shown.slug,
        required=state.spoken == DEFAULT,
    )
    return rx.el.div(
        rx.el.div(title, slug if is_first else None, class_name="grid gap-5 sm:grid-cols-2"),
        _area(
            _name("preview", locale),
            t("content.preview"),
            t("content.preview_hint"),
            4,
            default_value=stored["preview"],
            placeholder="" if is_first else state.shown.preview,
            lang=HTML_LANG[locale],
        ),
        _area(
            _name("body", locale),
            t("content.body"),
            t("content.body_hint"),
            16,
            default_value=stored["body"],
            on_change=state.see.debounce(TYPING_MS),  # pyright: ignore[reportAttributeAccessIssue]
            lang=HTML_LANG[locale],
        ),
        hidden=state.spoken != locale,
        class_name="grid gap-6 [&[hidden]]:hidden",
        custom_attrs={"data-language": locale},
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
            rx.el.div(
                choice("file", t("content.file"), state.files, default_value=shown.file),
                uploader(state.look_for_files),
                class_name="grid gap-3",
            ),
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
