"""The editor's form, further down: what the plan gives, and its words in other languages, both with a view as JSON."""

from enum import StrEnum
from typing import Any

import reflex as rx

from nestpay.web.admin.plans.editor_state import PlanEditor
from nestpay.web.admin.plans.fields import FORM, area, complaint, line, part, pick
from nestpay.web.admin.plans.json_state import JSON_DIALOG, PlanJson
from nestpay.web.admin.plans.reading import BENEFITS
from nestpay.web.components.actions import button
from nestpay.web.components.dialogs import hide
from nestpay.web.components.forms import FIELD
from nestpay.web.components.icons import icon
from nestpay.web.components.surfaces import notice
from nestpay.web.i18n import catalogue, current_locale, t


def benefits_part() -> rx.Component:
    """A field for every benefit that the domain knows, whichever those are."""
    plain = [name for name, value in BENEFITS.items() if isinstance(value, int) and not isinstance(value, StrEnum)]
    choices = [name for name, value in BENEFITS.items() if isinstance(value, StrEnum)]
    lists = [name for name in BENEFITS if name not in (*plain, *choices)]
    return part(
        t("plan.part.benefits"),
        t("plan.part.benefits_text"),
        complaint("benefits"),
        rx.el.div(*(_benefit(name) for name in plain), class_name="grid grid-cols-2 items-end gap-4 lg:grid-cols-3"),
        rx.el.div(*(_benefit(name) for name in lists), class_name="grid gap-5 sm:grid-cols-2"),
        rx.el.div(*(_benefit(name) for name in choices), class_name="grid gap-5 sm:grid-cols-3"),
        action=_as_json("benefits"),
    )


def _benefit(name: str) -> rx.Component:
    at, plain = f"benefits.{name}", BENEFITS[name]
    label, value = _word(f"plan.benefit.{name}", name), PlanEditor.words[f"benefits.{name}"]
    if isinstance(plain, StrEnum):
        options = {each.value: _word(f"plan.choice.{name}.{each.value}", each.value) for each in type(plain)}
        return pick(at, label, options, default_value=value)
    if isinstance(plain, int):
        return line(at, label, default_value=value, input_mode="numeric", placeholder="0")
    hint = t("plan.hint.numbers") if isinstance(plain, dict) else t("plan.hint.names")
    return area(at, label, default_value=value, hint=hint, rows=3, spell_check=False)


def _word(key: str, otherwise: str) -> str:
    """A text, or the word itself for a benefit that is newer than the texts."""
    return str(catalogue(current_locale()).get(key, otherwise))


def translations_part() -> rx.Component:
    """The card's words in each other language."""
    return part(
        t("plan.part.translations"),
        t("plan.part.translations_text"),
        complaint("translations"),
        rx.foreach(PlanEditor.languages, _language),
        action=_as_json("translations"),
    )


def _language(language: Any) -> rx.Component:
    def typed(name: str) -> rx.Component:
        at = "translations." + language.locale + "." + name
        return line(
            language.at + name,
            t(f"plan.field.{name}"),
            at=at,
            default_value=language.words[name],
            placeholder=PlanEditor.words[name],
        )

    return rx.el.details(
        rx.el.summary(
            rx.el.span(language.name, class_name="font-medium text-ink"),
            class_name="flex min-h-10 cursor-pointer items-center gap-2 rounded text-sm",
        ),
        rx.el.div(
            *(typed(name) for name in ("title", "description", "highlight_text", "button_text")),
            complaint("translations." + language.locale),
            complaint("translations." + language.locale + ".features"),
            rx.foreach(language.lines, _line),
            class_name="mt-3 grid gap-4 border-l-2 border-line pl-4",
        ),
        open=language.locale == PlanEditor.language,
        key=language.locale,
    )


def _line(each: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(each.original, html_for=each.name, class_name="mb-1.5 block text-xs text-faint"),
        rx.el.input(
            id=each.name, name=each.name, default_value=each.text, class_name=FIELD, auto_complete="off", key=each.name
        ),
    )


def _as_json(part_name: str) -> rx.Component:
    return button(
        icon("code"),
        t("plan.json"),
        kind="ghost",
        on_click=PlanJson.open(FORM, part_name),
        id=f"json-{part_name}",
        class_name="!px-3",
    )


def json_dialog() -> rx.Component:
    """One part of the plan as JSON: read it, take it away, or put another in its place."""
    return rx.el.dialog(
        rx.el.form(
            rx.el.h2(PlanJson.title, id="json-title", class_name="text-lg font-semibold"),
            rx.el.p(t("plan.json.text"), class_name="mt-1 text-sm"),
            rx.cond(PlanJson.error != "", notice(PlanJson.error, tone="bad", live=True, class_name="mt-4")),
            rx.el.textarea(
                name="json",
                default_value=PlanJson.text,
                key=PlanJson.number.to_string(),
                rows="16",
                spell_check=False,
                class_name=f"{FIELD} mt-4 py-2.5 !font-mono !text-xs",
                custom_attrs={"aria-labelledby": "json-title"},
            ),
            rx.el.div(
                button(icon("download"), t("plan.json.download"), kind="ghost", on_click=PlanJson.download),
                rx.el.div(
                    button(t("action.cancel"), kind="secondary", on_click=hide(JSON_DIALOG)),
                    button(t("plan.json.apply"), type="submit"),
                    class_name="ml-auto flex gap-3",
                ),
                class_name="mt-5 flex flex-wrap items-center gap-3",
            ),
            on_submit=PlanJson.apply,
            class_name="w-[44rem] max-w-full rounded-card border border-line bg-surface p-6 shadow-float",
        ),
        id=JSON_DIALOG,
        custom_attrs={"aria-labelledby": "json-title"},
    )
