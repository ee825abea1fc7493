"""The page of one plan: the form on one side, the card as customers will see it on the other."""

from typing import Any

import reflex as rx

from nestpay.web import frames
from nestpay.web.admin.frame import admin
from nestpay.web.admin.places import PLAN
from nestpay.web.admin.plans import guard
from nestpay.web.admin.plans.editor_state import SAVE_DIALOG, PlanEditor
from nestpay.web.admin.plans.fields import FORM, FORM_ID, TYPING_MS, LiveForm
from nestpay.web.admin.plans.form import card_part, features_part, prices_part
from nestpay.web.admin.plans.form_more import benefits_part, json_dialog, translations_part
from nestpay.web.components.actions import button, link_button
from nestpay.web.components.dialogs import dialog, hide
from nestpay.web.components.surfaces import badge, empty, notice, skeleton_rows
from nestpay.web.i18n import LANGUAGES, localized, t
from nestpay.web.pricing.cards import plan_card
from nestpay.web.shell import page
from nestpay.web.tokens import FOCUS

LIST = "/dashboard/admin/plans"


@page(
    PLAN,
    "meta.admin_plan",
    frame=admin,
    audience="admin",
    load=(PlanEditor.load, PlanEditor.fetch_coupons),
)
def plan() -> rx.Component:
    return rx.el.div(
        frames.back_link(LIST, t("plans.title")),
        rx.cond(
            PlanEditor.loading,
            skeleton_rows(10),
            rx.cond(
                PlanEditor.missing,
                empty(
                    "tag",
                    t("plan.missing.title"),
                    t("plan.missing.text"),
                    link_button(t("plans.title"), href=localized(LIST)),
                ),
                _desk(),
            ),
        ),
        _questions(),
        json_dialog(),
        on_mount=guard.watch(),
    )


def _desk() -> rx.Component:
    return rx.el.div(
        _head(),
        rx.cond(PlanEditor.changes.length() > 0, _others()),
        rx.el.div(
            LiveForm.create(
                rx.el.input(type="hidden", name="form_number", value=PlanEditor.form_number.to_string()),
                card_part(),
                prices_part(),
                features_part(),
                benefits_part(),
                translations_part(),
                _bar(),
                id=FORM_ID,
                key=PlanEditor.form_number.to_string(),
                on_submit=PlanEditor.review(FORM),
                on_change=PlanEditor.typed(FORM).debounce(TYPING_MS),
                no_validate=True,
                class_name="grid min-w-0 gap-5",
                custom_attrs={
                    "data-dirty": rx.cond(PlanEditor.dirty, "true", "false"),
                    "data-question": t("plan.leave.text"),
                },
            ),
            _picture(),
            class_name="grid items-start gap-6 xl:grid-cols-[minmax(0,1fr)_24rem]",
        ),
    )


def _head() -> rx.Component:
    words = PlanEditor.words
    return rx.el.div(
        rx.el.h1(rx.cond(PlanEditor.plan_id != "", words["title"], t("plan.new")), class_name="text-2xl font-semibold"),
        rx.cond(PlanEditor.is_archived, badge(t("plan.is_archived"), tone="warn")),
        rx.cond(PlanEditor.subscribers != "", badge(PlanEditor.subscribers, tone="accent")),
        class_name="mb-6 flex flex-wrap items-center gap-3",
    )


def _others() -> rx.Component:
    """What somebody else saved while this form was open."""
    return notice(
        rx.el.p(PlanEditor.changed_by, " ", t("plan.conflict.text"), class_name="font-medium"),
        rx.el.ul(
            rx.foreach(
                PlanEditor.changes,
                lambda change: rx.el.li(
                    rx.el.span(change.what, class_name="font-medium"),
                    rx.cond(
                        change.before != "",
                        rx.el.span(": ", rx.el.s(change.before), " → ", change.after),
                    ),
                ),
            ),
            class_name="mt-2 grid gap-1",
        ),
        rx.el.div(
            button(t("plan.conflict.keep"), on_click=PlanEditor.keep_mine(FORM)),
            button(t("plan.conflict.discard"), kind="secondary", on_click=PlanEditor.discard),
            class_name="mt-4 flex flex-wrap gap-3",
        ),
        tone="warn",
        live=True,
        class_name="mb-6",
    )


def _bar() -> rx.Component:
    """The way to save, always in sight."""
    return rx.el.div(
        rx.el.span(
            rx.cond(PlanEditor.dirty, t("plan.unsaved"), t("plan.all_saved")),
            class_name="text-sm",
            custom_attrs={"aria-live": "polite"},
        ),
        rx.el.div(
            rx.cond(
                PlanEditor.dirty, button(t("plan.discard"), kind="ghost", on_click=PlanEditor.discard, id="discard")
            ),
            button(t("action.save"), type="submit", busy=PlanEditor.saving, id="save"),
            class_name="ml-auto flex gap-2",
        ),
        class_name="sticky bottom-3 z-20 flex items-center gap-3 rounded-card border border-line bg-surface px-4 py-3 shadow-float",
    )


def _picture() -> rx.Component:
    """The card, drawn by the pricing page's own function, in any language and by day or night."""
    look = rx.cond(PlanEditor.theme == "dark", "dark", "light")
    return rx.el.aside(
        rx.el.div(
            rx.el.h2(t("plan.preview"), class_name="text-sm font-semibold"),
            rx.el.div(
                _chooser("language", LANGUAGES, PlanEditor.language),
                _chooser("theme", {"light": t("plan.light"), "dark": t("plan.dark")}, PlanEditor.theme),
                class_name="flex flex-wrap gap-2",
            ),
            rx.cond(PlanEditor.intervals.length() > 1, _intervals()),
            class_name="grid gap-3 p-4",
        ),
        rx.el.div(
            rx.cond(
                PlanEditor.cards.length() > 0,
                rx.foreach(PlanEditor.cards, plan_card),
                rx.el.p(t("plan.preview_empty"), class_name="py-10 text-center text-sm"),
            ),
            id="preview",
            class_name=["pointer-events-none grid gap-4 rounded-b-card bg-canvas p-5 text-muted", look],
            custom_attrs={"inert": True, "data-theme": PlanEditor.theme},
        ),
        class_name="overflow-hidden rounded-card border border-line bg-surface shadow-card xl:sticky xl:top-24",
        custom_attrs={"aria-label": t("plan.preview")},
    )


def _intervals() -> rx.Component:
    def choose(each: Any) -> rx.Component:
        words = {name: t(f"plan.interval.{name}") for name in ("month", "year", "once")}
        return _choice("interval", each, rx.match(each, *words.items(), each), PlanEditor.interval)

    return rx.el.div(rx.foreach(PlanEditor.intervals, choose), class_name=_GROUP, role="group")


_GROUP = "flex w-fit rounded-field border border-line bg-sunken p-0.5"


def _chooser(what: str, options: dict[str, str], chosen: Any) -> rx.Component:
    return rx.el.div(
        *(_choice(what, value, text, chosen) for value, text in options.items()), class_name=_GROUP, role="group"
    )


def _choice(what: str, value: Any, text: Any, chosen: Any) -> rx.Component:
    look = f"min-h-8 rounded-[0.5rem] px-2.5 text-xs font-medium {FOCUS}"
    return rx.el.button(
        text,
        type="button",
        on_click=PlanEditor.look_at(what, value),
        class_name=rx.cond(chosen == value, f"{look} bg-raised text-ink shadow-card", look),
        custom_attrs={"aria-pressed": rx.cond(chosen == value, "true", "false")},
    )


def _questions() -> rx.Component:
    return rx.fragment(
        dialog(
            SAVE_DIALOG,
            t("plan.means.title"),
            rx.el.span(
                rx.foreach(PlanEditor.means, lambda said: rx.el.span(said, class_name="mt-2 block")),
            ),
            button(t("action.save"), on_click=[PlanEditor.save, hide(SAVE_DIALOG)], id="save-anyway"),
        ),
        dialog(
            guard.LEAVE_DIALOG,
            t("plan.leave.title"),
            t("plan.leave.text"),
            button(t("plan.leave"), kind="danger", on_click=guard.leave()),
        ),
    )
