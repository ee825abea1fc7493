"""The part of a customer's page that changes something: credits by hand, sign-in, role, and the account's end."""

import reflex as rx

from nestpay.web.admin.customers.acts_state import CustomerActs
from nestpay.web.admin.customers.one_state import CustomerPage
from nestpay.web.admin.listing import part
from nestpay.web.components.actions import button
from nestpay.web.components.dialogs import dialog, form_dialog, hide, show
from nestpay.web.components.forms import field
from nestpay.web.components.surfaces import notice
from nestpay.web.i18n import t

DISABLE, ROLE, OUT, DELETE = "account-disable", "account-role", "account-out", "account-delete"
UNFREEZE = "account-unfreeze"


def acts_part() -> rx.Component:
    """What can be done with the account that is shown; nothing once it is deleted."""
    found, state = CustomerPage.customer, CustomerActs
    role = rx.cond(
        found.is_admin,
        button(t("desk.account.make_customer"), kind="secondary", on_click=show(ROLE), disabled=found.is_last_admin),
        button(t("desk.account.make_admin"), kind="secondary", on_click=show(ROLE)),
    )
    sign_in = rx.cond(
        found.is_disabled,
        button(t("desk.account.enable"), kind="secondary", on_click=state.enable),
        button(t("desk.account.disable"), kind="secondary", on_click=show(DISABLE), disabled=found.is_me),
    )
    return rx.cond(
        ~found.is_deleted,
        rx.el.div(
            part(t("desk.adjust.title"), _adjust()),
            part(
                t("desk.account.title"),
                rx.el.div(
                    button(t("desk.account.sign_out"), kind="secondary", on_click=show(OUT)),
                    sign_in,
                    role,
                    button(
                        t("desk.delete.button"),
                        kind="danger",
                        on_click=show(DELETE),
                        disabled=found.is_me,
                        busy=state.busy == "delete",
                    ),
                    class_name="grid gap-2",
                ),
                rx.cond(found.is_last_admin, notice(t("errors.last_admin"), class_name="mt-3")),
            ),
            *_questions(),
            class_name="grid gap-5",
        ),
    )


def frozen_notice() -> rx.Component:
    """Says above everything else that this person cannot spend, with the way out of it."""
    return rx.cond(
        CustomerPage.customer.is_frozen,
        notice(
            rx.el.div(
                rx.el.span(t("desk.account.frozen")),
                button(t("desk.account.unfreeze"), kind="secondary", on_click=show(UNFREEZE)),
                class_name="flex flex-wrap items-center justify-between gap-3",
            ),
            tone="warn",
            class_name="mb-5",
        ),
    )


def _adjust() -> rx.Component:
    state = CustomerActs
    return rx.el.form(
        rx.cond(state.trouble != "", notice(state.trouble, tone="bad", live=True)),
        field(
            "credits",
            t("desk.adjust.credits"),
            required=True,
            max_length=14,
            hint=t("desk.adjust.hint"),
            auto_complete="off",
        ),
        field("reason", t("desk.adjust.reason"), required=True, max_length=200, auto_complete="off"),
        rx.el.div(button(t("desk.adjust.button"), type="submit", kind="secondary", busy=state.busy == "adjust")),
        on_submit=state.adjust,
        key=state.form_key,
        class_name="grid gap-4",
    )


def _questions() -> tuple[rx.Component, ...]:
    found, state = CustomerPage.customer, CustomerActs
    change = rx.cond(
        found.is_admin,
        button(t("desk.account.make_customer"), kind="danger", on_click=[hide(ROLE), state.make_customer]),
        button(t("desk.account.make_admin"), kind="danger", on_click=[hide(ROLE), state.make_admin]),
    )
    return (
        dialog(
            DISABLE,
            t("desk.account.disable"),
            t("desk.account.disable_text"),
            button(t("desk.account.disable"), kind="danger", on_click=[hide(DISABLE), state.disable]),
        ),
        dialog(
            OUT,
            t("desk.account.sign_out"),
            t("desk.account.sign_out_text"),
            button(t("desk.account.sign_out"), kind="danger", on_click=[hide(OUT), state.sign_out]),
        ),
        form_dialog(
            UNFREEZE,
            t("desk.account.unfreeze"),
            t("desk.account.unfreeze_text"),
            field(
                "unfreeze_reason", t("desk.account.unfreeze_reason"), required=True, max_length=200, auto_complete="off"
            ),
            done=button(t("desk.account.unfreeze"), type="submit"),
            on_submit=state.unfreeze,
        ),
        dialog(ROLE, t("desk.account.role"), t("desk.account.role_text"), change),
        form_dialog(
            DELETE,
            t("desk.delete.button"),
            t("desk.delete.text"),
            field("email", t("desk.delete.type"), type="text", required=True, auto_complete="off"),
            done=button(t("desk.delete.button"), type="submit", kind="danger"),
            on_submit=state.delete,
        ),
    )
